/**
 * Liveness: what the peer owes beyond what an honest difference of prices could excuse, and does not pay, is claimed;
 * claims it had and did not answer are strikes; the last strike freezes the agreement.
 */
import type { Agreement } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import { checkClaim } from "../stable/check-sync.ts";
import type { Decision } from "../stable/decision.ts";
import { freezeCause, freezeReason } from "../stable/freeze.ts";
import { BPS } from "../stable/integers.ts";
import type { Change } from "../stable/ledger.ts";
import type { Claim } from "../stable/messages.ts";
import { actionDueOf, type Due, positionOf } from "../stable/position.ts";
import { MAX_MICRO, type Price, price } from "../stable/units.ts";
import { nextClaimAfterMs } from "./claim-strikes.ts";
import type { Incoming } from "./incoming.ts";
import { queuedFor, signed } from "./outbox.ts";
import { peerPriceChanges } from "./peer-price.ts";
import { line, refuse } from "./refuse.ts";
import { commit, type Engine, type Live, moved, now } from "./state.ts";

/** What is due even at the price within the tolerance that suits the debtor best. */
export function claimable(agreement: Agreement, present: Price): Due | undefined {
  const position = positionOf(agreement);
  const due = actionDueOf(position, present);
  if (due === undefined || due.payer === agreement.side) return undefined;
  const tolerance = BigInt(agreement.terms.toleranceBps);
  // A receiver owes when the price is high: the lower the price it sees, the less; and the other way round.
  const kindest =
    due.payer === "receiver" ? (present * (BPS - tolerance)) / BPS : (present * (BPS + tolerance) + BPS - 1n) / BPS;
  if (kindest < 1n || kindest > MAX_MICRO) return undefined;
  return actionDueOf(position, price(kindest))?.payer === due.payer ? due : undefined;
}

/** What one look at a position does to its claims. `peerCanPay`: the peer could send at least a satoshi of it. */
export async function pursue(
  engine: Engine,
  live: Live,
  decision: Decision,
  present: Price,
  peer: { connected: boolean; canPay: boolean },
): Promise<void> {
  const { agreement } = live;
  if (agreement.status === "frozen" || agreement.status === "ending" || agreement.status === "proposed") return;
  const due = claimable(agreement, present);
  if (due === undefined) return answered(engine, live, decision);
  const steady = engine.deps.clock.steadyMs();
  live.owedSinceMs ??= steady;
  live.nextClaimMs ??= steady + nextClaimAfterMs(agreement.strikes);
  if (!peer.connected || !peer.canPay || steady < live.nextClaimMs) return;
  if (engine.state.outbox.ofAgreement(agreement.id).some(({ type }) => type === "claim")) return;
  if (agreement.strikes >= agreement.terms.strikes) return freezeUnpaid(engine, live, due);
  await claim(engine, agreement, due, present);
}

/** What was claimed is claimable no more: the strikes are forgotten. Those for prices are not. */
async function answered(engine: Engine, live: Live, decision: Decision): Promise<void> {
  const { agreement } = live;
  const wasOwed = live.owedSinceMs !== undefined;
  delete live.owedSinceMs;
  delete live.nextClaimMs;
  if (!wasOwed || agreement.strikes === 0 || decision.action === "await") return;
  await commit(engine, [{ put: "agreement", agreement: { ...agreement, strikes: 0, updatedAt: now(engine.deps) } }]);
}

async function claim(engine: Engine, agreement: Agreement, due: Due, present: Price): Promise<void> {
  const message: Claim = {
    v: 1,
    type: "claim",
    agreement: agreement.id,
    at: now(engine.deps),
    due_msat: due.amountMsat,
    price: present,
    strike: agreement.strikes + 1,
  };
  const envelope = await signed(engine, message);
  await commit(engine, [
    queuedFor(engine, counterpartyOf(agreement), message, envelope),
    { put: "audit", entry: { kind: "claimed", agreementId: agreement.id, data: { payload: envelope.payload } } },
  ]);
}

async function freezeUnpaid(engine: Engine, live: Live, due: Due): Promise<void> {
  const { agreement } = live;
  const owed = `${agreement.strikes} claims went unanswered, ${due.amountMsat / 1000n} sat are due`;
  const frozen = moved(agreement, "unpaid", now(engine.deps), freezeReason("unpaid", owed));
  await commit(engine, [{ put: "agreement", agreement: frozen }, frozenLine(frozen)]);
}

export function frozenLine(agreement: Agreement): Change {
  const { id, reason, strikes, status } = agreement;
  return {
    put: "audit",
    entry: { kind: `became_${status}`, agreementId: id, data: { reason: reason ?? "", strikes } },
  };
}

/** A claim of the peer: it changes no book. What we owe at our own price is paid by the next look, which is now. */
export async function onClaim(engine: Engine, incoming: Incoming<Claim>, base: readonly Change[]): Promise<void> {
  const { message, agreement } = incoming;
  if (agreement === undefined) return commit(engine, base);
  const price = engine.deps.price.usable("settle");
  const verdict = checkClaim({ agreement, message, now: now(engine.deps), price });
  if (!verdict.ok) return refuse(engine, incoming, base, verdict.code, verdict.reason);
  const live = engine.state.live.get(agreement.id);
  if (live !== undefined && verdict.claim === "owed") delete live.lastCheckAt;
  const agreed =
    verdict.claim !== "price_dispute" && verdict.claim !== "no_price" && freezeCause(agreement) === "price";
  const back = agreed ? moved(agreement, "agreed", now(engine.deps)) : agreement;
  const thawed: Change[] =
    back === agreement ? [] : [{ put: "agreement", agreement: { ...back, strikes: 0 } }, frozenLine(back)];
  const noted = peerPriceChanges(engine, live, message.price);
  await commit(engine, [...base, ...thawed, ...noted, line("claim_received", incoming, { answer: verdict.claim })]);
}
