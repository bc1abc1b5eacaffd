/** Where live prices come from: one row a source. Endpoints and fields as each venue's API reference states them. */
import { z } from "zod";
import { priceText, type Quote, timeText } from "./quote.ts";

export interface Venue {
  name: string;
  url: string;
  /** From the parsed body (numbers as text) to a quote. */
  schema: z.ZodType<Quote>;
  /** Shown, never counted: an index is made of the venues that are counted already. */
  reference?: true;
  /** The venue's time is no finer than this; it bounds the quote's age instead of giving it. */
  coarseTimeMs?: number;
  /** At most one request per this many milliseconds on average. */
  everyMs: number;
  ticker?: Ticker;
}

/** A WebSocket that says prices as they change; REST stands in while it does not. */
export interface Ticker {
  url: string;
  subscribe: string;
  /** From a parsed message to a quote; undefined for a message that is none (greeting, heartbeat, subscription). */
  schema: z.ZodType<Quote | undefined>;
}

const kraken = z
  .looseObject({
    error: z.tuple([]),
    result: z.record(z.string(), z.looseObject({ a: first(), b: first(), c: first() })),
  })
  .transform(({ result }, context): Quote => {
    // Kraken answers under its own name for the pair (XXBTZUSD), so the single value is taken whatever its key.
    const [pair, ...more] = Object.values(result);
    if (pair !== undefined && more.length === 0) return { last: pair.c, bid: pair.b, ask: pair.a };
    context.addIssue({ code: "custom", message: "result holds not exactly one pair" });
    return z.NEVER;
  });

function first() {
  return z.tuple([priceText], z.unknown()).transform(([value]) => value);
}

const krakenTicker = z.union([
  z
    .looseObject({
      channel: z.literal("ticker"),
      data: z.tuple([z.looseObject({ symbol: z.literal("BTC/USD"), last: priceText, bid: priceText, ask: priceText })]),
    })
    .transform(({ data: [{ last, bid, ask }] }): Quote => ({ last, bid, ask })),
  z.looseObject({ channel: z.enum(["status", "heartbeat"]) }).transform(() => undefined),
  z.looseObject({ method: z.literal("subscribe"), success: z.literal(true) }).transform(() => undefined),
]);

const coinbaseTicker = z.union([
  z
    .looseObject({
      type: z.literal("ticker"),
      product_id: z.literal("BTC-USD"),
      price: priceText,
      best_bid: priceText,
      best_ask: priceText,
      time: timeText("iso"),
    })
    .transform(
      ({ price, best_bid, best_ask, time }): Quote => ({ last: price, bid: best_bid, ask: best_ask, timeMs: time }),
    ),
  z.looseObject({ type: z.literal("subscriptions") }).transform(() => undefined),
]);

export const venues: readonly Venue[] = [
  {
    name: "kraken",
    url: "https://api.kraken.com/0/public/Ticker?pair=XBTUSD",
    schema: kraken,
    everyMs: 1_500,
    ticker: {
      url: "wss://ws.kraken.com/v2",
      subscribe: '{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"]}}',
      schema: krakenTicker,
    },
  },
  {
    name: "bitstamp",
    url: "https://www.bitstamp.net/api/v2/ticker/btcusd/",
    schema: z
      .looseObject({ last: priceText, bid: priceText, ask: priceText, timestamp: timeText("s") })
      .transform(({ last, bid, ask, timestamp }) => ({ last, bid, ask, timeMs: timestamp })),
    everyMs: 1_000,
  },
  {
    name: "coinbase",
    url: "https://api.exchange.coinbase.com/products/BTC-USD/ticker",
    schema: z
      .looseObject({ price: priceText, bid: priceText, ask: priceText, time: timeText("iso") })
      .transform(({ price, bid, ask, time }) => ({ last: price, bid, ask, timeMs: time })),
    everyMs: 1_000,
    ticker: {
      url: "wss://ws-feed.exchange.coinbase.com",
      subscribe: '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["ticker"]}',
      schema: coinbaseTicker,
    },
  },
  {
    name: "gemini",
    url: "https://api.gemini.com/v1/pubticker/btcusd",
    schema: z
      .looseObject({
        last: priceText,
        bid: priceText,
        ask: priceText,
        volume: z.looseObject({ timestamp: timeText("ms") }),
      })
      .transform(({ last, bid, ask, volume }) => ({ last, bid, ask, timeMs: volume.timestamp })),
    // The time is that of the volume figure, which moves in steps of five minutes.
    coarseTimeMs: 600_000,
    everyMs: 1_500,
  },
  {
    name: "paxos",
    url: "https://api.paxos.com/v2/markets/BTCUSD/ticker",
    schema: z
      .looseObject({
        last_execution: z.looseObject({ price: priceText }),
        best_bid: z.looseObject({ price: priceText }),
        best_ask: z.looseObject({ price: priceText }),
        snapshot_at: timeText("iso"),
      })
      .transform((t) => ({
        last: t.last_execution.price,
        bid: t.best_bid.price,
        ask: t.best_ask.price,
        timeMs: t.snapshot_at,
      })),
    everyMs: 2_000,
  },
  {
    name: "deribit index",
    url: "https://www.deribit.com/api/v2/public/get_index_price?index_name=btc_usd",
    schema: z
      .looseObject({ result: z.looseObject({ index_price: priceText }), usOut: timeText("us").optional() })
      .transform(({ result, usOut }) => ({ last: result.index_price, timeMs: usOut })),
    reference: true,
    everyMs: 1_000,
  },
  {
    name: "okx index",
    url: "https://www.okx.com/api/v5/market/index-tickers?instId=BTC-USD",
    schema: z
      .looseObject({ code: z.literal("0"), data: z.tuple([z.looseObject({ idxPx: priceText, ts: timeText("ms") })]) })
      .transform(({ data: [index] }) => ({ last: index.idxPx, timeMs: index.ts })),
    reference: true,
    everyMs: 1_000,
  },
];
