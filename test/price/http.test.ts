import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { defaultLimits, getText, type HttpOptions } from "../../src/price/http.ts";
import { restSource } from "../../src/price/rest-source.ts";
import { tokenBucket } from "../../src/token-bucket.ts";
import { manualClock } from "./manual-clock.ts";
import { startVenues, type VenueServer } from "./venue-server.ts";

const fixture = (name: string): string => readFileSync(join(import.meta.dir, "fixtures", name), "utf8");
const servers: VenueServer[] = [];
afterAll(() => {
  for (const server of servers) server.stop();
});

async function venues(tlsFile?: string): Promise<VenueServer> {
  const tls = tlsFile === undefined ? {} : { tls: { cert: fixture(tlsFile), key: fixture(tlsFile) } };
  const server = await startVenues(tls);
  servers.push(server);
  return server;
}

const options: HttpOptions = { clock: systemClock(), limits: defaultLimits, userAgent: "peer-stables/test" };

describe("getText", () => {
  test("says who asks, and wants no compression", async () => {
    const server = await venues();
    expect(await getText(`${server.url}/bitstamp/`, options)).toMatchObject({ ok: true });
    expect(server.requests[0]?.headers).toMatchObject({
      "user-agent": "peer-stables/test",
      "accept-encoding": "identity",
    });
  });

  test("follows up to three redirects", async () => {
    const server = await venues();
    const hop: Record<string, string> = { paxos: "/gemini/", gemini: "/coinbase/", coinbase: "/kraken/" };
    for (const [venue, location] of Object.entries(hop)) {
      server.setFault(venue, { serve: ({ res }) => res.writeHead(307, { location }).end() });
    }
    expect(await getText(`${server.url}/paxos/`, options)).toMatchObject({ ok: true });
    server.setFault("kraken", { serve: ({ res }) => res.writeHead(307, { location: "/bitstamp/" }).end() });
    expect(await getText(`${server.url}/paxos/`, options)).toEqual({
      ok: false,
      error: "more than 3 redirects",
      again: false,
    });
  });

  test("stops reading an endless body at the limit", async () => {
    const server = await venues();
    let written = 0;
    let stop = false;
    server.setFault("paxos", {
      serve: ({ res }) => {
        res.on("close", () => {
          stop = true;
        });
        const push = () => {
          while (!stop && res.write("x".repeat(65_536))) written += 65_536;
        };
        res.on("drain", push);
        push();
      },
    });
    const result = await getText(`${server.url}/paxos/`, options);
    expect(result).toEqual({ ok: false, error: "a body above 65536 bytes", again: false });
    expect(written).toBeLessThan(32_000_000);
  });

  test("goes through the proxy the environment names", async () => {
    const seen: string[] = [];
    const proxy = createServer((req, res) => {
      seen.push(req.url ?? "");
      res.end('{"by":"proxy"}');
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = proxy.address();
    const port = typeof address === "object" ? address?.port : 0;
    const script = `
      import { systemClock } from "${join(import.meta.dir, "../../src/clock.ts")}";
      import { defaultLimits, getText } from "${join(import.meta.dir, "../../src/price/http.ts")}";
      const options = { clock: systemClock(), limits: defaultLimits, userAgent: "t" };
      console.log(JSON.stringify(await getText("http://price.example/ticker", options)));`;
    const run = Bun.spawn([process.execPath, "-e", script], {
      env: { ...process.env, HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: "" },
      stdout: "pipe",
    });
    expect(JSON.parse(await run.stdout.text())).toEqual({
      ok: true,
      text: '{"by":"proxy"}',
      dateMs: expect.any(Number),
    });
    expect(seen).toEqual(["http://price.example/ticker"]);
    proxy.close();
  });
});

describe("TLS", () => {
  test("a certificate of an authority that was given is good", async () => {
    const server = await venues("good.pem");
    const result = await getText(`${server.url}/kraken/`, { ...options, ca: fixture("ca.pem") });
    expect(result).toMatchObject({ ok: true });
  });

  const bad: [string, string, boolean][] = [
    ["of an unknown authority", "good.pem", false],
    ["for another host", "wrong-host.pem", true],
    ["that has expired", "expired.pem", true],
  ];
  test.each(bad)("a certificate %s is refused", async (_, file, trusted) => {
    const server = await venues(file);
    const result = await getText(`${server.url}/kraken/`, { ...options, ...(trusted && { ca: fixture("ca.pem") }) });
    expect(result).toMatchObject({ ok: false, error: expect.stringMatching(/cert|altname|issuer/i) });
    expect(server.requests).toHaveLength(0);
  });

  test("a redirect never leads from https to http", async () => {
    const plain = await venues();
    const server = await venues("good.pem");
    server.setFault("paxos", { serve: ({ res }) => res.writeHead(302, { location: `${plain.url}/paxos/` }).end() });
    const result = await getText(`${server.url}/paxos/`, { ...options, ca: fixture("ca.pem") });
    expect(result).toEqual({ ok: false, error: "a redirect from https:// to http://", again: false });
    expect(plain.requests).toHaveLength(0);
  });
});

describe("one source over REST", () => {
  async function source(everyMs = 1) {
    const server = await venues();
    const venue = server.venues.find((v) => v.name === "bitstamp");
    if (venue === undefined) throw new Error("no such venue");
    const clock = manualClock(Date.now());
    // The clock runs on while a real request is under way, faster than a busy machine answers.
    const limits = { ...defaultLimits, timeoutMs: 1_000_000_000 };
    return { server, clock, rest: restSource({ ...venue, everyMs }, { ...options, clock, limits }, () => 0.5) };
  }

  /** Lets the client's timers fire while its request is in flight. */
  async function settled<T>(promise: Promise<T>, clock: { advance(ms: number): void }): Promise<T> {
    let done = false;
    const result = promise.finally(() => {
      done = true;
    });
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1);
    }
    return await result;
  }

  test("asks once more after a passing failure, then says what it was", async () => {
    const { server, clock, rest } = await source();
    server.setFault("bitstamp", { serve: ({ res }) => res.writeHead(502).end() });
    expect(await settled(rest.poll(), clock)).toMatchObject({ source: "bitstamp", error: "HTTP 502" });
    expect(server.requests).toHaveLength(2);
    server.setFault("bitstamp", {
      serve: ({ res, count, good }) => (count === 2 ? res.writeHead(500).end() : res.end(good)),
    });
    expect(await settled(rest.poll(), clock)).toMatchObject({ price: expect.any(BigInt) });
  });

  test("does not ask again after an answer that will not change", async () => {
    const { server, clock, rest } = await source();
    server.setFault("bitstamp", { body: () => "<html>" });
    expect(await settled(rest.poll(), clock)).toMatchObject({ error: "not JSON: <html>" });
    expect(server.requests).toHaveLength(1);
  });

  test("pauses as long as a 429 asks, 30 s where it does not say", async () => {
    const { server, clock, rest } = await source();
    server.setFault("bitstamp", { serve: ({ res }) => res.writeHead(429).end() });
    expect(await settled(rest.poll(), clock)).toMatchObject({ error: "HTTP 429: too many requests" });
    server.setFault("bitstamp", undefined);
    clock.advance(29_000);
    expect(await rest.poll()).toMatchObject({ error: "asked for a pause, 1 s left" });
    clock.advance(1_000);
    expect(await settled(rest.poll(), clock)).toMatchObject({ price: expect.any(BigInt) });
    expect(server.requests).toHaveLength(2);
  });

  test("keeps to its own rate", async () => {
    const { server, clock, rest } = await source(1e12);
    await settled(rest.poll(), clock);
    await settled(rest.poll(), clock);
    expect(await rest.poll()).toMatchObject({ error: "held back by our own rate limit" });
    expect(server.requests).toHaveLength(2);
  });

  test("has one request under way at a time", async () => {
    const { clock, rest } = await source();
    const first = rest.poll();
    expect(await rest.poll()).toBeUndefined();
    await settled(first, clock);
  });
});

test("a token bucket lets a burst through, then one per interval", () => {
  let now = 0;
  const take = tokenBucket(2, 1_000, () => now);
  expect([take(), take(), take()]).toEqual([true, true, false]);
  now = 999;
  expect(take()).toBe(false);
  now = 1_000;
  expect([take(), take()]).toEqual([true, false]);
  now = 100_000;
  expect([take(), take(), take()]).toEqual([true, true, false]);
});
