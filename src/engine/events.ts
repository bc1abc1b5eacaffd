/** What an event of the node means to the agreements. Committed whole, so that the event may be acknowledged. */
import { closureInWords } from "../node/closure.ts";
import type { NodeEvent } from "../node/port.ts";
import type { Change } from "../stable/ledger.ts";
import { channelsGoneReason } from "../stable/lifecycle.ts";
import { returningOf } from "./carry-wish.ts";
import { deliveredChanges, failed, messageOfPayment } from "./outbox.ts";
import { receive } from "./receive.ts";
import { failedSettlement, paidSettlement } from "./settle.ts";
import { commit, type Engine, moved, now, peerAgreements } from "./state.ts";

export async function onEvent(engine: Engine, event: NodeEvent, extra: readonly Change[]): Promise<void> {
  switch (event.kind) {
    case "payment_successful":
    case "payment_failed":
      return onOutcome(engine, event, extra);
    case "payment_received":
      return receive(engine, event, extra);
    case "channel_closed":
      if (event.counterparty !== undefined) engine.spentPeers.add(event.counterparty);
      return commit(engine, [...extra, ...(await orphaned(engine, event))]);
    default:
      return commit(engine, extra);
  }
}

async function onOutcome(
  engine: Engine,
  event: Extract<NodeEvent, { kind: "payment_successful" | "payment_failed" }>,
  extra: readonly Change[],
): Promise<void> {
  const id = event.paymentId;
  const message = messageOfPayment(engine, id);
  const settlement = id === undefined ? undefined : await engine.deps.store.settlement(id);
  // An outcome counts once (ldk-node #967, #1065).
  const open = settlement?.status === "succeeded" || settlement?.status === "failed" ? undefined : settlement;
  if (event.kind === "payment_successful") {
    if (open !== undefined) return paidSettlement(engine, open, extra);
    if (message !== undefined) engine.sending.delete(message.id);
    else if (settlement === undefined) for (const peer of engine.state.byPeer.keys()) engine.spentPeers.add(peer);
    return commit(engine, [...extra, ...(message === undefined ? [] : deliveredChanges(engine, message))]);
  }
  const reason = event.reason ?? "the payment failed";
  if (open !== undefined) return failedSettlement(engine, open, reason, extra);
  await commit(engine, extra);
  if (message !== undefined) await failed(engine, message, reason);
}

/** Agreements with a peer to whom no channel is left: nothing secures them any more. */
async function orphaned(
  engine: Engine,
  { counterparty: peer, channelId, reason }: Extract<NodeEvent, { kind: "channel_closed" }>,
): Promise<Change[]> {
  if (peer === undefined) return [];
  const channels = await engine.deps.node.channels();
  if (channels.some((channel) => channel.counterparty === peer)) return [];
  const at = now(engine.deps);
  // What comes back on chain: the size of the channel, if the agreement is taken up again.
  const { amountSat } = returningOf({ ...(await engine.deps.node.balances()), sweeps: [] }, channels, peer);
  const data = { returning_sat: amountSat.toString(), channel_id: channelId, reason: reason ?? null };
  const said = channelsGoneReason(closureInWords(reason));
  return peerAgreements(engine.state, peer).flatMap((agreement): Change[] => [
    { put: "agreement", agreement: moved(agreement, "channels_gone", at, said) },
    { put: "audit", entry: { kind: "channels_gone", agreementId: agreement.id, peer, data } },
  ]);
}
