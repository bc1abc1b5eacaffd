/** The list of channels, and of closed ones whose money is still on its way back. */

import type { Role } from "../node/port.ts";
import { capacityBar } from "./capacity-bar.ts";
import { dollars } from "./money-text.ts";
import { nameOf } from "./names.ts";
import { amount, type Cell, card, type Pane, type Row, short, text } from "./pane-cells.ts";
import { pegOn } from "./peg.ts";
import type { Channel, Closing } from "./readings.ts";
import type { RoleState, State } from "./state.ts";
import { channelStatus } from "./view-parts.ts";

const BAR = 12;

function phaseCell(channel: Channel): Cell {
  if (!channel.channel_ready && channel.phase !== "CHANNELD_AWAITING_LOCKIN")
    return text(channel.phase.toLowerCase().replaceAll("_", " "), "warn");
  const { status, tone } = channelStatus(channel);
  return text(status, tone);
}

const pegCell = (target: string | undefined): Cell =>
  target === undefined ? text("") : text(dollars(target), "dollar");

function channelRow(channel: Channel, role: RoleState, of: Role, state: State): Row {
  const held = () => pegOn(role, channel.channel_id)?.target_usd;
  return {
    role: of,
    id: channel.channel_id,
    cells: () => [
      text(short(channel.channel_id), "dim"),
      text(channel.alias ?? nameOf(state, channel.counterparty)),
      { line: capacityBar(channel, role, BAR), rank: channel.outbound_msat },
      amount(channel.outbound_msat, "bitcoin"),
      amount(channel.inbound_msat),
      channel.in_flight_msat === 0n ? amount(null) : amount(channel.in_flight_msat, "accent"),
      pegCell(held()),
      amount(channel.capacity_sat * 1000n, "dim"),
      phaseCell(channel),
    ],
    detail: () => card({ ...channel, ...pegParts(role, channel.channel_id) }),
  };
}

/** What of the receiver's balance is pegged and what is its own bitcoin. */
function pegParts(role: RoleState, channelId: string): object {
  const peg = pegOn(role, channelId);
  if (peg === undefined) return {};
  return { peg_usd: peg.target_usd, stable_msat: peg.backing_msat, native_msat: peg.native_msat };
}

function closingRow(closing: Closing, of: Role, state: State): Row {
  return {
    role: of,
    id: closing.channel_id,
    cells: () => [
      text(short(closing.channel_id), "dim"),
      text(closing.counterparty === null ? "–" : nameOf(state, closing.counterparty)),
      text("coming back", "dim"),
      amount(closing.amount_sat * 1000n, "bitcoin"),
      text(""),
      text(""),
      text(""),
      text(""),
      text(closing.phase.toLowerCase().replaceAll("_", " "), "warn"),
    ],
    detail: () => card(closing),
  };
}

export const channelsPane: Pane = {
  name: "channels",
  empty: "No channels yet.",
  newestLast: false,
  columns: [
    { title: "id", align: "left", width: 10, spare: 3 },
    { title: "peer", align: "left", width: 0 },
    { title: "ours·theirs", align: "left", width: BAR, spare: 1 },
    { title: "local sat", align: "right", width: 11 },
    { title: "remote", align: "right", width: 11 },
    { title: "in flight", align: "right", width: 9, spare: 4 },
    { title: "peg", align: "right", width: 8 },
    { title: "capacity", align: "right", width: 11, spare: 2 },
    { title: "phase", align: "left", width: 10 },
  ],
  rows: (role, of, state) => [
    ...role.channels.map((channel) => channelRow(channel, role, of, state)),
    ...role.closing.map((closing) => closingRow(closing, of, state)),
  ],
};
