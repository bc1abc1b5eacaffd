/**
 * What the tolerance gives away. Whoever proposes names the price at which dollars are made of bitcoin or turned back,
 * and may choose it to suit itself as far as the tolerance goes. Once, that is a difference between two feeds; opening
 * high and ending low, over and over, it would be a pump. So what a peer gained by the prices it named is added up,
 * what it lost taken off, and the sum may not exceed what one difference over the largest target costs. Pure.
 */
import type { Side } from "./agreement.ts";
import { BPS, larger } from "./integers.ts";
import type { Policy } from "./policy.ts";
import type { Price } from "./units.ts";

/** What a peer has gained, in micro-dollars, as of a moment in steady milliseconds. */
export interface Conceded {
  micro: bigint;
  atMs: number;
}

/** So long it takes until all of it is forgotten. */
const FORGIVE_MS = 86_400_000n;

/** A target made another one at the price `theirs`, while we see `ours`. An end makes it 0. */
export interface Conversion {
  /** Ours. */
  side: Side;
  fromMicro: bigint;
  toMicro: bigint;
  theirs: Price;
  ours: Price;
}

/** What the peer gains by it at our price, in micro-dollars, toward zero; negative: it loses. */
export function gainOf({ side, fromMicro, toMicro, theirs, ours }: Conversion): bigint {
  const receiverGains = ((toMicro - fromMicro) * (theirs - ours)) / theirs;
  return side === "provider" ? receiverGains : -receiverGains;
}

/** The most that is conceded to one peer: the tolerance of the largest sum of targets. */
export function mostConceded({ maxPerPeerMicro, toleranceBps }: Policy): bigint {
  return (maxPerPeerMicro * BigInt(toleranceBps)) / BPS;
}

/** The sum with one more gain; undefined where that is more than may be conceded. A loss is always welcome. */
export function concede(
  before: Conceded | undefined,
  gainMicro: bigint,
  mostMicro: bigint,
  nowMs: number,
): Conceded | undefined {
  const forgiven = (mostMicro * BigInt(Math.floor(nowMs - (before?.atMs ?? nowMs)))) / FORGIVE_MS;
  const micro = larger<bigint>((before?.micro ?? 0n) - forgiven, 0n) + gainMicro;
  if (gainMicro > 0n && micro > mostMicro) return undefined;
  return { micro: larger<bigint>(micro, 0n), atMs: nowMs };
}
