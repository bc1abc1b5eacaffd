/**
 * The arithmetic of one position: what it is worth, what is due, and at which prices somebody has to act. Exact
 * integers throughout; `B` is `MSAT_PER_BTC`, `T` the target, `b` the backing, `p` the price.
 */
import { type Agreement, backingOf, type Side } from "./agreement.ts";
import { absolute, BPS, ceilDiv, larger, smaller } from "./integers.ts";
import {
  MAX_MICRO,
  MAX_MSAT,
  type Micro,
  MSAT_PER_BTC,
  MSAT_PER_SAT,
  type Msat,
  msat,
  type Price,
  valueFloor,
} from "./units.ts";

/** The four figures everything here depends on. */
export interface Position {
  targetMicro: Micro;
  backingMsat: Msat;
  bandBps: number;
  floorMicro: Micro;
}

/** Who owes, and how much: whole satoshis, at least one. */
export interface Due {
  payer: Side;
  amountMsat: Msat;
}

/** Somebody has to act at price `p` exactly when `p <= low` or `p >= high`. */
export interface TriggerPrices {
  /** 0 when no price is low enough. */
  low: bigint;
  /** Above every valid price when no price is high enough. */
  high: bigint;
}

export function positionOf(agreement: Agreement): Position {
  return {
    targetMicro: agreement.targetMicro,
    backingMsat: backingOf(agreement),
    bandBps: agreement.terms.bandBps,
    floorMicro: agreement.terms.floorMicro,
  };
}

/** What the backing is worth at `p` in micro-dollars, rounded down. */
export function valueAt(position: Position, p: Price): Micro {
  return valueFloor(position.backingMsat, p);
}

/** `b*p - T*B`: the drift in micro-dollars times B. Positive: the receiver holds too much and owes. */
export function scaledDrift(position: Position, p: Price): bigint {
  return position.backingMsat * p - position.targetMicro * MSAT_PER_BTC;
}

/** The drift in micro-dollars, signed, rounded toward zero. For the screen; decisions use `scaledDrift`. */
export function driftMicro(position: Position, p: Price): bigint {
  return scaledDrift(position, p) / MSAT_PER_BTC;
}

/** The drift as a share of the target in 1/100 of a percent, signed, rounded toward zero; 0 for an empty target. */
export function driftBps(position: Position, p: Price): number {
  if (position.targetMicro === 0n) return 0;
  return Number((scaledDrift(position, p) * BPS) / (position.targetMicro * MSAT_PER_BTC));
}

/**
 * What it takes to be exact again at `p`, whatever the band: `|T*B/p - b|` rounded toward zero to whole satoshis and
 * capped at 21 million bitcoin. Undefined when that is less than one satoshi.
 */
export function dueOf(position: Position, p: Price): Due | undefined {
  const drift = scaledDrift(position, p);
  const amount = (absolute(drift) / (p * MSAT_PER_SAT)) * MSAT_PER_SAT;
  if (amount === 0n) return undefined;
  return { payer: drift > 0n ? "receiver" : "provider", amountMsat: msat(smaller(amount, MAX_MSAT)) };
}

/** The least drift that makes somebody act, times B and times 10^4: `B * max(T*band, floor*10^4)`. */
function threshold({ targetMicro, bandBps, floorMicro }: Position): bigint {
  return MSAT_PER_BTC * larger(targetMicro * BigInt(bandBps), floorMicro * BPS);
}

/** The act rule: what is due at `p` if the drift has reached band and floor (equality acts), else undefined. */
export function actionDueOf(position: Position, p: Price): Due | undefined {
  const drift = scaledDrift(position, p);
  return absolute(drift) * BPS >= threshold(position) ? dueOf(position, p) : undefined;
}

/**
 * The act rule solved for the price, so that looking at a position costs two comparisons. Exact: `actionDueOf` is
 * defined at `p` if and only if `p <= low || p >= high`.
 */
export function triggerPrices(position: Position): TriggerPrices {
  const b = position.backingMsat;
  const owed = position.targetMicro * MSAT_PER_BTC;
  const least = threshold(position);
  return { low: lowTrigger(b, owed, least), high: highTrigger(b, owed, least) };
}

/** `(T*B - b*p)*10^4 >= least` and `T*B - b*p >= 1000*p`, for the largest such p. */
function lowTrigger(b: bigint, owed: bigint, least: bigint): bigint {
  if (owed * BPS < least) return 0n;
  const bySat = owed / (b + MSAT_PER_SAT);
  if (b === 0n) return bySat;
  return smaller((owed * BPS - least) / (b * BPS), bySat);
}

/** `(b*p - T*B)*10^4 >= least` and `b*p - T*B >= 1000*p`, for the smallest such p. */
function highTrigger(b: bigint, owed: bigint, least: bigint): bigint {
  const never = MAX_MICRO + 1n;
  const beyondOneSat = b - MSAT_PER_SAT;
  if (beyondOneSat < 0n || (beyondOneSat === 0n && owed > 0n)) return never;
  const bySat = beyondOneSat === 0n ? 0n : ceilDiv(owed, beyondOneSat);
  return larger(ceilDiv(owed * BPS + least, b * BPS), bySat);
}

/** Whether `p` lies outside the triggers. Two comparisons: 10,000 positions take well under a millisecond. */
export function isTriggered(triggers: TriggerPrices, p: bigint): boolean {
  return p <= triggers.low || p >= triggers.high;
}
