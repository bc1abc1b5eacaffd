/**
 * How far the price may fall before the provider can no longer pay. `b` backing, `s` stake: what the provider can
 * really send, its balance less reserve and fees. Settling moves satoshis from one to the other, so `b + s` and with
 * it the dry price stay where they are until somebody adds, spends or resizes.
 */
import { heldIn } from "../node/held.ts";
import type { Channel } from "../node/port.ts";
import type { Side } from "./agreement.ts";
import { BPS, ceilDiv, larger, smaller } from "./integers.ts";
import { MAX_MICRO, MSAT_PER_BTC, type Msat, msat, type Price, price } from "./units.ts";

/** One agreement, or the sums over several behind one stake. Micro-dollars and msat, none negative. */
export interface Cushion {
  targetMicro: bigint;
  backingMsat: bigint;
  stakeMsat: bigint;
}

export interface Cover {
  /** At or below this price the provider runs dry. */
  coveredTo: Price;
  /** How far below the present price that is, in 1/100 of a percent, rounded down; 0 when it is not. */
  dropBps: number;
  /** The provider can't pay in full at the present price. */
  dry: boolean;
}

/** What one peer's channels hold, seen from our side. */
export interface PeerBalances {
  /** The receiver's whole balance, its reserve included. */
  receiverMsat: Msat;
  /** What the provider can send in all. */
  stakeMsat: Msat;
  /** What we can send in all. */
  ourSpendableMsat: Msat;
  /** What the peer can send us in all. */
  theirSpendableMsat: Msat;
  /** The most one keysend of ours can carry now: a keysend takes one channel. 0 while the peer is away. */
  sendableMsat: Msat;
  /** The least one keysend of ours must carry over that channel. */
  leastSendableMsat: Msat;
  /** Channels counted; those that can be used this moment. */
  channels: number;
  usable: number;
}

/** The price at which the provider runs dry: `T*B / (b+s)`, rounded up (the careful side), within the valid prices. */
export function dryPrice({ targetMicro, backingMsat, stakeMsat }: Cushion): Price {
  const all = backingMsat + stakeMsat;
  if (all === 0n) return price(targetMicro === 0n ? 1n : MAX_MICRO);
  const exact = ceilDiv(targetMicro * MSAT_PER_BTC, all);
  return price(larger(1n, smaller(exact, MAX_MICRO)));
}

/** "Covered to X (-Y %)" at the present price. */
export function coverOf(cushion: Cushion, present: Price): Cover {
  const held = (cushion.backingMsat + cushion.stakeMsat) * present;
  const left = held - cushion.targetMicro * MSAT_PER_BTC;
  return {
    coveredTo: dryPrice(cushion),
    dropBps: left > 0n ? Number((left * BPS) / held) : 0,
    dry: left < 0n,
  };
}

/** Whether the provider could still pay in full after a fall of `dropBps`: exactly `T*B <= (b+s) * p*(1 - drop)`. */
export function isCovered({ targetMicro, backingMsat, stakeMsat }: Cushion, present: Price, dropBps: number): boolean {
  return targetMicro * MSAT_PER_BTC * BPS <= (backingMsat + stakeMsat) * present * (BPS - BigInt(dropBps));
}

/** The provider's leverage `(b+s)/s` in 1/10,000, rounded up: 20,000 is 2x. Undefined without a stake. */
export function leverageBps({ backingMsat, stakeMsat }: Cushion): number | undefined {
  if (stakeMsat === 0n) return undefined;
  return Number(ceilDiv((backingMsat + stakeMsat) * BPS, stakeMsat));
}

/** Warn at or below this price: half the cushion between the price of the last agreed rev and the dry price is gone. */
export function warnPrice(agreed: Price, coveredTo: Price): Price {
  return coveredTo >= agreed ? coveredTo : price(ceilDiv(agreed + coveredTo, 2n));
}

/**
 * The least stake that covers a fall of `dropBps` from the present price, rounded up to a whole msat.
 * @param dropBps 0 to 9,999
 */
export function stakeForCover(position: Omit<Cushion, "stakeMsat">, present: Price, dropBps: number): bigint {
  const needed = ceilDiv(position.targetMicro * MSAT_PER_BTC * BPS, present * (BPS - BigInt(dropBps)));
  return larger(needed - position.backingMsat, 0n);
}

/**
 * The largest target in micro-dollars that can be added at `present` so that native holds its fair backing and a fall
 * of `dropBps` stays covered, rounded down; 0 when none can.
 * @param others the sums over what is agreed with this peer already, and the stake behind all of it
 */
export function largestTarget(others: Cushion, nativeMsat: bigint, present: Price, dropBps: number): bigint {
  const byBalance = (nativeMsat * present) / MSAT_PER_BTC;
  if (dropBps === 0) return larger(0n, byBalance);
  // T0 + T <= (b0 + s + b) * p*(1-d), where b is T/p less up to 1 msat of rounding.
  const held = (others.backingMsat + others.stakeMsat - 1n) * present * (BPS - BigInt(dropBps));
  const free = held - others.targetMicro * MSAT_PER_BTC * BPS;
  return larger(0n, smaller(byBalance, free / (MSAT_PER_BTC * BigInt(dropBps))));
}

/**
 * What stands behind the agreements with one peer: sums over all its channels that are ready. LDK calls a channel
 * usable only while the peer is connected, and the money is there meanwhile too; only what can be sent this moment
 * asks for usable ones. LDK's capacities leave the reserve out on both sides (`heldIn` adds it), and neither credits the
 * commitment fee to the other.
 * @param channels those with that one peer
 * @param side which of the two we are
 */
export function peerBalances(channels: readonly Channel[], side: Side): PeerBalances {
  let [ours, theirs, ourSpendable, theirSpendable, sendable, least, ready, usable] = [0n, 0n, 0n, 0n, 0n, 0n, 0, 0];
  for (const channel of channels.filter((c) => c.channelReady)) {
    ready += 1;
    const held = heldIn(channel);
    ours += held.ours;
    theirs += held.theirs;
    ourSpendable += channel.outboundMsat;
    theirSpendable += channel.inboundMsat;
    if (!channel.usable) continue;
    usable += 1;
    if (channel.nextOutboundHtlcLimitMsat <= sendable) continue;
    sendable = channel.nextOutboundHtlcLimitMsat;
    least = channel.nextOutboundHtlcMinimumMsat;
  }
  return {
    receiverMsat: msat(side === "receiver" ? ours : theirs),
    stakeMsat: msat(side === "provider" ? ourSpendable : theirSpendable),
    ourSpendableMsat: msat(ourSpendable),
    theirSpendableMsat: msat(theirSpendable),
    sendableMsat: msat(sendable),
    leastSendableMsat: msat(least),
    channels: ready,
    usable,
  };
}

/**
 * What the receiver holds outside all agreements with that peer: balance less the backings of those that are not
 * ended. Below zero only after a spend that took from a backing.
 */
export function nativeOf(receiverMsat: Msat, backings: readonly bigint[]): bigint {
  return backings.reduce<bigint>((rest, backing) => rest - backing, receiverMsat);
}
