/**
 * Which price the program believes: a pure step from (state, what the sources say now) to (state, decision), so that
 * any decision can be replayed from its record. Rules: docs/protocol.md, "Price".
 */
import { type Price, price } from "../stable/units.ts";
import { type Breaker, breakerStep } from "./breaker.ts";
import { type Accepted, percentOff, type Rules, within } from "./rules.ts";

/** What one source said last. `atMs` is the steady time its quote was good: receipt, less the age it had by then. */
export type Observation =
  | { source: string; atMs: number; price: Price }
  | { source: string; atMs: number; error: string }
  | { source: string; atMs: number; pending: true };

interface SourceRecord {
  /** The observation counted last, so that one quote never counts twice. */
  seenMs: number;
  strikes: number;
  /** Since when it has been in band without a break. */
  cleanSinceMs?: number;
  cleanLastMs?: number;
  banned: boolean;
}

export interface ConsensusState {
  accepted?: Accepted;
  breaker?: Breaker;
  sources: Readonly<Record<string, SourceRecord>>;
}

export const emptyState: ConsensusState = { sources: {} };

export type SourceVerdict = {
  source: string;
  state: "ok" | "stale" | "out_of_band" | "banned" | "error" | "pending";
  detail?: string;
};

export type Outcome =
  | { kind: "accepted"; accepted: Accepted }
  | { kind: "refused"; cause: "no_quorum" | "breaker"; reason: string; candidate?: Price };

/** Everything a decision came from and what it was: one audit line, and enough to replay it. */
export interface Decision {
  nowMs: number;
  observations: readonly Observation[];
  /** What a person vouched for in this check. */
  confirmed?: Price;
  verdicts: readonly SourceVerdict[];
  outcome: Outcome;
}

/** The median; of an even count the mean of the middle two, rounded down to a micro-dollar. Undefined of none. */
export function median(prices: readonly Price[]): Price | undefined {
  const sorted = [...prices].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  return low === undefined || high === undefined ? undefined : price((low + high) / 2n);
}

type Quote = Extract<Observation, { price: Price }>;

/**
 * One check. `confirmed` is a price a person vouches for: within the band of it, the breaker lets a jump pass.
 * Observations hold at most one entry a source; time never runs backward between steps.
 */
export function consensusStep(
  state: ConsensusState,
  round: { nowMs: number; observations: readonly Observation[]; confirmed?: Price },
  rules: Rules,
): { state: ConsensusState; decision: Decision } {
  const { nowMs, observations } = round;
  const fresh = observations.filter((o): o is Quote => "price" in o && nowMs - o.atMs <= rules.maxAgeMs);
  const counted = fresh.filter((o) => !recordOf(state.sources, o.source)?.banned);
  const centre = median(counted.map((o) => o.price));
  const agreeing = centre === undefined ? [] : counted.filter((o) => within(o.price, centre, rules.bandBps));
  const candidate = median(agreeing.map((o) => o.price));

  let breaker: Breaker | undefined;
  let outcome: Outcome;
  if (candidate === undefined || agreeing.length < rules.quorum || agreeing.length * 2 <= counted.length) {
    outcome = { kind: "refused", cause: "no_quorum", reason: noQuorum(agreeing.length, counted.length, rules) };
  } else {
    const accepted: Accepted = { price: candidate, atMs: middleTime(agreeing), agreeing: agreeing.length };
    const passed =
      round.confirmed !== undefined && within(candidate, round.confirmed, rules.bandBps)
        ? ({ pass: true } as const)
        : breakerStep(state.breaker, state.accepted, accepted, nowMs, rules);
    if (passed.pass) {
      outcome = { kind: "accepted", accepted };
    } else {
      breaker = passed.breaker;
      outcome = { kind: "refused", cause: "breaker", reason: passed.reason, candidate };
    }
  }

  const centreNow = outcome.kind === "accepted" ? outcome.accepted.price : undefined;
  const sources = { ...state.sources };
  for (const quote of fresh) sources[quote.source] = judge(recordOf(sources, quote.source), quote, centreNow, rules);
  const accepted = outcome.kind === "accepted" ? outcome.accepted : state.accepted;
  const verdicts = observations.map((o) =>
    verdictOf(o, recordOf(sources, o.source), centreNow ?? centre, nowMs, rules),
  );
  return {
    state: { sources, ...(accepted && { accepted }), ...(breaker && { breaker }) },
    decision: {
      nowMs,
      observations,
      verdicts,
      outcome,
      ...(round.confirmed !== undefined && { confirmed: round.confirmed }),
    },
  };
}

/** A source may be called anything, `constructor` too. */
function recordOf(sources: ConsensusState["sources"], name: string): SourceRecord | undefined {
  return Object.hasOwn(sources, name) ? sources[name] : undefined;
}

/** The later of the middle two would flatter an even count; this takes the older. */
function middleTime(quotes: readonly Quote[]): number {
  const times = quotes.map((q) => q.atMs).sort((a, b) => a - b);
  return times[(times.length - 1) >> 1] ?? 0;
}

function noQuorum(agreeing: number, counted: number, rules: Rules): string {
  if (counted < rules.quorum) return `${counted} sources answer, ${rules.quorum} are needed`;
  return `${agreeing} of ${counted} sources agree within ${rules.bandBps / 100} %, ${rules.quorum} and a majority are needed`;
}

/**
 * A source's record after one new quote. Only an accepted price is a measure: while the price is on hold nobody is
 * struck, or three venues that err together would have the honest two banned.
 */
function judge(before: SourceRecord | undefined, quote: Quote, centre: Price | undefined, rules: Rules): SourceRecord {
  const record = before ?? { seenMs: Number.NEGATIVE_INFINITY, strikes: 0, banned: false };
  if (quote.atMs <= record.seenMs) return record;
  const seenMs = quote.atMs;
  if (centre === undefined) return { ...record, seenMs };
  const band = record.banned ? rules.returnBandBps : rules.bandBps;
  if (!within(quote.price, centre, band)) {
    const strikes = Math.min(record.strikes + 1, rules.strikes);
    return { seenMs, strikes, banned: record.banned || strikes >= rules.strikes };
  }
  const unbroken = record.cleanLastMs !== undefined && seenMs - record.cleanLastMs <= rules.maxGapMs;
  const cleanSinceMs = (unbroken ? record.cleanSinceMs : undefined) ?? seenMs;
  const needed = record.banned ? rules.returnMs : rules.forgiveMs;
  const cleared = seenMs - cleanSinceMs >= needed;
  return {
    seenMs,
    strikes: cleared ? 0 : record.strikes,
    banned: record.banned && !cleared,
    cleanSinceMs,
    cleanLastMs: seenMs,
  };
}

function verdictOf(
  o: Observation,
  record: SourceRecord | undefined,
  centre: Price | undefined,
  nowMs: number,
  rules: Rules,
): SourceVerdict {
  const { source } = o;
  if ("pending" in o) return { source, state: "pending", detail: "no answer yet" };
  if ("error" in o) return { source, state: "error", detail: o.error };
  if (nowMs - o.atMs > rules.maxAgeMs) {
    return {
      source,
      state: "stale",
      detail: `${seconds(nowMs - o.atMs)} old, at most ${seconds(rules.maxAgeMs)} counts`,
    };
  }
  if (record?.banned) return { source, state: "banned", detail: bannedDetail(record, rules) };
  if (centre !== undefined && !within(o.price, centre, rules.bandBps)) {
    return { source, state: "out_of_band", detail: `${percentOff(o.price, centre)} from the median` };
  }
  return { source, state: "ok" };
}

function bannedDetail(record: SourceRecord, rules: Rules): string {
  const done = record.cleanSinceMs === undefined ? 0 : record.seenMs - record.cleanSinceMs;
  return `out of band ${rules.strikes} times; back after ${seconds(rules.returnMs - done)} more in agreement`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
