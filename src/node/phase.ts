/** Core Lightning's state names for what LDK tells of a channel. Pure. */
import { type Sat, sat } from "../stable/units.ts";
import type { Balances, Channel, ChannelPhase, LightningBalanceKind } from "./port.ts";

/**
 * The phase of a channel that LDK still lists. It does not tell a shutdown under way from a peer that is away, so a
 * ready channel is CHANNELD_NORMAL until it leaves the list.
 */
export function channelPhase(channel: Pick<Channel, "channelReady" | "fundingTxid">): ChannelPhase {
  if (channel.channelReady) return "CHANNELD_NORMAL";
  return channel.fundingTxid === undefined ? "OPENINGD" : "CHANNELD_AWAITING_LOCKIN";
}

/**
 * What the monitor of a channel that left the list says. Until the closing transaction is in a block LDK calls a
 * mutual and a unilateral close alike: CLOSINGD_COMPLETE stands for both.
 */
const phaseOfBalance: Record<LightningBalanceKind, ChannelPhase> = {
  claimable_on_channel_close: "CLOSINGD_COMPLETE",
  claimable_awaiting_confirmations: "FUNDING_SPEND_SEEN",
  contentious_claimable: "ONCHAIN",
  maybe_timeout_claimable_htlc: "ONCHAIN",
  maybe_preimage_claimable_htlc: "ONCHAIN",
  counterparty_revoked_output_claimable: "ONCHAIN",
};

/** From the earliest to the latest; the latest one that anything of a channel is in counts. */
const order: readonly ChannelPhase[] = ["CLOSINGD_COMPLETE", "FUNDING_SPEND_SEEN", "ONCHAIN"];

export interface ClosingChannel {
  channelId: string;
  /** Unset where only a sweep is left, which does not name the peer. */
  counterparty?: string;
  /** What comes back on chain, before fees. */
  amountSat: Sat;
  phase: ChannelPhase;
}

/** Channels that are closed but whose money is not yet back in the wallet, in the order the node names them. */
export function closingChannels(channels: readonly Channel[], balances: Balances): ClosingChannel[] {
  const open = new Set(channels.map((c) => c.channelId));
  const closing = new Map<string, ClosingChannel>();

  function add(channelId: string, amountSat: Sat, phase: ChannelPhase, counterparty?: string): void {
    const known = closing.get(channelId);
    const later = known !== undefined && order.indexOf(known.phase) > order.indexOf(phase) ? known.phase : phase;
    const peer = known?.counterparty ?? counterparty;
    closing.set(channelId, {
      channelId,
      amountSat: known === undefined ? amountSat : sat(known.amountSat + amountSat),
      phase: later,
      ...(peer === undefined ? {} : { counterparty: peer }),
    });
  }

  for (const b of balances.lightning) {
    if (!open.has(b.channelId)) add(b.channelId, b.amountSat, phaseOfBalance[b.kind], b.counterparty);
  }
  for (const sweep of balances.sweeps) {
    if (sweep.channelId !== undefined && !open.has(sweep.channelId)) add(sweep.channelId, sweep.amountSat, "ONCHAIN");
  }
  return [...closing.values()];
}
