/**
 * Ending an agreement: both settle up at one price, that of the `end`, to the satoshi; then both have signed and the
 * backing is native again (docs/protocol.md, "end").
 */
import type { Agreement } from "../stable/agreement.ts";
import { counterpartyOf, sealEnd } from "../stable/book.ts";
import { checkEnd } from "../stable/check-revision.ts";
import { smaller } from "../stable/integers.ts";
import type { Change } from "../stable/ledger.ts";
import type { End } from "../stable/messages.ts";
import { dueOf, positionOf } from "../stable/position.ts";
import { MSAT_PER_SAT, msat, type Price } from "../stable/units.ts";
import { mayAnswer } from "./answers.ts";
import { concedeTo, concession } from "./concessions.ts";
import { revisionFacts } from "./facts.ts";
import type { Incoming } from "./incoming.ts";
import { queuedFor } from "./outbox.ts";
import { forget, proposeNext } from "./pending.ts";
import { acceptOf, revisionOf } from "./propose.ts";
import { line, refuse } from "./refuse.ts";
import { settle } from "./settle.ts";
import {
  type Answer,
  balancesWith,
  commit,
  type Engine,
  type Live,
  moved,
  now,
  type PendingProposal,
} from "./state.ts";

/** An end of ours is sent again when it got no answer for this long. */
const REPEAT_SECONDS = 60;

/** A person wants out. What is ours to pay is paid first; `advanceEnd` does the rest, now and whenever something moves. */
export async function beginEnd(engine: Engine, live: Live, reason: string): Promise<void> {
  const at = now(engine.deps);
  const agreement = moved(live.agreement, "end_proposed", at, reason);
  await commit(engine, [
    { put: "agreement", agreement },
    { put: "audit", entry: { kind: "end_wanted", agreementId: agreement.id, data: { reason } } },
  ]);
  await advanceEnd(engine, live);
}

/** The next step of an end of ours: pay, or propose, or wait. */
export async function advanceEnd(engine: Engine, live: Live): Promise<void> {
  const { deps } = engine;
  const { agreement } = live;
  if (agreement.status !== "ending" || live.open !== undefined) return;
  if (engine.state.exits.has(agreement.id) && deps.clock.steadyMs() < (live.askAgainMs ?? 0)) return;
  const pending = engine.pending.get(agreement.id);
  if (pending !== undefined) return remind(engine, agreement, pending);
  const usable = deps.price.usable("open");
  if (!usable.ok) return;
  const due = dueOf(positionOf(agreement), usable.price);
  if (due?.payer === agreement.side) {
    await payDue(engine, live, due.amountMsat, usable);
    return;
  }
  const fields = { reason: wireReason(agreement.reason ?? "wanted"), price: usable.price };
  await proposeNext(engine, agreement, sealEnd(agreement, fields, now(deps)));
}

/**
 * While an end of ours stands nothing more is paid and no other price is named: the peer may have agreed already. The
 * very same message goes out again, for a peer that forgot over a restart that it wanted to settle first.
 */
async function remind(engine: Engine, agreement: Agreement, { proposal, envelope }: PendingProposal): Promise<void> {
  const at = now(engine.deps);
  const live = engine.state.live.get(agreement.id);
  const since = at - Math.max(proposal.at, live?.remindedAt ?? 0);
  if (proposal.type !== "end" || live === undefined || since < REPEAT_SECONDS) return;
  if (engine.state.outbox.ofAgreement(agreement.id).some(({ type }) => type === "end")) return;
  live.remindedAt = at;
  await commit(engine, [queuedFor(engine, counterpartyOf(agreement), proposal, envelope)]);
}

/** Reasons are typed by people; the wire takes plain ASCII of 64 characters. */
function wireReason(reason: string): string {
  return reason.replace(/[^ !#-[\]-~]/g, "?").slice(0, 64);
}

async function payDue(
  engine: Engine,
  live: Live,
  due: bigint,
  at: { price: Price; sources: number },
): Promise<boolean> {
  const peer = counterpartyOf(live.agreement);
  const balances = balancesWith(await engine.deps.node.channels(), peer, live.agreement.side);
  const amount = (smaller(due, balances.sendableMsat) / MSAT_PER_SAT) * MSAT_PER_SAT;
  if (amount === 0n || amount < balances.leastSendableMsat) return false;
  await settle(engine, [{ live, amountMsat: msat(amount), price: at.price, sources: at.sources }]);
  return true;
}

/** The peer wants out. */
export async function onEnd(engine: Engine, incoming: Incoming<End>, base: readonly Change[]): Promise<void> {
  const { deps, state } = engine;
  const { message, envelope, peer, agreement } = incoming;
  if (agreement === undefined) return commit(engine, base);
  const live = state.live.get(agreement.id);
  const pending = engine.pending.get(agreement.id);
  const facts = await revisionFacts(engine, incoming, agreement, "settle");
  // What is paid on behalf of this very end is not waited for twice: its outcome comes back here.
  const verdict = checkEnd({ ...facts, settling: facts.settling && !engine.peerEnds.has(agreement.id) });
  if (!verdict.ok) {
    engine.peerEnds.delete(agreement.id);
    return refuse(engine, incoming, base, verdict.code, verdict.reason);
  }
  const change = { fromMicro: agreement.targetMicro, toMicro: 0n, theirs: message.price };
  const price = concession(engine, peer, agreement, change);
  if (!price.ok && verdict.kind !== "repeat") {
    engine.peerEnds.delete(agreement.id);
    return refuse(engine, incoming, base, price.code, price.reason);
  }
  if (verdict.kind === "settle_first") {
    const first = engine.peerEnds.get(agreement.id)?.paymentId !== incoming.paymentId;
    engine.peerEnds.set(agreement.id, incoming);
    const waits = line("end_waits", incoming, {
      payer: verdict.due.payer,
      due_msat: verdict.due.amountMsat.toString(),
    });
    await commit(engine, first ? [...base, waits] : base);
    if (live === undefined || live.open !== undefined || verdict.due.payer !== agreement.side) return;
    const paying = await payDue(engine, live, verdict.due.amountMsat, { price: message.price, sources: 0 });
    if (!paying) await cannotPay(engine, incoming, verdict.due.amountMsat);
    return;
  }
  engine.peerEnds.delete(agreement.id);
  const ended = verdict.kind === "new" ? endedBy(verdict.agreement, message, now(deps)) : agreement;
  const { accept, acceptance } = await acceptOf(engine, ended);
  await commit(engine, [
    ...base,
    { put: "agreement", agreement: ended },
    revisionOf(ended, "end", envelope, now(deps), acceptance),
    ...(verdict.kind === "new" || mayAnswer(engine, peer, message.type)
      ? [queuedFor(engine, peer, accept, acceptance)]
      : []),
    ...(verdict.kind === "new" && pending?.proposal.type === "end"
      ? [{ put: "kept", kept: { kind: "crossed_end", agreementId: agreement.id } } as const]
      : []),
    line("end_accepted", incoming, {}),
  ]);
  if (price.ok && verdict.kind === "new") concedeTo(engine, peer, price);
  if (verdict.kind === "new" && engine.pending.has(agreement.id)) {
    forget(engine, agreement.id, givenWay(ended, pending));
  }
}

/** Both wanted the end, or ours was for something else and has no object any more. */
function givenWay(ended: Agreement, pending: PendingProposal | undefined): Answer {
  return pending?.proposal.type === "end"
    ? { accepted: true, agreement: ended }
    : { accepted: false, code: "conflict" };
}

function endedBy(agreement: Agreement, message: End, at: number): Agreement {
  return moved(moved(agreement, "end_proposed", at), "end_agreed", at, `ended by the peer: ${message.reason}`);
}

async function cannotPay(engine: Engine, incoming: Incoming<End>, dueMsat: bigint): Promise<void> {
  engine.peerEnds.delete(incoming.message.agreement);
  await refuse(engine, incoming, [], "insufficient_balance", `${dueMsat} msat are due and can't be sent`);
}

/** Money moved: an end of the peer that waited for it is looked at again. */
export async function resumePeerEnd(engine: Engine, agreementId: string): Promise<void> {
  const waiting = engine.peerEnds.get(agreementId);
  const live = engine.state.live.get(agreementId);
  if (waiting === undefined || live === undefined || live.open !== undefined) return;
  await onEnd(engine, { ...waiting, agreement: live.agreement }, []);
}
