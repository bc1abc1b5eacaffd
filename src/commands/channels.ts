/** Peers' connections and the life of a channel. */
import { z } from "zod";
import { inFlightByChannel } from "../node/in-flight.ts";
import { channelPhase, closingChannels } from "../node/phase.ts";
import type { Channel } from "../node/port.ts";
import { satAmount } from "./amounts.ts";
import { flag, optional, required, toggle } from "./arguments.ts";
import { closeChannels } from "./close-channel.ts";
import { defineCommand, everyRole } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { amountField, decimal, hexField, orNull } from "./fields.ts";
import { channelReference, nodeAddress, nodeId } from "./kinds.ts";
import { openChannel } from "./open-channel.ts";
import { reaching } from "./reach.ts";
import { findChannel } from "./references.ts";
import { tableView } from "./view.ts";

const early = toggle("--early", "an LSP: also before the lifetime it promised is over");
const closed = z.strictObject({ channel_id: hexField, settled_msat: amountField });

function nameOf(ctx: CommandContext, counterparty: string): string | null {
  return orNull(ctx.aliasOf(counterparty), (name) => name);
}

function channelRow(ctx: CommandContext, c: Channel, inFlightMsat: bigint) {
  return {
    channel_id: c.channelId,
    counterparty: c.counterparty,
    alias: nameOf(ctx, c.counterparty),
    capacity_sat: decimal(c.capacitySat),
    outbound_msat: decimal(c.outboundMsat),
    inbound_msat: decimal(c.inboundMsat),
    in_flight_msat: decimal(inFlightMsat),
    channel_ready: c.channelReady,
    usable: c.usable,
    confirmations: c.confirmations,
    confirmations_required: c.confirmationsRequired,
    phase: channelPhase(c),
  };
}

export const channelCommands = [
  defineCommand({
    name: "connect",
    roles: everyRole,
    summary: "connect to a peer and stay connected",
    arguments: { to: required("NODEID@HOST:PORT", nodeAddress, "the peer") },
    result: z.strictObject({ peer: z.string() }),
    async run({ node }, { to }) {
      await reaching(to, () => node.connect(to.nodeId, to.address));
      return { peer: `${to.nodeId}@${to.address}` };
    },
  }),
  defineCommand({
    name: "disconnect",
    roles: everyRole,
    summary: "hang up on a peer",
    arguments: { id: required("NODEID", nodeId, "the peer") },
    result: z.strictObject({ peer: z.string() }),
    async run({ node }, { id }) {
      const peers = await node.peers();
      const peer = peers.find((p) => p.nodeId === id);
      if (peer === undefined) {
        const known = peers.length === 0 ? "there are none" : `they are ${peers.map((p) => p.nodeId).join(", ")}`;
        throw new CommandError("unknown_peer", `${id} is not one of this node's peers; ${known}.`);
      }
      await node.disconnect(id);
      return { peer: `${id}@${peer.address}` };
    },
  }),
  defineCommand({
    name: "openchannel",
    roles: everyRole,
    summary: "open a channel; without arguments to the LSP",
    notes: [
      "Without arguments: 500,000 sat, announced; for a user 300,000 sat, private.",
      "It returns once the funding transaction is known; the channel is ready some blocks later.",
    ],
    money: true,
    arguments: {
      to: optional("NODEID@HOST:PORT", nodeAddress, "the peer; left out, the LSP"),
      size: optional("SATS", satAmount, "the channel's capacity, all of it ours"),
      push: flag("--push", "SATS", satAmount, "give this much of it to the peer at once"),
      private: toggle("--private", "do not announce it to the network"),
    },
    result: z.strictObject({
      user_channel_id: z.string(),
      counterparty: hexField,
      capacity_sat: amountField,
      funding_txid: hexField,
    }),
    run: openChannel,
  }),
  defineCommand({
    name: "listallchannels",
    aliases: ["channels"],
    roles: everyRole,
    summary: "this node's channels, and closed ones whose money is still on its way back",
    notes: [
      "in_flight is what payments under way hold of the capacity: neither side has it for the moment.",
      "phase uses Core Lightning's state names, as far as LDK lets one tell.",
    ],
    arguments: {},
    result: z.strictObject({
      channels: z.array(
        z.strictObject({
          channel_id: hexField,
          counterparty: hexField,
          alias: z.string().nullable(),
          capacity_sat: amountField,
          outbound_msat: amountField,
          inbound_msat: amountField,
          in_flight_msat: amountField,
          channel_ready: z.boolean(),
          usable: z.boolean(),
          confirmations: z.int(),
          confirmations_required: z.int(),
          phase: z.string(),
        }),
      ),
      closing: z.array(
        z.strictObject({
          channel_id: hexField,
          counterparty: hexField.nullable(),
          amount_sat: amountField,
          phase: z.string(),
        }),
      ),
    }),
    async run(ctx) {
      const [channels, balances] = await Promise.all([ctx.node.channels(), ctx.node.balances()]);
      const inFlight = inFlightByChannel(channels, balances);
      return {
        channels: channels.map((channel) => channelRow(ctx, channel, inFlight.get(channel.channelId) ?? 0n)),
        closing: closingChannels(channels, balances).map((c) => ({
          channel_id: c.channelId,
          counterparty: orNull(c.counterparty, (id) => id),
          amount_sat: decimal(c.amountSat),
          phase: c.phase,
        })),
      };
    },
    view({ channels, closing }) {
      const open = tableView(channels, "no channels");
      return closing.length === 0 ? open : { kind: "stack", views: [open, tableView(closing, "")] };
    },
  }),
  defineCommand({
    name: "closechannel",
    roles: everyRole,
    summary: "close a channel; what is due on a stable agreement with that peer is settled first",
    notes: [
      "A live agreement with the peer is settled and ended before the channel is closed.",
      "--force closes alone and without settling; the money comes back after the channel's delay. Payments that are under",
      "way get five seconds to come through first: one that is caught by it has to be fought for on chain.",
      "An LSP does not close a channel before the lifetime it promised is over, unless told so with --early.",
    ],
    money: true,
    arguments: {
      channel: required("CHANNEL", channelReference, "the channel"),
      force: toggle("--force", "do not ask the peer, do not settle"),
      early,
    },
    result: closed,
    async run(ctx, { channel, ...how }) {
      const target = findChannel(await ctx.node.channels(), channel);
      const [done] = await closeChannels(ctx, [target], how);
      return done ?? { channel_id: target.channelId, settled_msat: "0" };
    },
  }),
  defineCommand({
    name: "closeallchannels",
    roles: everyRole,
    summary: "close every channel, settling first",
    money: true,
    arguments: { force: toggle("--force", "do not ask the peers, do not settle"), early },
    result: z.strictObject({ closed: z.array(closed), settled_msat: amountField }),
    async run(ctx, how) {
      const done = await closeChannels(ctx, await ctx.node.channels(), how);
      return { closed: done, settled_msat: decimal(done.reduce((sum, c) => sum + BigInt(c.settled_msat), 0n)) };
    },
    view: (result) => tableView(result.closed, "no channels to close"),
  }),
];
