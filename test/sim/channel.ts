/** A channel between two simulated nodes. Balances move by payments alone, so its sum is always its capacity. */
import { createHash } from "node:crypto";
import type { Channel } from "../../src/node/port.ts";
import { msat, type Sat, sat } from "../../src/stable/units.ts";

export interface SimChannel {
  id: string;
  ends: readonly [string, string];
  capacitySat: Sat;
  /** By node id, msat. After a close it is what each side will have on chain. */
  balances: Map<string, bigint>;
  connected: boolean;
  /** Its funding is confirmed, or need not be. */
  ready: boolean;
  closed: boolean;
  /** How many HTLCs either side may offer at once, and how much of them may be dust (BOLT 2, LDK's own limit). */
  maxHtlcs: number;
  /** Its money has arrived on chain. */
  swept?: true;
}

/** What LDK negotiates unless told otherwise. */
const MAX_HTLCS = 50;
/** HTLCs below this have no output of their own; LDK lets 10,000 times the fee rate (253 sat/kW) of them be in flight. */
const DUST_MSAT = 354_000n;
const DUST_EXPOSURE_MSAT = 2_530_000n;

export interface OfferedHtlcs {
  count: number;
  dustMsat: bigint;
}

/** Whether the channel takes one more HTLC of this size, beside those its sender has in flight. */
export function takesHtlc({ maxHtlcs }: SimChannel, { count, dustMsat }: OfferedHtlcs, amountMsat: bigint): boolean {
  return count < maxHtlcs && (amountMsat >= DUST_MSAT || dustMsat + amountMsat <= DUST_EXPOSURE_MSAT);
}

export function isDust(amountMsat: bigint): boolean {
  return amountMsat < DUST_MSAT;
}

/** What a channel at 253 sat/kW keeps for its own commitment transaction; see src/node/in-flight.ts. */
export const COMMITMENT_SAT = 660n + (253n * 2_248n) / 1_000n;

/** `a` and `b` are what the two can call theirs; the funder has put in the commitment's cost beside it. */
export function newChannel(label: string, ends: readonly [string, string], a: Sat, b: Sat): SimChannel {
  return {
    id: createHash("sha256").update(label).digest("hex"),
    ends,
    capacitySat: sat(a + b + COMMITMENT_SAT),
    balances: new Map([
      [ends[0], a * 1000n],
      [ends[1], b * 1000n],
    ]),
    connected: true,
    ready: true,
    maxHtlcs: MAX_HTLCS,
    closed: false,
  };
}

export function balanceIn(channel: SimChannel, nodeId: string): bigint {
  return channel.balances.get(nodeId) ?? 0n;
}

export function addTo(channel: SimChannel, nodeId: string, amountMsat: bigint): void {
  channel.balances.set(nodeId, balanceIn(channel, nodeId) + amountMsat);
}

export function otherEnd(channel: SimChannel, nodeId: string): string {
  return channel.ends[0] === nodeId ? channel.ends[1] : channel.ends[0];
}

/** As LDK reports it: capacities leave the reserves out, and a balance below its reserve shows as the reserve. */
export function channelView(channel: SimChannel, nodeId: string, usable: boolean, unheardMsat = 0n): Channel {
  const other = otherEnd(channel, nodeId);
  const reserve = channel.capacitySat / 100n < 1000n ? 1000n : channel.capacitySat / 100n;
  const less = (n: bigint) => msat(n > reserve * 1000n ? n - reserve * 1000n : 0n);
  const ours = less(balanceIn(channel, nodeId));
  return {
    channelId: channel.id,
    userChannelId: BigInt(`0x${channel.id.slice(0, 16)}`).toString(),
    counterparty: other,
    capacitySat: channel.capacitySat,
    outboundMsat: ours,
    inboundMsat: less(balanceIn(channel, other) - unheardMsat),
    reserveSat: sat(reserve),
    counterpartyReserveSat: sat(reserve),
    nextOutboundHtlcMinimumMsat: msat(1n),
    nextOutboundHtlcLimitMsat: ours,
    inboundHtlcMinimumMsat: msat(1n),
    isOutbound: channel.ends[0] === nodeId,
    isAnnounced: false,
    fundingTxid: channel.id,
    channelReady: channel.ready,
    usable,
    confirmations: channel.ready ? 6 : 0,
    confirmationsRequired: 6,
    feerateSatPerKw: 253,
  };
}
