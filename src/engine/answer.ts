/** The peer's answers to proposals of ours. */
import type { Agreement, Envelope } from "../stable/agreement.ts";
import { stateText } from "../stable/canonical.ts";
import { checkAccept, rejectMatches } from "../stable/check-revision.ts";
import type { Change } from "../stable/ledger.ts";
import type { LifecycleEvent } from "../stable/lifecycle.ts";
import type { Accept, Proposal, Reject } from "../stable/messages.ts";
import { refusedChanges } from "./carry-wish.ts";
import type { Incoming } from "./incoming.ts";
import { refuseAcceptance } from "./lapse.ts";
import { answeredDrops } from "./outbox.ts";
import { dropped, forget, pendingOf, stillGood, tooLate, withAccepted } from "./pending.ts";
import { revisionOf } from "./propose.ts";
import { line, refuse } from "./refuse.ts";
import { commit, type Engine, moved, now, type PendingProposal } from "./state.ts";

export async function onAccept(engine: Engine, incoming: Incoming<Accept>, base: readonly Change[]): Promise<void> {
  const { message, envelope, agreement } = incoming;
  const pending = answeredBy(engine, message, agreement);
  const verdict = checkAccept({
    message,
    now: now(engine.deps),
    ...(pending === undefined ? {} : { pending }),
    ...(agreement === undefined ? {} : { agreement }),
  });
  if (!verdict.ok) {
    const late = verdict.code === "stale" && pending !== undefined && pending === engine.pending.get(message.agreement);
    const stands = late && agreement !== undefined && stillGood(engine, pending, agreement);
    if (!stands) {
      const told = late ? [...base, tooLate(pending)] : base;
      return refuse(engine, incoming, told, verdict.code, verdict.reason);
    }
  }
  if ((verdict.ok && verdict.kind === "repeat") || pending === undefined || agreement === undefined) {
    const answered = engine.state.crossedEnds.has(message.agreement) ? [notCrossed(message.agreement)] : [];
    return commit(engine, [...base, ...answered, line("message_repeated", incoming, {})]);
  }
  await accepted(engine, incoming, pending, agreement, envelope, base);
}

/**
 * The proposal an accept is for: the one that waits, or one that was refused when it was heard first and accepted when
 * it was heard again. Both have signed that one, so it counts.
 */
function answeredBy(engine: Engine, message: Accept, agreement: Agreement | undefined): PendingProposal | undefined {
  const pending = engine.pending.get(message.agreement);
  const refused = engine.state.refused.get(message.agreement);
  const fits = refused?.stateHash === message.state_hash && refused.rev === (agreement?.rev ?? 0) + 1;
  if (!fits || agreement === undefined || pending?.proposal.state_hash === message.state_hash) return pending;
  return pendingOf(engine, agreement, refused);
}

function notCrossed(agreementId: string): Change {
  return { drop: "kept", kind: "crossed_end", agreementId };
}

/** Both have signed: the proposal is the book. `proof` is what the peer signed, an accept or a sync that stands for it. */
export async function accepted(
  engine: Engine,
  incoming: Incoming,
  pending: PendingProposal,
  agreement: Agreement,
  proof: Envelope,
  base: readonly Change[],
): Promise<void> {
  const at = now(engine.deps);
  const after = withAccepted(pending, agreement, at);
  await commit(engine, [
    ...base,
    { put: "agreement", agreement: after },
    revisionOf(after, pending.proposal.type, pending.envelope, at, proof),
    line("proposal_accepted", incoming, {
      proposal: pending.proposal.type,
      before: bookOf(agreement),
      after: bookOf(after),
    }),
    ...answeredDrops(engine, { agreementId: agreement.id, payload: pending.envelope.payload }),
    ...(engine.state.refused.has(agreement.id)
      ? [{ drop: "kept", kind: "refused", agreementId: agreement.id } as const]
      : []),
  ]);
  const waiting = engine.pending.get(agreement.id) ?? pending;
  const same = waiting.proposal.state_hash === pending.proposal.state_hash;
  forget(engine, agreement.id, same ? { accepted: true, agreement: after } : { accepted: false, code: "conflict" });
}

/** The figures of a book, for the audit log. */
export function bookOf({ rev, targetMicro, backing0Msat, paidByProviderMsat, paidByReceiverMsat }: Agreement) {
  return {
    rev,
    target: targetMicro.toString(),
    backing0_msat: backing0Msat.toString(),
    paid_by_provider_msat: paidByProviderMsat.toString(),
    paid_by_receiver_msat: paidByReceiverMsat.toString(),
  };
}

/** What a refusal does to the status: only what is proposed, or ending, waits for an answer. */
const refusedEvents: Readonly<Partial<Record<Proposal["type"], LifecycleEvent>>> = {
  propose: "refused",
  end: "end_refused",
};

export async function onReject(engine: Engine, incoming: Incoming<Reject>, base: readonly Change[]): Promise<void> {
  const { message, agreement } = incoming;
  const pending = engine.pending.get(message.agreement);
  const audit = line("rejected_by_peer", incoming, { code: message.code });
  if (pending === undefined || !rejectMatches(message, pending)) {
    if (engine.state.crossedEnds.has(message.agreement)) {
      return commit(engine, [...base, notCrossed(message.agreement), audit]);
    }
    return refuseAcceptance(engine, incoming, [...base, audit]);
  }
  // An end that the owner's policy wants is asked for again; it is no longer for the peer to keep us.
  const event = engine.state.exits.has(message.agreement) ? undefined : refusedEvents[pending.proposal.type];
  const back =
    agreement === undefined || event === undefined
      ? undefined
      : moved(agreement, event, now(engine.deps), `refused: ${message.code}`);
  const changed: Change[] = back === undefined ? [] : [{ put: "agreement", agreement: back }];
  const drop = pending.proposal.type === "propose" ? [] : [dropped(pending), refusedOnce(pending)];
  const unsent = answeredDrops(engine, { agreementId: message.agreement, payload: pending.envelope.payload });
  const carried = refusedChanges(engine, message.agreement, message.code, message.counter);
  await commit(engine, [...base, ...changed, ...drop, ...unsent, ...carried, audit]);
  askAgainLater(engine, message.agreement);
  const { counter } = message;
  forget(engine, message.agreement, {
    accepted: false,
    code: message.code,
    ...(counter === undefined ? {} : { counter }),
  });
}

/** It was heard once and refused; heard again it may be accepted. */
function refusedOnce({ after, rev, envelope: proposal }: PendingProposal): Change {
  const { id: agreementId, stateHash } = after;
  const kept = { kind: "refused", agreementId, rev, stateHash, state: stateText(after), proposal } as const;
  return { put: "kept", kept };
}

const ASK_AGAIN_MS = 30_000;
const MOST_DOUBLINGS = 7;

/** What the engine asks for by itself, a spend or an exit, it asks for again, ever less often; what stood against it may pass. */
function askAgainLater(engine: Engine, agreementId: string): void {
  const live = engine.state.live.get(agreementId);
  if (live === undefined) return;
  const ms = ASK_AGAIN_MS * 2 ** Math.min(live.refusals ?? 0, MOST_DOUBLINGS);
  live.refusals = (live.refusals ?? 0) + 1;
  live.askAgainMs = engine.deps.clock.steadyMs() + ms;
  engine.deps.clock.after(ms, () => engine.later(() => engine.afterwards()));
}
