/** Real venues: rounds of REST polls side by side, WebSocket quotes between them. */
import type { Clock } from "../clock.ts";
import type { Observation } from "./consensus.ts";
import type { Driver, Round } from "./driver.ts";
import { defaultLimits, type HttpLimits, type HttpOptions } from "./http.ts";
import { observeVenue, type RestSource, restSource } from "./rest-source.ts";
import { liveRules, type Rules } from "./rules.ts";
import { openTicker, type SocketOptions, socketDefaults } from "./ticker-socket.ts";
import { venues as builtIn, type Venue } from "./venues.ts";

export interface LiveOptions {
  clock: Clock;
  /** In [0, 1); for jitter only. */
  random: () => number;
  userAgent: string;
  venues: readonly Venue[];
  rules: Rules;
  limits: HttpLimits;
  sockets: Pick<SocketOptions, "silenceMs" | "retryMs">;
  /** From one round to the next. */
  pollMs: number;
  /** A round waits this long for slow sources; what comes later counts in the next. */
  collectMs: number;
  /** Certificates to trust besides the system's, PEM. */
  ca?: string;
}

export const liveDefaults = {
  random: Math.random,
  userAgent: "peer-stables",
  venues: builtIn,
  rules: liveRules,
  limits: defaultLimits,
  sockets: socketDefaults,
  pollMs: 5_000,
  collectMs: 2_000,
} as const satisfies Omit<LiveOptions, "clock">;

/** While a ticker's quote is younger than this, REST is not asked. */
const TICKER_FRESH_MS = 8_000;

interface Source {
  venue: Venue;
  rest: RestSource;
  latest: Observation;
  /** Steady time of its last answer over REST, good or bad. */
  answeredMs: number;
  /** Steady time of the last quote by WebSocket. */
  tickedMs: number;
}

export function liveDriver(given: Partial<LiveOptions> & Pick<LiveOptions, "clock">): Driver {
  const options: LiveOptions = { ...liveDefaults, ...given };
  const { clock, random, rules } = options;
  const http: HttpOptions = {
    clock,
    limits: options.limits,
    userAgent: options.userAgent,
    ...(options.ca !== undefined && { ca: options.ca }),
  };
  const sources = options.venues.map(
    (venue): Source => ({
      venue,
      rest: restSource(venue, http, random),
      latest: { source: venue.name, atMs: 0, pending: true },
      answeredMs: Number.NEGATIVE_INFINITY,
      tickedMs: Number.NEGATIVE_INFINITY,
    }),
  );
  const counted = sources.filter((s) => !s.venue.reference);
  const references = sources.filter((s) => s.venue.reference);
  let generation = 0;
  let cancels: (() => void)[] = [];

  function ticks(source: Source): boolean {
    return clock.steadyMs() - source.tickedMs < TICKER_FRESH_MS;
  }

  async function poll(source: Source, mine: number): Promise<void> {
    if (ticks(source)) return;
    const observation = await source.rest.poll();
    if (observation === undefined || mine !== generation) return;
    // A quote that came by WebSocket meanwhile is the newer one.
    if (ticks(source)) return;
    source.answeredMs = clock.steadyMs();
    source.latest = observation;
  }

  /** What a source says in the round that closes now: its old quote does not stand in for an answer that is overdue. */
  function said(source: Source, lastRoundMs: number): Observation {
    if (ticks(source) || source.answeredMs > lastRoundMs || "pending" in source.latest) return source.latest;
    return { source: source.venue.name, atMs: clock.steadyMs(), error: "no answer since the last check" };
  }

  async function rounds(take: (round: Round) => void, mine: number): Promise<void> {
    let lastRoundMs = Number.NEGATIVE_INFINITY;
    while (mine === generation) {
      const startedMs = clock.steadyMs();
      const all = Promise.all(sources.map((source) => poll(source, mine)));
      await Promise.race([all, pause(options.collectMs)]);
      if (mine !== generation) return;
      take({
        nowMs: clock.steadyMs(),
        observations: counted.map((s) => said(s, lastRoundMs)),
        references: references.map((s) => said(s, lastRoundMs)),
      });
      lastRoundMs = clock.steadyMs();
      const next = options.pollMs * (0.95 + random() / 10) - (clock.steadyMs() - startedMs);
      await pause(Math.max(next, 0));
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, () => {
        cancels = cancels.filter((c) => c !== stop);
        resolve();
      });
      const stop = () => {
        cancel();
        resolve();
      };
      cancels.push(stop);
    });
  }

  return {
    label: "live",
    synthetic: false,
    rules,
    sources: counted.map((s) => s.venue.name),
    start(take, fail) {
      const mine = ++generation;
      for (const source of sources) {
        const { ticker } = source.venue;
        if (ticker === undefined) continue;
        const close = openTicker(
          ticker,
          { ...http, ...options.sockets, random },
          (quote) => {
            const received = { wallMs: clock.wallMs(), steadyMs: clock.steadyMs() };
            const observation = observeVenue(source.venue, quote, received);
            // A quote that makes no sense leaves the word to REST.
            source.tickedMs = "price" in observation ? received.steadyMs : Number.NEGATIVE_INFINITY;
            source.latest = observation;
          },
          () => {
            source.tickedMs = Number.NEGATIVE_INFINITY;
          },
        );
        cancels.push(close);
      }
      rounds(take, mine).catch((error: unknown) => fail(`the price feed stopped: ${String(error)}`));
    },
    stop() {
      generation += 1;
      const open = cancels;
      cancels = [];
      for (const cancel of open) cancel();
    },
  };
}
