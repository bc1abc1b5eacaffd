import { MSAT_PER_SAT } from "../stable/units.ts";
import type { Channel } from "./port.ts";

/** Two anchors of 330 sat that the funder sets aside (BOLT 3). */
export const ANCHORS_SAT = 660n;

/**
 * What the two sides hold in a channel, reserves included, in msat. LDK's capacities leave the reserve out and show a
 * balance at or below it as nothing, so the reserve is added again; but where nothing is left over, the side may own
 * less than its reserve, or nothing at all, as in a channel that the peer has just opened. Then it holds at most what the other
 * side leaves of the capacity. While HTLCs are under way that may still be too much, by the reserve at most.
 */
export function heldIn(channel: Channel): { ours: bigint; theirs: bigint } {
  const all = (channel.capacitySat - ANCHORS_SAT) * MSAT_PER_SAT;
  const ours = channel.outboundMsat + channel.reserveSat * MSAT_PER_SAT;
  const theirs = channel.inboundMsat + channel.counterpartyReserveSat * MSAT_PER_SAT;
  return {
    ours: channel.outboundMsat > 0n ? ours : atMost(ours, all - theirs),
    theirs: channel.inboundMsat > 0n ? theirs : atMost(theirs, all - ours),
  };
}

function atMost(amount: bigint, most: bigint): bigint {
  if (most <= 0n) return 0n;
  return amount < most ? amount : most;
}
