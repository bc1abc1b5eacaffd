import { MSAT_PER_SAT } from "../stable/units.ts";
import type { Channel } from "./port.ts";

/** Two anchors of 330 sat that the funder sets aside (BOLT 3). */
const ANCHORS_SAT = 660n;
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
