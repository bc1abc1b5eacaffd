/** What an engine does before anything else: read the ledger, and find out how what was under way ended. */
import type { Payment } from "../node/port.ts";
import type { Settlement } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import type { Ledger } from "../stable/ledger.ts";
import { newOutbox } from "../stable/outbox.ts";
import { balancesByPeer } from "../stable/peer-balances.ts";
import { expireProposals, resumeProposal } from "./pending.ts";
import { ageOf, failedSettlement, offerAgain, paidSettlement, RESEND_SECONDS } from "./settle.ts";
import { addLive, applyKept, type Engine, type EngineDeps, type EngineState, liveOf, newState } from "./state.ts";

/** What the ledger says is under way: to be resumed, or found out about. */
export type Unfinished = Pick<Ledger, "proposals" | "openSettlements" | "outbox">;

export async function loadEngine(deps: EngineDeps): Promise<{ state: EngineState; unfinished: Unfinished }> {
  const ledger = await deps.store.load();
  const ended = ledger.agreements.filter((a) => a.status === "ended").reverse();
  const state = newState(newOutbox(ledger.outbox), ended);
  const seqs = numbersOf(ledger);
  const open = new Map(ledger.openSettlements.map((settlement) => [settlement.agreementId, settlement]));
  for (const agreement of ledger.agreements.filter((a) => a.status !== "ended")) {
    const settlement = open.get(agreement.id);
    addLive(
      state,
      liveOf(agreement, {
        sentSeq: seqs.get(`sent ${agreement.id}`) ?? 0,
        receivedSeq: seqs.get(`received ${agreement.id}`) ?? 0,
        ...(settlement === undefined ? {} : { open: settlement }),
      }),
    );
  }
  for (const one of ledger.kept) applyKept(state, one);
  return { state, unfinished: ledger };
}

function numbersOf({ lastSettlements }: Ledger): Map<string, number> {
  return new Map(lastSettlements.map(({ direction, agreementId, seq }) => [`${direction} ${agreementId}`, seq]));
}

/** What the node's own records say of settlements without an outcome, and proposals of ours against their deadline. */
export async function reconcile(engine: Engine, { proposals, openSettlements, outbox }: Unfinished): Promise<void> {
  for (const { paymentId } of outbox) if (paymentId !== undefined) engine.earlierMessages.add(paymentId);
  for (const revision of proposals) resumeProposal(engine, revision);
  await expireProposals(engine);
  for (const settlement of openSettlements) {
    engine.earlier.add(settlement.paymentId);
    await recordedSuccess(engine, settlement);
  }
  for (const peer of engine.state.byPeer.keys()) engine.spentPeers.add(peer);
}

/** A failure on record may hide a success whose event is still to be replayed (ldk-node #1065): it has to wait. */
async function recordedSuccess(engine: Engine, settlement: Settlement): Promise<Payment | undefined> {
  const payment = await engine.deps.node.payment(settlement.paymentId);
  if (payment?.status === "succeeded") await paidSettlement(engine, settlement, []);
  return payment;
}

/** @returns how it ended, by the node's record; undefined where that does not say */
async function recordedOutcome(engine: Engine, settlement: Settlement): Promise<"ended" | undefined> {
  const payment = await recordedSuccess(engine, settlement);
  if (payment?.status === "failed") await failedSettlement(engine, settlement, "the node's record says it failed");
  return payment === undefined || payment.status === "pending" ? undefined : "ended";
}

/**
 * What is still open from an earlier life, once the events the node had kept for us have had their time to arrive, is
 * offered to it again as soon as a channel to the peer can carry it. A record that says it is under way is no proof: a
 * kill can take a payment that still waited for its turn in a channel, and leave the record. One that is too old is not
 * sent any more: whether it was is for the peer's sync to tell.
 */
export async function resendUnknown(engine: Engine): Promise<void> {
  const { store, node } = engine.deps;
  if (engine.earlier.size === 0) return;
  const balancesOf = balancesByPeer(await node.channels());
  for (const paymentId of [...engine.earlier]) {
    const open = await store.settlement(paymentId);
    const agreement = open === undefined ? undefined : await store.agreement(open.agreementId);
    if (open === undefined || agreement === undefined || isOver(open) || (await recordedOutcome(engine, open))) {
      engine.earlier.delete(paymentId);
      continue;
    }
    if (engine.offered.has(paymentId) || ageOf(engine, open) > RESEND_SECONDS) continue;
    const peer = counterpartyOf(agreement);
    const { sendableMsat, leastSendableMsat } = balancesOf(peer, agreement.side);
    const carries = sendableMsat >= open.amountMsat && open.amountMsat >= leastSendableMsat;
    if (carries && (await offerAgain(engine, open, peer))) engine.offered.add(paymentId);
  }
}

function isOver({ status }: Settlement): boolean {
  return status === "succeeded" || status === "failed";
}
