import { MSAT_PER_SAT } from "../stable/units.ts";
import { ANCHORS_SAT } from "./held.ts";
import type { Balances, Channel, LightningBalanceKind } from "./port.ts";

/** Weight of an anchor commitment without HTLCs (BOLT 3), doubled: the funder keeps room for a rise of the fee rate. */
const COMMITMENT_WEIGHT = 2n * 1_124n;

/**
 * What of a channel's capacity belongs to neither side at the moment, in msat: HTLCs under way. What the commitment
 * transaction itself may cost does not count. LDK shows a balance below its reserve as the reserve, so this can be too
 * low by as much; it is never too high.
 */
export function inFlightMsat(channel: Channel): bigint {
  const commitment = ANCHORS_SAT + (BigInt(channel.feerateSatPerKw) * COMMITMENT_WEIGHT) / 1_000n;
  const held =
    channel.outboundMsat +
    channel.inboundMsat +
    (channel.reserveSat + channel.counterpartyReserveSat + commitment) * MSAT_PER_SAT;
  const missing = channel.capacitySat * MSAT_PER_SAT - held;
  return missing > 0n ? missing : 0n;
}

/** What LDK's monitor counts for an HTLC that is not resolved, sent and received. It leaves out dust. */
const unresolved: readonly LightningBalanceKind[] = ["maybe_timeout_claimable_htlc", "maybe_preimage_claimable_htlc"];

/**
 * HTLCs under way by channel id, msat, for showing: the larger of what the capacity lacks and what the monitor lists,
 * which is right where balances are below their reserves but does not know dust. ldk-node passes on no list of HTLCs.
 */
export function inFlightByChannel(channels: readonly Channel[], { lightning }: Balances): ReadonlyMap<string, bigint> {
  const listed = new Map<string, bigint>();
  for (const { kind, channelId, amountSat } of lightning) {
    if (unresolved.includes(kind)) listed.set(channelId, (listed.get(channelId) ?? 0n) + amountSat * MSAT_PER_SAT);
  }
  return new Map(
    channels.map((channel) => {
      const [lacking, known] = [inFlightMsat(channel), listed.get(channel.channelId) ?? 0n];
      return [channel.channelId, lacking > known ? lacking : known];
    }),
  );
}
