import { heldIn } from "../node/held.ts";
import { inFlightMsat } from "../node/in-flight.ts";
import type { Channel, Network } from "../node/port.ts";
import { CommandError } from "./command-error.ts";
import type { AgreementView, CommandContext } from "./context.ts";
import { decimal, rfc3339 } from "./fields.ts";
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

/** Seconds a block takes on average; none where blocks are mined by hand. */
const blockSeconds: Readonly<Record<Network, number | undefined>> = {
  bitcoin: 600,
  testnet: 600,
  signet: 600,
  mutinynet: 30,
  regtest: undefined,
};

/** Until when, in words, an LSP promised to keep a channel. */
function lifetimeLeft(ctx: CommandContext, blocks: number, confirmed: boolean): string {
  const seconds = blockSeconds[ctx.network];
  const count = `${blocks} more ${blocks === 1 ? "block" : "blocks"}${confirmed ? "" : " after it confirms"}`;
  return seconds === undefined ? count : `${count}, about until ${rfc3339(ctx.now() + blocks * seconds)}`;
}

/**
 * bLIP-52: an LSP that closes a channel before `min_lifetime` breaks what the client paid for; LDK does not hold it to it.
 * @throws CommandError `conflict`, naming the date
 */
async function checkLifetimes(ctx: CommandContext, channels: readonly Channel[]): Promise<void> {
  if (ctx.role !== "lsp") return;
  const opened = new Map((await ctx.store.openedChannels(0)).map((one) => [one.userChannelId, one]));
  for (const { channelId, userChannelId, confirmations } of channels) {
    const left = (opened.get(userChannelId)?.minLifetimeBlocks ?? 0) - confirmations;
    if (left <= 0) continue;
    throw new CommandError(
      "conflict",
      `Channel ${channelId} was promised to stay for ${lifetimeLeft(ctx, left, confirmations > 0)}; wait, or break the promise with --early.`,
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

interface How {
  /** Unilaterally. */
  force: boolean;
  /** Before the lifetime that an LSP promised is over. */
  early: boolean;
}

/**
 * Settle before close: live agreements with a channel's peer end first, with what is due paid, unless forced or the
 * other channels with that peer hold their backings (docs/protocol.md, `end`). A forced close is unilateral.
 *
 * @throws CommandError `peer_unreachable`, `conflict` (an LSP's promise) before anything was settled or closed; the
 *   errors of `StablePort.stop`
 */
export async function closeChannels(ctx: CommandContext, channels: readonly Channel[], { force, early }: How) {
  if (!early) await checkLifetimes(ctx, channels);
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
