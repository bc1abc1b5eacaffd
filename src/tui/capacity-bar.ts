/** A channel as a bar: who holds how much of it, and how much of that is pegged. */

import { bar } from "./chart.ts";
import type { Line } from "./line.ts";
import { pegOn } from "./peg.ts";
import type { Channel } from "./readings.ts";
import type { RoleState } from "./state.ts";

/** Ours from the left: the stable part, the rest of ours, what is in flight, reserves and fees, then the peer's. */
export function capacityBar(channel: Channel, role: RoleState, width: number): Line {
  const held = pegOn(role, channel.channel_id);
  const capacity = channel.capacity_sat * 1000n;
  // What can be sent leaves out reserves and fees; on a pegged channel the receiver's whole balance is known.
  const whole = held === undefined ? 0n : held.backing_msat + held.native_msat;
  const ours = held?.role === "receiver" ? whole : channel.outbound_msat;
  const theirs = held?.role === "provider" ? whole : channel.inbound_msat;
  const backing = held?.backing_msat ?? 0n;
  const left = held?.role === "receiver" ? min(backing, ours) : 0n;
  const right = held?.role === "provider" ? min(backing, theirs) : 0n;
  const rest = capacity - ours - theirs;
  const flying = rest > 0n ? min(channel.in_flight_msat, rest) : 0n;
  return bar(
    [
      { size: left, char: "█", tone: "dollar" },
      { size: ours - left, char: "█", tone: "bitcoin" },
      { size: flying, char: "»", tone: "accent" },
      { size: rest - flying, char: "·", tone: "faint" },
      { size: theirs - right, char: "░", tone: "dim" },
      { size: right, char: "▒", tone: "dollar" },
    ],
    width,
  );
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
