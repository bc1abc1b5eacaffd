/** A WebSocket ticker that comes back by itself: silence, errors and floods end a connection, never the program. */
import type { Clock } from "../clock.ts";
import { parseJsonExact } from "./json.ts";
import type { Quote } from "./quote.ts";
import type { Ticker } from "./venues.ts";

export interface SocketOptions {
  clock: Clock;
  random: () => number;
  userAgent: string;
  ca?: string;
  /** Without any message for this long the connection is given up. */
  silenceMs: number;
  /** First and longest pause before the next attempt. */
  retryMs: readonly [number, number];
}

export const socketDefaults = { silenceMs: 15_000, retryMs: [1_000, 60_000] } as const;

const MAX_MESSAGE_CHARS = 16 * 1_024;
/** More messages a second than this is a flood. */
const MAX_PER_SECOND = 500;

/** Keeps the ticker connected until stopped. `take` gets each quote; `lost` is told why there are none for now. */
export function openTicker(
  ticker: Ticker,
  options: SocketOptions,
  take: (quote: Quote) => void,
  lost: (reason: string) => void,
): () => void {
  const { clock, random } = options;
  let stopped = false;
  let socket: WebSocket | undefined;
  let cancel: (() => void) | undefined;
  let failures = 0;

  function connect(): void {
    let flood = { sinceMs: clock.steadyMs(), messages: 0 };
    const ws = open(ticker.url, options);
    socket = ws;
    const giveUp = (reason: string) => {
      if (socket !== ws) return;
      socket = undefined;
      ws.onopen = ws.onmessage = ws.onclose = ws.onerror = null;
      ws.close();
      if (stopped) return;
      lost(reason);
      const [shortest, longest] = options.retryMs;
      const pause = Math.min(shortest * 2 ** Math.min(failures++, 16), longest);
      rearm(pause * (0.5 + random() / 2), connect);
    };
    const listen = () => rearm(options.silenceMs, () => giveUp(`silent for ${options.silenceMs / 1_000} s`));

    listen();
    ws.onopen = () => ws.send(ticker.subscribe);
    ws.onerror = () => giveUp("the connection failed");
    ws.onclose = (event) => giveUp(`closed by the server (${event.code})`);
    ws.onmessage = (event) => {
      const now = clock.steadyMs();
      if (now - flood.sinceMs >= 1_000) flood = { sinceMs: now, messages: 0 };
      if (++flood.messages > MAX_PER_SECOND) return giveUp("a flood of messages");
      if (typeof event.data !== "string") return giveUp("a binary message");
      if (event.data.length > MAX_MESSAGE_CHARS) return giveUp("a message too long");
      const parsed = ticker.schema.safeParse(parseOrUndefined(event.data));
      if (!parsed.success) return giveUp("a message that is not understood");
      listen();
      if (parsed.data === undefined) return;
      failures = 0;
      take(parsed.data);
    };
  }

  function rearm(ms: number, run: () => void): void {
    cancel?.();
    cancel = clock.after(ms, run);
  }

  connect();
  return () => {
    stopped = true;
    cancel?.();
    socket?.close();
    socket = undefined;
  };
}

/** Without compression, so that no small frame unfolds into a large one; through the environment's proxy. */
function open(url: string, options: SocketOptions): WebSocket {
  const proxy = proxyFor(new URL(url), process.env);
  return new WebSocket(url, {
    perMessageDeflate: false,
    headers: { "user-agent": options.userAgent },
    ...(proxy !== undefined && { proxy }),
    ...(options.ca !== undefined && { tls: { ca: options.ca } }),
  });
}

/** The proxy the environment names for a WebSocket URL: as for http(s), with `NO_PROXY` honoured. */
export function proxyFor(url: URL, env: Record<string, string | undefined>): string | undefined {
  const named = (name: string) => env[name] || env[name.toLowerCase()];
  const hosts = (named("NO_PROXY") ?? "").split(",").map((host) => host.trim().replace(/^\*?\./, ""));
  const { hostname, host } = url;
  const direct = hosts.some(
    (h) => h !== "" && (h === "*" || h === hostname || h === host || hostname.endsWith(`.${h}`)),
  );
  if (direct) return undefined;
  return named(url.protocol === "wss:" ? "HTTPS_PROXY" : "HTTP_PROXY") ?? named("ALL_PROXY");
}

function parseOrUndefined(text: string): unknown {
  try {
    return parseJsonExact(text);
  } catch {
    return undefined;
  }
}
