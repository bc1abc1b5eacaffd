/**
 * Below the range from which systems give ports to outgoing connections and to `port: 0` (from 32,768 on Linux, from
 * 49,152 on macOS): a port from that range can be taken between this look and the moment somebody listens on it, or
 * while the one who listened restarts.
 */
const FIRST = 20_000;
const AFTER_LAST = 32_768;
const TRIES = 1_000;

/**
 * Two processes that look at the same moment must not find the same port, so each begins elsewhere; the time is for a
 * process that loads this file again and knows no more what it was given.
 */
let place = process.pid * 97 + Math.floor(performance.now());
const given = new Set<number>();

function nobodyListens(port: number): boolean {
  try {
    Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}

/**
 * A port on loopback that nobody listens on, that this process has not been given before and that the system gives to
 * no one unasked.
 * @throws Error after a thousand ports that are all in use
 */
export function freePort(): number {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = FIRST + (place++ % (AFTER_LAST - FIRST));
    if (given.has(port) || !nobodyListens(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port on 127.0.0.1 between ${FIRST} and ${AFTER_LAST - 1} in ${TRIES} tries`);
}
