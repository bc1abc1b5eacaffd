/**
 * The peer says that our accept of its proposal came too late. It is the one who decides that, but not at will: an
 * accept that it demonstrably had in time binds it, so that the price it bound itself to is no option for it either.
 */
import type { Agreement } from "../stable/agreement.ts";
import { decodePayload } from "../stable/envelope.ts";
import { freezeReason } from "../stable/freeze.ts";
import type { Change, Revision } from "../stable/ledger.ts";
import { deadlineOf, FUTURE_SECONDS, type Reject } from "../stable/messages.ts";
import { readState } from "../stable/signed-state.ts";
import type { Incoming } from "./incoming.ts";
import { line } from "./refuse.ts";
import { commit, type Engine, moved, now } from "./state.ts";

/** A reject that is for no proposal of ours: it may be for an accept of ours. */
export async function refuseAcceptance(
  engine: Engine,
  incoming: Incoming<Reject>,
  base: readonly Change[],
): Promise<void> {
  const { message, agreement } = incoming;
  const ours = agreement === undefined ? undefined : await acceptedByUs(engine, agreement, message);
  if (agreement === undefined || ours === undefined) return commit(engine, base);
  const at = now(engine.deps);
  if (await arrivedInTime(engine, ours)) {
    const reason = freezeReason("book", "the peer takes back a rev that we accepted in time");
    const frozen = moved(agreement, "disputed", at, reason);
    if (frozen === agreement) return commit(engine, base);
    return commit(engine, [...base, { put: "agreement", agreement: frozen }, line("rev_disputed", incoming, {})]);
  }
  const before = await revertedTo(engine, agreement, at);
  const back = before ?? moved(agreement, "forced", at, "the peer had our accept too late");
  await commit(engine, [
    ...base,
    { put: "agreement", agreement: { ...back, updatedAt: at } },
    line("rev_lapsed", incoming, { rev: agreement.rev }),
  ]);
  if (agreement.status === "ended") await recount(engine, agreement.id);
}

/** An agreement that is back from its end goes on with the numbers it had. */
async function recount({ state, deps }: Engine, id: string): Promise<void> {
  const live = state.live.get(id);
  if (live === undefined) return;
  for (const { status, direction, seq } of await deps.store.settlements(id)) {
    if (status !== "succeeded") continue;
    if (direction === "sent") live.sentSeq = Math.max(live.sentSeq, seq);
    else live.receivedSeq = Math.max(live.receivedSeq, seq);
  }
}

/** The present rev, if the peer proposed it and it is what the reject names. */
async function acceptedByUs(engine: Engine, agreement: Agreement, message: Reject): Promise<Revision | undefined> {
  const { rev, stateHash, status } = agreement;
  if (message.code !== "stale" || message.rev !== rev || message.state_hash !== stateHash) {
    return undefined;
  }
  const revision = (await engine.deps.store.revisions(agreement.id)).find((r) => r.rev === rev);
  if (status === "ended" && revision?.kind !== "end") return undefined;
  return revision !== undefined && (await isOurAcceptance(engine, revision)) ? revision : undefined;
}

/** Whether the second signature of a rev is ours: then the peer proposed it. */
export async function isOurAcceptance({ deps }: Engine, { acceptance }: Revision): Promise<boolean> {
  return acceptance !== undefined && (await deps.node.verify(acceptance.payload, acceptance.signature, deps.nodeId));
}

/** The audit log says when the peer's node took the message that carried our accept. */
async function arrivedInTime(engine: Engine, { agreementId, acceptance, proposal }: Revision): Promise<boolean> {
  const decoded = decodePayload(proposal);
  const message = decoded.ok ? decoded.message : undefined;
  const deadline =
    message?.type === "propose" || message?.type === "revise" || message?.type === "end"
      ? deadlineOf(message)
      : undefined;
  const sent = await engine.deps.store.audit({ limit: 1_000, agreementId, kind: "message_sent" });
  const delivered = sent.find((entry) => entry.data["payload"] === acceptance?.payload);
  return delivered !== undefined && (deadline === undefined || delivered.at + FUTURE_SECONDS <= deadline);
}

/** The book at the rev before, with the counters of now. Undefined at rev 1: there was none. */
async function revertedTo(engine: Engine, agreement: Agreement, at: number): Promise<Agreement | undefined> {
  const revisions = await engine.deps.store.revisions(agreement.id);
  const revision = revisions.find((r) => r.rev === agreement.rev - 1);
  const state = revision === undefined ? undefined : readState(revision.state);
  const proposal = revision === undefined ? undefined : decodePayload(revision.proposal);
  if (revision === undefined || state === undefined || proposal?.ok !== true || !("price" in proposal.message)) {
    return undefined;
  }
  const { rev, targetMicro, backing0Msat, terms } = state;
  const { stateHash } = revision;
  const { price } = proposal.message;
  return moved({ ...agreement, rev, targetMicro, backing0Msat, terms, stateHash, price }, "end_lapsed", at);
}
