/** Settlements of the peer: booked by exactly what came, or kept as native. */
import type { Agreement, Settlement } from "../stable/agreement.ts";
import { otherSide, withPaid } from "../stable/book.ts";
import { checkSettle, type NativeReason } from "../stable/check-settle.ts";
import { freezeCause, freezeReason } from "../stable/freeze.ts";
import type { Change } from "../stable/ledger.ts";
import type { Settle } from "../stable/messages.ts";
import { usdText } from "../stable/money-text.ts";
import type { Price } from "../stable/units.ts";
import { mayAnswer } from "./answers.ts";
import { claimable, frozenLine } from "./claim.ts";
import type { Incoming } from "./incoming.ts";
import { peerPriceChanges } from "./peer-price.ts";
import { line } from "./refuse.ts";
import { sendSync } from "./send-sync.ts";
import { settlementAudit } from "./settle.ts";
import { commit, type Engine, moved, now } from "./state.ts";

/** The peer's book is not ours: it has to hear ours before it pays more that can't be booked. */
const forkedBooks: ReadonlySet<NativeReason> = new Set<NativeReason>(["wrong_seq", "wrong_total", "repeated"]);

export async function onSettle(engine: Engine, incoming: Incoming<Settle>, base: Change[]): Promise<void> {
  const { message, agreement } = incoming;
  if (agreement === undefined) return commit(engine, base);
  const at = now(engine.deps);
  const verdict = checkSettle({
    agreement,
    message,
    arrivedMsat: incoming.amountMsat,
    nextSeq: (await lastSeq(engine, agreement.id)) + 1,
    now: at,
    price: engine.deps.price.usable("settle"),
  });
  if (verdict.book === "native") {
    await commit(engine, [...base, line("settlement_kept_native", incoming, { reason: verdict.text })]);
    const answers = forkedBooks.has(verdict.reason) && mayAnswer(engine, incoming.peer, message.type);
    return answers ? sendSync(engine, agreement.id) : undefined;
  }
  const settlement = receivedSettlement(incoming, agreement, verdict.flags, at);
  const disputed = verdict.flags.includes("price_dispute");
  const booked = withPaid(agreement, verdict.payer, verdict.amountMsat, at);
  const next = judged(engine, booked, disputed, message.price);
  await commit(engine, [
    ...base,
    { put: "settlement", settlement },
    { put: "agreement", agreement: next },
    settlementAudit("settlement_received", settlement, verdict.flags.length > 0 ? { flags: verdict.flags } : {}),
    ...(next.status === booked.status ? [] : [frozenLine(next)]),
    ...peerPriceChanges(engine, engine.state.live.get(agreement.id), message.price),
  ]);
}

async function lastSeq(engine: Engine, agreementId: string): Promise<number> {
  const live = engine.state.live.get(agreementId);
  if (live !== undefined) return live.receivedSeq;
  const received = (await engine.deps.store.settlements(agreementId)).filter((s) => s.direction === "received");
  return received.reduce((last, { seq }) => Math.max(last, seq), 0);
}

/**
 * A price beyond the tolerance is a strike, and the last one allowed freezes. A settlement at a price we could agree
 * with thaws that; it takes the strikes away unless more is still owed, so that a satoshi now and then is no answer.
 */
function judged(engine: Engine, agreement: Agreement, disputed: boolean, theirs: Price): Agreement {
  const at = now(engine.deps);
  if (agreement.status === "ended") return agreement;
  if (disputed) {
    const next = { ...agreement, strikes: agreement.strikes + 1 };
    if (next.strikes < agreement.terms.strikes) return next;
    const reason = freezeReason(
      "price",
      `${next.strikes} settlements in a row, the last at ${usdText(theirs)} a bitcoin`,
    );
    return moved(next, "disputed", at, reason);
  }
  const usable = engine.deps.price.usable("settle");
  if (!usable.ok || claimable(agreement, usable.price) !== undefined) return agreement;
  const clean = { ...agreement, strikes: 0 };
  return freezeCause(agreement) === "price" ? moved(clean, "agreed", at) : clean;
}

function receivedSettlement(
  { message, envelope, paymentId }: Incoming<Settle>,
  agreement: Agreement,
  flags: readonly string[],
  at: number,
): Settlement {
  return {
    paymentId,
    agreementId: agreement.id,
    payer: otherSide(agreement.side),
    direction: "received",
    seq: message.seq,
    amountMsat: message.amount_msat,
    price: message.price,
    sources: message.sources,
    paidTotalAfterMsat: message.paid_total_after,
    envelope,
    status: "succeeded",
    ...(flags.length > 0 ? { flag: flags.join(" ") } : {}),
    createdAt: at,
    resolvedAt: at,
  };
}
