import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerWebSocket } from "bun";
import { systemClock } from "../../src/clock.ts";
import type { Decision } from "../../src/price/consensus.ts";
import { createFeed } from "../../src/price/feed.ts";
import type { Quote } from "../../src/price/quote.ts";
import { openTicker, proxyFor } from "../../src/price/ticker-socket.ts";
import { type Ticker, venues } from "../../src/price/venues.ts";
import { startVenues } from "./venue-server.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

type Socket = ServerWebSocket<unknown>;

/** A WebSocket server that does what it is told with each connection and each message. */
function serve(
  handlers: { open?: (ws: Socket, n: number) => void; message?: (ws: Socket, text: string) => void },
  tls = false,
) {
  let connections = 0;
  const pem = readFileSync(join(import.meta.dir, "fixtures/good.pem"), "utf8");
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    ...(tls && { tls: { cert: pem, key: pem } }),
    fetch: (req, s) => (s.upgrade(req) ? undefined : new Response("no", { status: 400 })),
    websocket: {
      open: (ws) => handlers.open?.(ws, connections++),
      message: (ws, text) => handlers.message?.(ws, String(text)),
    },
  });
  closing.push(() => void server.stop(true));
  return { url: `${tls ? "wss" : "ws"}://127.0.0.1:${server.port}/`, connections: () => connections };
}

function tickerOf(name: string): Ticker {
  const ticker = venues.find((v) => v.name === name)?.ticker;
  if (ticker === undefined) throw new Error(`${name} has no ticker`);
  return ticker;
}

/** Long enough for a machine under load to connect in: only a test of silence waits for it. */
const SILENCE_MS = 500;
const quick = { silenceMs: 10_000, retryMs: [10, 40] as const };

/** Runs a ticker until `done` says so of what was heard. */
async function listen(
  ticker: Ticker,
  done: (heard: { quotes: Quote[]; lost: string[] }) => boolean,
  { ca, silenceMs = quick.silenceMs }: { ca?: string; silenceMs?: number } = {},
) {
  const heard: { quotes: Quote[]; lost: string[] } = { quotes: [], lost: [] };
  await new Promise<void>((resolve) => {
    const check = () => {
      if (done(heard)) resolve();
    };
    const close = openTicker(
      ticker,
      { clock: systemClock(), random: () => 0.5, userAgent: "t", ...quick, silenceMs, ...(ca !== undefined && { ca }) },
      (quote) => {
        heard.quotes.push(quote);
        check();
      },
      (reason) => {
        heard.lost.push(reason);
        check();
      },
    );
    closing.push(close);
  });
  return heard;
}

const krakenTick = (last: string) =>
  `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":${last},"bid_qty":0.1,"ask":${last},"last":${last},"volume":1}]}`;
const coinbaseTick = (last: string) =>
  `{"type":"ticker","sequence":1,"product_id":"BTC-USD","price":"${last}","best_bid":"${last}","best_ask":"${last}","time":"${new Date().toISOString()}"}`;

describe("venues' messages", () => {
  test("kraken: subscribes, passes over greeting and heartbeat, keeps numbers exact", async () => {
    const asked: unknown[] = [];
    const { url } = serve({
      open: (ws) => ws.send('{"channel":"status","type":"update","data":[{"system":"online"}]}'),
      message: (ws, text) => {
        asked.push(JSON.parse(text));
        ws.send('{"method":"subscribe","result":{"channel":"ticker"},"success":true,"time_in":"x"}');
        ws.send('{"channel":"heartbeat"}');
        ws.send(krakenTick("63001.10"));
      },
    });
    const { quotes } = await listen({ ...tickerOf("kraken"), url }, (h) => h.quotes.length > 0);
    expect(quotes[0]).toMatchObject({ last: 63_001_100_000n, bid: 63_001_100_000n });
    expect(asked).toEqual([{ method: "subscribe", params: { channel: "ticker", symbol: ["BTC/USD"] } }]);
  });

  test("coinbase, over TLS", async () => {
    const { url } = serve(
      {
        message: (ws, text) => {
          if (!text.includes('"BTC-USD"')) return;
          ws.send('{"type":"subscriptions","channels":[]}');
          ws.send(coinbaseTick("63001.25"));
        },
      },
      true,
    );
    const ca = readFileSync(join(import.meta.dir, "fixtures/ca.pem"), "utf8");
    const { quotes } = await listen({ ...tickerOf("coinbase"), url }, (h) => h.quotes.length > 0, { ca });
    expect(quotes[0]).toMatchObject({ last: 63_001_250_000n, timeMs: expect.any(Number) });
  });
});

describe("what ends a connection, and it comes back", () => {
  const faults: Record<string, { send: (ws: Socket) => void; lost: RegExp }> = {
    "words instead of JSON": { send: (ws) => ws.send("hello"), lost: /not understood/ },
    "another shape": { send: (ws) => ws.send('{"channel":"book"}'), lost: /not understood/ },
    "a price of zero": { send: (ws) => ws.send(krakenTick("0")), lost: /not understood/ },
    "another market": { send: (ws) => ws.send(krakenTick("1").replace("BTC/USD", "ETH/USD")), lost: /not understood/ },
    "an error": { send: (ws) => ws.send('{"method":"subscribe","success":false,"error":"x"}'), lost: /not understood/ },
    binary: { send: (ws) => ws.send(new Uint8Array(8)), lost: /binary/ },
    "a long message": { send: (ws) => ws.send(`"${"x".repeat(1_000_000)}"`), lost: /too long/ },
    "a flood": {
      send: (ws) => {
        for (let i = 0; i < 2_000; i++) ws.send('{"channel":"heartbeat"}');
      },
      lost: /flood/,
    },
    "a close": { send: (ws) => ws.close(1012), lost: /closed by the server/ },
    "a break": { send: (ws) => ws.terminate(), lost: /closed|failed/ },
    silence: { send: () => undefined, lost: /silent/ },
  };
  for (const [name, { send, lost }] of Object.entries(faults)) {
    test(name, async () => {
      const { url, connections } = serve({ open: (ws, n) => (n < 2 ? send(ws) : ws.send(krakenTick("63000"))) });
      const silenceMs = name === "silence" ? SILENCE_MS : quick.silenceMs;
      const heard = await listen({ ...tickerOf("kraken"), url }, (h) => h.quotes.length > 0, { silenceMs });
      expect(heard.lost[0]).toMatch(lost);
      expect(heard.lost.length).toBe(2);
      expect(connections()).toBe(3);
    });
  }

  test("a server that is not there, or speaks no WebSocket", async () => {
    const { url } = serve({});
    const gone = await listen({ ...tickerOf("kraken"), url: "ws://127.0.0.1:9/" }, (h) => h.lost.length > 1);
    expect(gone.quotes).toEqual([]);
    const plain = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hi") });
    closing.push(() => void plain.stop(true));
    const heard = await listen(
      { ...tickerOf("kraken"), url: `ws://127.0.0.1:${plain.port}/` },
      (h) => h.lost.length > 1,
    );
    expect(heard.lost.length).toBeGreaterThan(1);
    expect(url).toStartWith("ws://");
  });
});

describe("in the feed", () => {
  test("the ticker's price counts, REST is not asked meanwhile and takes over when it breaks off", async () => {
    const server = await startVenues();
    closing.push(server.stop);
    let socket: Socket | undefined;
    const { url } = serve({
      open: (ws, n) => {
        if (n > 0) return;
        socket = ws;
        ws.send(krakenTick("63111"));
      },
    });
    const decisions: Decision[] = [];
    let wake = () => {};
    const feed = createFeed({
      spec: { source: "live" },
      clock: systemClock(),
      live: {
        venues: server.venues.map((v) => (v.name === "kraken" ? { ...v, ticker: { ...tickerOf("kraken"), url } } : v)),
        pollMs: 20,
        sockets: { silenceMs: 60_000, retryMs: [60_000, 60_000] },
      },
      onDecision: (decision) => {
        decisions.push(decision);
        wake();
      },
    });
    closing.push(feed.stop);
    feed.start();
    const kraken = () => decisions.at(-1)?.observations.find((o) => o.source === "kraken");
    const until = async (good: () => boolean) => {
      while (!good()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const says = (usd: bigint) => () => {
      const o = kraken();
      return o !== undefined && "price" in o && o.price === usd * 1_000_000n;
    };
    await until(says(63_111n));
    const asked = () => server.requests.filter((r) => r.url === "/kraken/").length;
    const before = asked();
    const rounds = decisions.length;
    await until(() => decisions.length >= rounds + 3);
    expect(asked()).toBe(before);
    socket?.close();
    await until(says(63_000n));
    expect(asked()).toBeGreaterThan(before);
    expect(feed.view().status).toBe("ok");
  });
});

describe("proxyFor", () => {
  const kraken = new URL("wss://ws.kraken.com/v2");
  test("as the environment says", () => {
    expect(proxyFor(kraken, {})).toBeUndefined();
    expect(proxyFor(kraken, { HTTPS_PROXY: "http://p:1" })).toBe("http://p:1");
    expect(proxyFor(kraken, { https_proxy: "http://p:2" })).toBe("http://p:2");
    expect(proxyFor(kraken, { HTTP_PROXY: "http://p:3" })).toBeUndefined();
    expect(proxyFor(new URL("ws://x/"), { HTTP_PROXY: "http://p:3" })).toBe("http://p:3");
    expect(proxyFor(kraken, { ALL_PROXY: "http://p:4" })).toBe("http://p:4");
  });

  test.each(["ws.kraken.com", "kraken.com", ".kraken.com", "*.kraken.com", "*", "a, kraken.com"])(
    "NO_PROXY=%s",
    (hosts) => {
      expect(proxyFor(kraken, { HTTPS_PROXY: "http://p:1", NO_PROXY: hosts })).toBeUndefined();
    },
  );

  test("NO_PROXY of another host", () => {
    expect(proxyFor(kraken, { HTTPS_PROXY: "http://p:1", NO_PROXY: "raken.com,example.org" })).toBe("http://p:1");
  });
});
