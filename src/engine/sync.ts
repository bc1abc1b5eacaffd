/**
 * Comparing books: each side sends its own whenever the other is back. What differs is named, on the screen and in the
 * audit log; what a signed record explains is put right by it; what stays different freezes the agreement.
 */

import { inFlightMsat } from "../node/in-flight.ts";
import type { Channel } from "../node/port.ts";
import type { Agreement, Settlement } from "../stable/agreement.ts";
import { counterpartyOf, paidTotal, sealEnd } from "../stable/book.ts";
import { isLive } from "../stable/check.ts";
import { checkSync, type Difference } from "../stable/check-sync.ts";
import { freezeCause, freezeReason } from "../stable/freeze.ts";
import type { Change } from "../stable/ledger.ts";
import { deadlineOf, type Reject, type Sync } from "../stable/messages.ts";
import { accepted } from "./answer.ts";
import { mayAnswer } from "./answers.ts";
import { frozenLine } from "./claim.ts";
import type { Incoming } from "./incoming.ts";
import { isOurAcceptance } from "./lapse.ts";
import { queuedFor, signed } from "./outbox.ts";
import { dropped, forget, proposeNext, stillGood, tooLate } from "./pending.ts";
import { acceptOf } from "./propose.ts";
import { line, refuse } from "./refuse.ts";
import { sendSync, syncOf } from "./send-sync.ts";
import { ageOf, failedSettlement, paidSettlement, RESEND_SECONDS } from "./settle.ts";
import { commit, type Engine, type Live, livesWith, moved, now, type PendingProposal } from "./state.ts";

/** A difference may be a payment that is just being counted: the books are compared again after this. */
const AGAIN_MS = 30_000;
/** So often the peer's book is asked for while something hangs on it; longer than what an answer is withheld for. */
const ASK_MS = 60_000;

/** Sends our book to every peer that came back since it was sent last, and forgets those that are away. */
export async function syncPeers(engine: Engine, channels: readonly Channel[]): Promise<void> {
  const there = new Set(channels.filter((c) => c.usable).map((c) => c.counterparty));
  for (const peer of [...engine.synced]) if (!there.has(peer)) engine.synced.delete(peer);
  const changes: Change[] = [];
  for (const peer of there) {
    if (engine.synced.has(peer)) continue;
    engine.synced.add(peer);
    for (const { agreement } of livesWith(engine.state, peer)) {
      if (isLive(agreement)) changes.push(...(await syncOf(engine, agreement)));
    }
  }
  await commit(engine, changes);
}

export async function onSync(engine: Engine, incoming: Incoming<Sync>, base: readonly Change[]): Promise<void> {
  const { message, agreement, envelope } = incoming;
  const live = agreement === undefined ? undefined : engine.state.live.get(agreement.id);
  if (agreement === undefined || live === undefined) return onSyncOfEnded(engine, incoming, base);
  const pending = engine.pending.get(live.agreement.id);
  const verdict = checkSync({
    agreement: live.agreement,
    message,
    now: now(engine.deps),
    ...(pending === undefined ? {} : { pending }),
  });
  if (!verdict.ok) return refuse(engine, incoming, base, verdict.code, verdict.reason);
  const told = verdict.differences.map(({ kind, ours, theirs }) => ({ kind, ours: `${ours}`, theirs: `${theirs}` }));
  await commit(engine, [...base, line("sync_received", incoming, { differences: told })]);

  const open: Difference[] = [];
  for (const difference of verdict.differences) {
    if (difference.kind === "peer_accepted" && pending !== undefined) {
      await accepted(engine, incoming, pending, live.agreement, envelope, []);
    } else if (difference.kind === "peer_accepted_late" && pending !== undefined) {
      if (stillGood(engine, pending, live.agreement))
        await accepted(engine, incoming, pending, live.agreement, envelope, []);
      else await sayLate(engine, incoming, pending);
    } else if (!(await explained(engine, live, incoming, difference))) open.push(difference);
  }
  await releaseExpired(engine, live, message);
  await giveUpUnproven(engine, live, message);
  await remember(engine, live, open);
  const quiet = engine.deps.clock.steadyMs() - (live.syncSentMs ?? Number.NEGATIVE_INFINITY);
  if (quiet > AGAIN_MS) await sendSync(engine, live.agreement.id);
}

/**
 * Our book goes out, to be answered by the peer's, where only that can tell: a settlement's fate has been open for long,
 * or the agreement is frozen over books that may agree by now.
 */
export async function askPeers(engine: Engine): Promise<void> {
  for (const { agreement, open, syncSentMs = Number.NEGATIVE_INFINITY } of [...engine.state.live.values()]) {
    const unknown = open !== undefined && ageOf(engine, open) > RESEND_SECONDS;
    const frozen = agreement.status === "frozen" && freezeCause(agreement) === "book";
    if (!(unknown || frozen) || engine.deps.clock.steadyMs() - syncSentMs < ASK_MS) continue;
    await sendSync(engine, agreement.id);
  }
}

/** The peer does not know yet that it is over: we agreed to its end, or left by our owner's policy. */
async function onSyncOfEnded(engine: Engine, incoming: Incoming<Sync>, base: readonly Change[]): Promise<void> {
  const { message, agreement, peer } = incoming;
  await commit(engine, [...base, line("sync_received", incoming, { known: agreement !== undefined })]);
  if (agreement?.status !== "ended") return;
  if (message.rev === agreement.rev - 1) await sendAcceptAgain(engine, agreement, peer);
  if (await neverAgreed(engine, agreement, message)) return sendLate(engine, incoming);
  const price = engine.deps.price.usable("open");
  const alone = message.rev === agreement.rev && freezeCause(agreement) !== undefined;
  if (!alone || !price.ok || stands(engine, agreement.id)) return;
  const end = sealEnd(agreement, { reason: "left", price: price.price }, now(engine.deps));
  await proposeNext(engine, agreement, end);
}

/** The peer holds a proposal of ours for agreed that lapsed here: its accept, or our word that it was late, got lost. */
async function neverAgreed(engine: Engine, agreement: Agreement, message: Sync): Promise<boolean> {
  const { id, proposedByUs, rev, stateHash } = agreement;
  const same = proposedByUs && rev === 1 && message.rev === 1 && message.state_hash === stateHash;
  // One that was refused and then taken up may yet be heard as accepted.
  if (!same || stands(engine, id) || engine.state.refused.has(id)) return false;
  return (await engine.deps.store.revisions(id)).every(({ acceptance }) => acceptance === undefined);
}

function stands(engine: Engine, agreementId: string): boolean {
  const pending = engine.pending.get(agreementId);
  return pending !== undefined && pending.expired !== true;
}

/** A book the peer wrote after our proposal's deadline, without it: it can't accept it any more. */
async function releaseExpired(engine: Engine, { agreement }: Live, message: Sync): Promise<void> {
  const pending = engine.pending.get(agreement.id);
  const deadline = pending === undefined ? undefined : deadlineOf(pending.proposal);
  if (pending?.expired !== true || deadline === undefined || message.rev !== agreement.rev) return;
  if (message.at <= deadline) return againLater(engine, agreement.id);
  await commit(engine, [dropped(pending)]);
  forget(engine, agreement.id, { accepted: false, code: "stale" });
}

/** The peer accepted after the deadline: it is told, as by a late accept. */
async function sayLate(engine: Engine, incoming: Incoming<Sync>, pending: PendingProposal): Promise<void> {
  await commit(engine, [tooLate(pending)]);
  await sendLate(engine, incoming);
}

async function sendLate(engine: Engine, { message, peer }: Incoming<Sync>): Promise<void> {
  if (!mayAnswer(engine, peer, message.type)) return;
  const { agreement, rev, state_hash } = message;
  const reject: Reject = { v: 1, type: "reject", agreement, at: now(engine.deps), rev, code: "stale", state_hash };
  await commit(engine, [queuedFor(engine, peer, reject, await signed(engine, reject))]);
}

/** Whether a signed record of ours, or the peer's own word against its interest, puts the difference right. */
async function explained(
  engine: Engine,
  live: Live,
  { message, peer }: Incoming<Sync>,
  { kind }: Difference,
): Promise<boolean> {
  if (kind === "peer_behind" && message.rev === live.agreement.rev - 1)
    return sendAcceptAgain(engine, live.agreement, peer);
  if (kind === "we_paid_less") {
    const settlement = await paymentBehind(engine, live, message.paid_by_you);
    if (settlement === undefined) return false;
    await paidSettlement(engine, settlement, []);
    return true;
  }
  return false;
}

/** The rev we accepted did not reach the peer: it has to hear of it, or say that it came too late. */
async function sendAcceptAgain(engine: Engine, agreement: Agreement, peer: string): Promise<boolean> {
  const revision = (await engine.deps.store.revisions(agreement.id)).find((r) => r.rev === agreement.rev);
  if (revision === undefined || !(await isOurAcceptance(engine, revision))) return false;
  if (engine.state.outbox.ofAgreement(agreement.id).some(({ type }) => type === "accept")) return true;
  if (!mayAnswer(engine, peer, "sync")) return true;
  const { accept, acceptance } = await acceptOf(engine, agreement);
  await commit(engine, [queuedFor(engine, peer, accept, acceptance)]);
  return true;
}

/** The settlement of ours that the peer has booked and we took for open or failed. */
async function paymentBehind(engine: Engine, live: Live, total: bigint): Promise<Settlement | undefined> {
  const own = await engine.deps.store.settlements(live.agreement.id);
  return own.findLast(
    (s) =>
      s.direction === "sent" &&
      s.seq === live.sentSeq + 1 &&
      s.paidTotalAfterMsat === total &&
      s.status !== "succeeded",
  );
}

/**
 * A settlement whose end the node does not know and the peer has not booked, with no HTLC under way between the two: it never
 * left. Only then, and only after the time in which it could have been sent again.
 */
async function isUnproven(engine: Engine, { agreement }: Live, open: Settlement, message: Sync): Promise<boolean> {
  if (ageOf(engine, open) <= RESEND_SECONDS) return false;
  if (message.paid_by_you !== paidTotal(agreement, agreement.side)) return false;
  // A record that is pending for ever has lost its end (ldk-node #966): then the channels tell, as without a record.
  const record = await engine.deps.node.payment(open.paymentId);
  if (record !== undefined && record.status !== "pending") return false;
  const peer = counterpartyOf(agreement);
  const channels = (await engine.deps.node.channels()).filter((c) => c.counterparty === peer);
  if (channels.length === 0 || channels.some((channel) => inFlightMsat(channel) > 0n)) return false;
  return !(await isClosing(engine, peer));
}

/** A peer that has just started may tell its book before it has heard what its node kept for it: it has to say so twice. */
async function giveUpUnproven(engine: Engine, live: Live, message: Sync): Promise<void> {
  const { open, agreement } = live;
  const steady = engine.deps.clock.steadyMs();
  if (open === undefined || !(await isUnproven(engine, live, open, message))) delete live.doubtedSinceMs;
  else if (live.doubtedSinceMs === undefined) live.doubtedSinceMs = steady;
  else if (steady - live.doubtedSinceMs >= AGAIN_MS) {
    delete live.doubtedSinceMs;
    const reason = "the node knows no end of it, no HTLC is under way and the peer has not had it";
    return failedSettlement(engine, open, reason);
  }
  if (live.doubtedSinceMs !== undefined) againLater(engine, agreement.id);
}

/** A channel with the peer that closed and is not all resolved on chain may hold an HTLC that is claimed yet. */
export async function isClosing({ deps }: Engine, peer: string): Promise<boolean> {
  const { lightning } = await deps.node.balances();
  return lightning.some((part) => part.counterparty === peer && part.kind !== "claimable_on_channel_close");
}

/** What is left unexplained: compared again, and frozen when it stays. */
async function remember(engine: Engine, live: Live, found: readonly Difference[]): Promise<void> {
  const { agreement } = live;
  if (found.length === 0) {
    delete live.differences;
    if (freezeCause(agreement) !== "book") return;
    const back = moved(agreement, "agreed", now(engine.deps));
    if (back !== agreement) await commit(engine, [{ put: "agreement", agreement: back }, frozenLine(back)]);
    return;
  }
  const steady = engine.deps.clock.steadyMs();
  // Restarts and reconnects bring several syncs at once, some of a moment before: only what stays counts.
  const sinceMs = live.differences?.sinceMs ?? steady;
  live.differences = { found, sinceMs };
  if (steady - sinceMs < AGAIN_MS || live.open !== undefined) return againLater(engine, agreement.id);
  const names = found.map(({ kind }) => kind).join(", ");
  const frozen = moved(agreement, "disputed", now(engine.deps), freezeReason("book", names));
  if (frozen !== agreement) await commit(engine, [{ put: "agreement", agreement: frozen }, frozenLine(frozen)]);
}

/** Our book goes out again, and the peer, who sees the same difference, sends its own. */
function againLater(engine: Engine, agreementId: string): void {
  if (engine.syncLater.has(agreementId)) return;
  engine.syncLater.add(agreementId);
  engine.deps.clock.after(AGAIN_MS, () => {
    engine.syncLater.delete(agreementId);
    engine.later(() => sendSync(engine, agreementId));
  });
}
