/** Everything a price source has been seen, or could be made, to answer. */
import { gzipSync } from "node:zlib";
import type { Fault, Figures, Request } from "./venue-server.ts";

const figures = (change: Partial<Figures>): Fault => ({ figures: (good) => ({ ...good, ...change }) });
const last = (token: string): Fault => figures({ last: token });
const body = (text: string): Fault => ({ body: () => text });
const status = (code: number, text = "", headers: Record<string, string> = {}): Fault => ({
  serve: ({ res }) => res.writeHead(code, headers).end(text),
});

/** The same number in all three places, so that only its size is wrong. */
const scaled = (factor: number): Fault => ({
  figures: (good) => {
    const by = (token: string) => JSON.stringify((Number(JSON.parse(token)) * factor).toFixed(2));
    return { ...good, last: by(good.last), bid: by(good.bid), ask: by(good.ask) };
  },
});
const shifted = (ms: number): Fault => ({ figures: (good) => ({ ...good, timeMs: good.timeMs + ms }) });

const MINUTE = 60_000;
const chunk = Buffer.alloc(64 * 1_024, " ");

function endless({ res }: Request): void {
  res.writeHead(200, { "content-type": "application/json" });
  const push = () => {
    while (!res.destroyed && res.write(chunk));
  };
  res.on("drain", push);
  push();
}

function slowDrip({ res, good }: Request): void {
  res.writeHead(200);
  let at = 0;
  const timer = setInterval(() => res.write(good[at++ % good.length] ?? " "), 20);
  res.on("close", () => clearInterval(timer));
}

export const faults: Record<string, Fault> = {
  "NaN token": last("NaN"),
  "NaN text": last('"NaN"'),
  "Infinity text": last('"Infinity"'),
  zero: last('"0.00"'),
  "zero number": last("0"),
  negative: last('"-63000.00"'),
  "1e308": last("1e308"),
  "ten thousand digits": last(`"${"9".repeat(10_000)}"`),
  words: last('"market closed"'),
  "empty text": last('""'),
  null: last("null"),
  boolean: last("true"),
  "nested object": last('{"amount":"63000.00"}'),
  "comma grouping": last('"63,000.00"'),
  hexadecimal: last('"0xF618"'),
  "a tenth": scaled(0.1),
  "ten times": scaled(10),
  "a hundredth of a cent": scaled(1e-9),
  "crossed book": { figures: (good) => ({ ...good, bid: good.ask, ask: good.bid }) },
  "wide spread": figures({ bid: '"62000.00"', ask: '"64000.00"' }),
  "bid far above last": figures({ bid: '"70000.00"', ask: '"70001.00"' }),
  "no bid": figures({ bid: "null" }),
  "wrong shape": body("[1,2,3]"),
  "another market": body('{"error":[],"result":{"A":{"a":["1"],"b":["1"],"c":["1"]},"B":{}}}'),
  "error in words": body('{"error":["EService:Unavailable"],"message":"try later"}'),
  "an HTML page": status(200, "<!doctype html><title>Just a moment...</title>", { "content-type": "text/html" }),
  "empty body": body(""),
  "truncated JSON": { body: (good) => good.slice(0, good.length - 9) },
  "deeply nested": body("[".repeat(30_000)),
  "a prototype": body('{"__proto__":{"last":"1","bid":"1","ask":"1"},"constructor":null}'),
  "bytes that are no UTF-8": { serve: ({ res }) => res.end(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])) },
  "HTTP 429": status(429, "slow down", { "retry-after": "1" }),
  "HTTP 500": status(500, "oops"),
  "HTTP 503": status(503),
  "HTTP 404": status(404, "{}"),
  "HTTP 204": status(204),
  "redirect loop": { serve: ({ req, res }) => res.writeHead(302, { location: req.url }).end() },
  "redirect to nowhere": status(301),
  "redirect to a file": status(302, "", { location: "file:///etc/hostname" }),
  hang: { serve: () => undefined },
  "hang after the headers": { serve: ({ res }) => res.writeHead(200).flushHeaders() },
  "slow drip": { serve: slowDrip },
  reset: { serve: ({ req }) => req.socket.resetAndDestroy() },
  "closed at once": { serve: ({ req }) => req.socket.destroy() },
  "reset in the body": {
    serve: ({ res, good }) => {
      res.writeHead(200, { "content-length": good.length });
      res.write(good.slice(0, 20), () => res.socket?.destroy());
    },
  },
  "not HTTP": { serve: ({ req }) => req.socket.end("SSH-2.0-OpenSSH_9.9\r\n") },
  "huge body, announced": status(200, "", { "content-length": "10000000000" }),
  "huge body, endless": { serve: endless },
  "huge header": { serve: ({ req }) => req.socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(4_000_000)}\r\n\r\n{}`) },
  "gzip bomb": {
    serve: ({ res }) => res.writeHead(200, { "content-encoding": "gzip" }).end(bomb()),
  },
  "brotli that was not asked for": status(200, "\u0001", { "content-encoding": "br" }),
  stale: shifted(-20 * MINUTE),
  "from the future": shifted(10 * MINUTE),
  flapping: {
    serve: ({ res, good, count }) => (count % 2 === 0 ? res.end(good) : res.writeHead(500).end()),
  },
};

let packed: Buffer | undefined;
/** 100 MB of blanks in 100 kB. */
function bomb(): Buffer {
  packed ??= gzipSync(Buffer.alloc(100_000_000, " "));
  return packed;
}
