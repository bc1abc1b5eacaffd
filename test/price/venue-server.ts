/** The five dollar venues as one local server, each of which can be made to misbehave. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type Venue, venues } from "../../src/price/venues.ts";

/** Figures as JSON tokens, so that a fault can put anything in their place. */
export interface Figures {
  last: string;
  bid: string;
  ask: string;
  timeMs: number;
}

export interface Request {
  venue: string;
  req: IncomingMessage;
  res: ServerResponse;
  /** How many requests this venue has had before this one. */
  count: number;
  /** The body a healthy venue would send. */
  good: string;
}

export type Fault =
  | { figures: (good: Figures) => Figures }
  | { body: (good: string) => string }
  | { serve: (r: Request) => void };

const q = (text: string) => JSON.stringify(text);

/** Each venue's answer, in the shape its API reference gives. */
export const bodies: Record<string, (f: Figures) => string> = {
  kraken: (f) =>
    `{"error":[],"result":{"XXBTZUSD":{"a":[${f.ask},"1","1.000"],"b":[${f.bid},"1","1.000"],"c":[${f.last},"0.05"]}}}`,
  bitstamp: (f) =>
    `{"timestamp":"${Math.floor(f.timeMs / 1_000)}","last":${f.last},"bid":${f.bid},"ask":${f.ask},"volume":"900"}`,
  coinbase: (f) =>
    `{"trade_id":1,"price":${f.last},"bid":${f.bid},"ask":${f.ask},"time":"${new Date(f.timeMs).toISOString()}"}`,
  gemini: (f) =>
    `{"bid":${f.bid},"ask":${f.ask},"last":${f.last},"volume":{"BTC":"1","USD":"1","timestamp":${f.timeMs}}}`,
  paxos: (f) =>
    `{"market":"BTCUSD","best_bid":{"price":${f.bid}},"best_ask":{"price":${f.ask}},"last_execution":{"price":${f.last}},"snapshot_at":"${new Date(f.timeMs).toISOString()}"}`,
};

export const dollarVenues = venues.filter((v) => !v.reference);

/** Cents, as text: a venue's own small distance from the market keeps the five from being alike. */
function figuresOf(venue: string, cents: number): Figures {
  const own = cents + 100 * dollarVenues.findIndex((v) => v.name === venue);
  const text = (n: number) => q((n / 100).toFixed(2));
  return { last: text(own), bid: text(own - 50), ask: text(own + 50), timeMs: Date.now() };
}

export interface VenueServer {
  /** The real table, pointed here. Tickers left out: they have tests of their own. */
  venues: Venue[];
  url: string;
  cents: number;
  setFault(venue: string, fault: Fault | undefined): void;
  /** The most bytes one answer of a venue could get rid of before its client hung up. */
  largest: Map<string, number>;
  requests: IncomingMessage[];
  stop(): void;
}

export async function startVenues(options: { tls?: { cert: string; key: string } } = {}): Promise<VenueServer> {
  const faults = new Map<string, Fault>();
  const counts = new Map<string, number>();
  const largest = new Map<string, number>();
  const requests: IncomingMessage[] = [];
  const handler = (req: IncomingMessage, res: ServerResponse): void => {
    const venue = (req.url ?? "").split("/")[1] ?? "";
    const fault = faults.get(venue);
    const count = counts.get(venue) ?? 0;
    counts.set(venue, count + 1);
    requests.push(req);
    // A client that has had enough hangs up, which may be in the middle of a write.
    res.on("error", () => undefined);
    const { socket } = req;
    const before = socket.bytesWritten;
    res.on("close", () => {
      const bytes = socket.bytesWritten - before;
      if (bytes > (largest.get(venue) ?? 0)) largest.set(venue, bytes);
    });
    const figures = figuresOf(venue, server.cents);
    const body = bodies[venue]?.(fault && "figures" in fault ? fault.figures(figures) : figures) ?? "";
    if (fault && "serve" in fault) {
      fault.serve({ venue, req, res, count, good: body });
      return;
    }
    res.setHeader("content-type", "application/json");
    res.end(fault && "body" in fault ? fault.body(body) : body);
  };
  const http = options.tls ? createTlsServer(options.tls, handler) : createServer(handler);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const url = `${options.tls ? "https" : "http"}://127.0.0.1:${port}`;
  const server: VenueServer = {
    venues: dollarVenues.map(({ ticker, ...v }) => ({ ...v, url: `${url}/${v.name}/`, everyMs: 1 })),
    url,
    cents: 6_300_000,
    setFault: (venue, fault) => (fault ? faults.set(venue, fault) : faults.delete(venue)),
    largest,
    requests,
    stop() {
      http.closeAllConnections();
      http.close();
    },
  };
  return server;
}
