/**
 * Proposals of ours for a next rev: on disk before they go out, resumed after a restart, dropped when they are refused.
 * One that ran out of time no longer stands in the way, and is kept for an accept that was only late.
 */
import type { Agreement } from "../stable/agreement.ts";
import { counterpartyOf, otherSide, revised } from "../stable/book.ts";
import { withinTolerance } from "../stable/check.ts";
import { decodePayload } from "../stable/envelope.ts";
import type { Change, Revision } from "../stable/ledger.ts";
import {
  deadlineOf,
  type End,
  FUTURE_SECONDS,
  type Message,
  type Proposal,
  type Revise,
  type Spent,
} from "../stable/messages.ts";
import { dueOf, positionOf } from "../stable/position.ts";
import { readState } from "../stable/signed-state.ts";
import { queuedFor, signed } from "./outbox.ts";
import { revisionOf } from "./propose.ts";
import { sendSync } from "./send-sync.ts";
import { type Answer, commit, type Engine, moved, now, type PendingProposal } from "./state.ts";

/** What an agreement is once this proposal of ours is accepted; the counters are those of then. */
function afterwards(agreement: Agreement, proposal: Proposal, at: number): Agreement {
  if (proposal.type === "propose") return { ...agreement, status: "active" };
  const after = revised(agreement, proposal, at);
  return proposal.type === "end" ? moved(after, "end_agreed", at, agreement.reason) : after;
}

/** Journals and queues a proposal for the next rev; the answer comes through `engine.waiters`. */
export async function proposeNext(engine: Engine, agreement: Agreement, message: Revise | Spent | End): Promise<void> {
  const at = now(engine.deps);
  const envelope = await signed(engine, message);
  const after = afterwards(agreement, message, at);
  await commit(engine, [
    revisionOf(after, message.type, envelope, at),
    queuedFor(engine, counterpartyOf(agreement), message, envelope),
    {
      put: "audit",
      entry: { kind: `${message.type}_proposed`, agreementId: agreement.id, data: { payload: envelope.payload } },
    },
  ]);
  engine.pending.set(agreement.id, {
    proposal: message,
    rev: message.rev,
    envelope,
    after,
    sinceMs: engine.deps.clock.steadyMs(),
  });
}

/**
 * The agreement with an accepted proposal of ours on it. Settlements that crossed with the answer moved the counters,
 * and the status may have moved too; neither is part of what was proposed, but for the status of an end.
 */
export function withAccepted({ after, proposal }: PendingProposal, current: Agreement, at: number): Agreement {
  const { rev, targetMicro, backing0Msat, terms, stateHash, price } = after;
  const next = { ...current, rev, targetMicro, backing0Msat, terms, stateHash, price, updatedAt: at };
  if (proposal.type === "propose") return moved(next, "accepted", at);
  if (proposal.type !== "end") return next;
  // one that was refused before left the agreement active
  return moved(moved(next, "end_proposed", at, current.reason), "end_agreed", at, current.reason);
}

/**
 * Whether a proposal that was accepted too late binds us to nothing we would not propose now: its price is still within
 * the tolerance; or it is an end, and the peer does not leave with what it owes.
 */
export function stillGood(engine: Engine, pending: PendingProposal, current: Agreement): boolean {
  // The peer was told otherwise, and goes back to the rev before: what was once too late stays so.
  return engine.state.tooLate.get(current.id) !== pending.proposal.state_hash && isGoodNow(engine, pending, current);
}

/** To be on disk before the peer hears that its accept came too late. */
export function tooLate({ after, proposal }: PendingProposal): Change {
  const { id: agreementId } = after;
  return { put: "kept", kept: { kind: "too_late", agreementId, stateHash: proposal.state_hash } };
}

function isGoodNow(engine: Engine, { proposal, after }: PendingProposal, current: Agreement): boolean {
  const own = engine.deps.price.usable("open");
  if (!own.ok) return false;
  if (withinTolerance(proposal.price, own.price, after.terms.toleranceBps)) return true;
  return proposal.type === "end" && dueOf(positionOf(current), own.price)?.payer !== otherSide(current.side);
}

/** Forgets a proposal that was refused or gave way, and tells who waits for it. */
export function forget(engine: Engine, agreementId: string, answer: Answer): void {
  engine.pending.delete(agreementId);
  engine.waiters.get(agreementId)?.(answer);
}

export function dropped({ after }: PendingProposal): Change {
  return { drop: "revision", agreementId: after.id, rev: after.rev };
}

/**
 * A proposal that outlived its process: its answer may still come, or its time is over. The counters may have moved
 * since it was made, so its figures are read from the state that was signed and not computed again.
 */
export function resumeProposal(engine: Engine, revision: Revision): void {
  const agreement = engine.state.live.get(revision.agreementId)?.agreement;
  const pending = agreement === undefined ? undefined : pendingOf(engine, agreement, revision);
  if (pending !== undefined) engine.pending.set(revision.agreementId, pending);
}

/** A proposal of ours from what is on disk of it. Undefined where that is something else. */
export function pendingOf(
  engine: Engine,
  agreement: Agreement,
  revision: Pick<Revision, "stateHash" | "state" | "proposal">,
): PendingProposal | undefined {
  const decoded = decodePayload(revision.proposal);
  const state = readState(revision.state);
  if (!decoded.ok || !isProposal(decoded.message) || state === undefined) return undefined;
  const { message } = decoded;
  const { rev, targetMicro, backing0Msat, terms } = state;
  const { stateHash, proposal: envelope } = revision;
  const figures = { rev, targetMicro, backing0Msat, terms, stateHash, price: message.price };
  const after = { ...afterwards(agreement, message, message.at), ...figures };
  return { proposal: message, rev, envelope, after, sinceMs: engine.deps.clock.steadyMs() };
}

function isProposal(message: Message): message is Proposal {
  return ["propose", "revise", "spent", "end"].includes(message.type);
}

/** By the wall clock; or by the steady one, where the wall clock was ahead when it was made and is right again. */
function isOver({ deps }: Engine, { proposal, sinceMs }: PendingProposal): boolean {
  const deadline = deadlineOf(proposal);
  if (deadline === undefined) return false;
  const allowed = deadline - proposal.at + FUTURE_SECONDS;
  return now(deps) > deadline + FUTURE_SECONDS || deps.clock.steadyMs() - sinceMs > allowed * 1_000;
}

/**
 * Proposals of ours nobody answered in time: what would have begun an agreement is dropped, nothing was agreed. Of any
 * other the peer is asked by a sync whether it accepted: only once it says not may another take its place.
 */
export async function expireProposals(engine: Engine): Promise<void> {
  const at = now(engine.deps);
  for (const [id, pending] of [...engine.pending]) {
    if (pending.expired === true || !isOver(engine, pending)) continue;
    const agreement = engine.state.live.get(id)?.agreement;
    const audit: Change = { put: "audit", entry: { kind: "proposal_expired", agreementId: id, data: {} } };
    if (agreement?.status !== "proposed") {
      pending.expired = true;
      await commit(engine, [audit]);
      await sendSync(engine, id);
      continue;
    }
    engine.pending.delete(id);
    const ended = moved(agreement, "refused", at, "the peer did not answer in time");
    await commit(engine, [{ put: "agreement", agreement: ended }, audit]);
  }
}
