/** What an engine does before anything else: read the ledger, and find out how what was under way ended. */
import type { Payment } from "../node/port.ts";
import type { Settlement } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import type { Ledger } from "../stable/ledger.ts";
import { newOutbox } from "../stable/outbox.ts";
import { expireProposals, resumeProposal } from "./pending.ts";
import { ageOf, failedSettlement, paidSettlement, RESEND_SECONDS, sendIntent } from "./settle.ts";
import { addLive, applyKept, type Engine, type EngineDeps, type EngineState, liveOf, newState } from "./state.ts";

/** What the ledger says is under way: to be resumed, or found out about. */
export type Unfinished = Pick<Ledger, "proposals" | "openSettlements">;

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
export async function reconcile(engine: Engine, { proposals, openSettlements }: Unfinished): Promise<void> {
  for (const revision of proposals) resumeProposal(engine, revision);
  await expireProposals(engine);
  for (const settlement of openSettlements) await recordedSuccess(engine, settlement);
  for (const peer of engine.state.byPeer.keys()) engine.spentPeers.add(peer);
}

/** A failure on record may hide a success whose event is still to be replayed (ldk-node #1065): it has to wait. */
async function recordedSuccess(engine: Engine, settlement: Settlement): Promise<Payment | undefined> {
  const payment = await engine.deps.node.payment(settlement.paymentId);
  if (payment?.status === "succeeded") await paidSettlement(engine, settlement, []);
  return payment;
}

async function recordedOutcome(engine: Engine, settlement: Settlement): Promise<boolean> {
  const payment = await recordedSuccess(engine, settlement);
  if (payment?.status === "failed") await failedSettlement(engine, settlement, "the node's record says it failed");
  return payment !== undefined;
}

/**
 * What the node does not know of, once the events it had kept for us have had their time to arrive, is offered to it
 * again under the same preimage: if it left after all, the node refuses the second send, and the event of the first is
 * on its way. One that is too old is not sent any more: whether it was is for the peer's sync to tell.
 */
export async function resendUnknown(engine: Engine, { openSettlements }: Unfinished): Promise<void> {
  const { store } = engine.deps;
  for (const { paymentId } of openSettlements) {
    const open = await store.settlement(paymentId);
    const agreement = open === undefined ? undefined : await store.agreement(open.agreementId);
    if (open === undefined || agreement === undefined || open.status === "succeeded" || open.status === "failed")
      continue;
    if ((await recordedOutcome(engine, open)) || ageOf(engine, open) > RESEND_SECONDS) continue;
    await sendIntent(engine, open, counterpartyOf(agreement));
  }
}
