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
  /** Its money has arrived on chain. */
  swept?: true;
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
