/** The numbers of docs/protocol.md, "Price", and the two measures every rule uses. */
import type { Price } from "../stable/units.ts";
import type { Purpose } from "./port.ts";

export interface Rules {
  /** Sources that must agree at least... */
  quorum: number;
  /** ...within this of the median of all that count. */
  bandBps: number;
  /** A quote older than this does not count. */
  maxAgeMs: number;
  /** Out of band this often: banned. `forgiveMs` in band without a break clears the count. */
  strikes: number;
  forgiveMs: number;
  /** A banned source is back after this long within `returnBandBps` of the accepted price. */
  returnMs: number;
  returnBandBps: number;
  /** Agreement over time is broken by a silence longer than this. */
  maxGapMs: number;
  /** A larger move than this from a price accepted at most `stepWindowMs` ago needs `stepSources`, `stepPolls`, `stepMs`. */
  stepBps: number;
  stepWindowMs: number;
  stepSources: number;
  stepPolls: number;
  stepMs: number;
  /** A larger move than this, from a price of any age, needs `jumpMs` of agreement or a person. */
  jumpBps: number;
  jumpMs: number;
}

export const liveRules: Rules = {
  quorum: 3,
  bandBps: 100,
  maxAgeMs: 30_000,
  strikes: 3,
  forgiveMs: 60_000,
  returnMs: 900_000,
  returnBandBps: 50,
  maxGapMs: 60_000,
  stepBps: 500,
  stepWindowMs: 300_000,
  stepSources: 4,
  stepPolls: 3,
  stepMs: 30_000,
  jumpBps: 2_000,
  jumpMs: 900_000,
};

/** The oldest price each purpose takes. */
export const freshMs: Record<Purpose, number> = { open: 10_000, settle: 60_000 };

/** An accepted price. */
export interface Accepted {
  price: Price;
  /** The middle of the times of the quotes behind it: at least half of them are as fresh as this. */
  atMs: number;
  agreeing: number;
}

/** Whether `a` lies within `bps` of `b`, compared as integers; the edge is inside. */
export function within(a: bigint, b: bigint, bps: number): boolean {
  const distance = a > b ? a - b : b - a;
  return distance * 10_000n <= b * BigInt(bps);
}

/** Signed distance of `a` from `b` in percent with one decimal, e.g. `-90.0 %`. */
export function percentOff(a: bigint, b: bigint): string {
  const permille = ((a - b) * 1_000n) / b;
  const size = permille < 0n ? -permille : permille;
  return `${permille < 0n ? "-" : "+"}${size / 10n}.${size % 10n} %`;
}
