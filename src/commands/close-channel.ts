import { heldIn } from "../node/held.ts";
import { inFlightMsat } from "../node/in-flight.ts";
import type { Channel } from "../node/port.ts";
import { CommandError } from "./command-error.ts";
import type { AgreementView, CommandContext } from "./context.ts";
import { decimal } from "./fields.ts";
import { until } from "./until.ts";

/** @throws CommandError `peer_unreachable` where a channel's peer would have to agree and is away */
async function checkPeersThere(ctx: CommandContext, channels: readonly Channel[]): Promise<void> {
  const peers = await ctx.node.peers();
  for (const { channelId, counterparty } of channels) {
    if (peers.some((peer) => peer.nodeId === counterparty && peer.connected)) continue;
    throw new CommandError(
      "peer_unreachable",
      `Channel ${channelId} cannot be closed together: its peer ${counterparty} is not connected; connect to it, or close alone with --force.`,
    );
  }
}

/** Closing is negotiated; HTLCs under way may hold it up, and then it goes on by itself. */
const CLOSING_MS = 10_000;

async function untilGone(ctx: CommandContext, { userChannelId }: Channel): Promise<void> {
  const gone = async () =>
    (await ctx.node.channels()).some((channel) => channel.userChannelId === userChannelId) ? undefined : true;
  const onChange = (listener: () => void) => ctx.node.onChange(listener);
  await until(gone, { onChange, clock: ctx.clock, timeoutMs: CLOSING_MS });
}

/** Whether the other channels with this peer hold what backs the agreements with it, as the receiver's balance. */
async function restHolds(ctx: CommandContext, closing: Channel, views: readonly AgreementView[]): Promise<boolean> {
  const rest = (await ctx.node.channels()).filter(
    (c) => c.counterparty === closing.counterparty && c.channelReady && c.userChannelId !== closing.userChannelId,
  );
  const weHold = views.every(({ agreement }) => agreement.side === "receiver");
  const held = rest.reduce((sum, channel) => sum + heldIn(channel)[weHold ? "ours" : "theirs"], 0n);
  return held >= views.reduce((sum, { backingMsat }) => sum + backingMsat, 0n);
}

/** An HTLC that is caught by a forced close has to be fought for on chain; most are through within a second. */
const HTLC_MS = 5_000;

async function untilNothingInFlight(ctx: CommandContext, { userChannelId }: Channel): Promise<void> {
  const quiet = async () => {
    const channel = (await ctx.node.channels()).find((c) => c.userChannelId === userChannelId);
    return channel === undefined || !channel.usable || inFlightMsat(channel) === 0n ? true : undefined;
  };
  const onChange = (listener: () => void) => ctx.node.onChange(listener);
  await until(quiet, { onChange, clock: ctx.clock, timeoutMs: HTLC_MS });
}

async function settleAndClose(ctx: CommandContext, channel: Channel, all: boolean) {
  const { channelId, userChannelId, counterparty } = channel;
  const views = await ctx.stable.withPeer(counterparty);
  let settled = 0n;
  if (all || !(await restHolds(ctx, channel, views))) {
    for (const view of views) settled += (await ctx.stable.stop(view.agreement.id)).settledMsat;
  }
  await ctx.node.closeChannel(userChannelId, counterparty);
  await untilGone(ctx, channel);
  return { channel_id: channelId, settled_msat: decimal(settled) };
}

/**
 * Settle before close: live agreements with a channel's peer end first, with what is due paid, unless forced or the
 * other channels with that peer hold their backings (docs/protocol.md, `end`). A forced close is unilateral.
 *
 * @throws CommandError `peer_unreachable` before anything was settled or closed; the errors of `StablePort.stop`
 */
export async function closeChannels(ctx: CommandContext, channels: readonly Channel[], force: boolean) {
  if (!force) await checkPeersThere(ctx, channels);
  const closed: { channel_id: string; settled_msat: string }[] = [];
  for (const channel of channels) {
    if (force) {
      await untilNothingInFlight(ctx, channel);
      await ctx.node.forceCloseChannel(channel.userChannelId, channel.counterparty, "closed by hand");
      await untilGone(ctx, channel);
      closed.push({ channel_id: channel.channelId, settled_msat: "0" });
    } else {
      const others = channels.some((c) => c !== channel && c.counterparty === channel.counterparty);
      closed.push(await settleAndClose(ctx, channel, others));
    }
  }
  return closed;
}
