/** Sending our book to the peer, which answers with its own. */
import type { Agreement } from "../stable/agreement.ts";
import { counterpartyOf, otherSide, paidTotal } from "../stable/book.ts";
import { isLive } from "../stable/check.ts";
import type { Change } from "../stable/ledger.ts";
import type { Sync } from "../stable/messages.ts";
import { queuedFor, signed } from "./outbox.ts";
import { commit, type Engine, now } from "./state.ts";

export async function syncOf(engine: Engine, agreement: Agreement): Promise<Change[]> {
  const live = engine.state.live.get(agreement.id);
  if (live !== undefined) live.syncSentMs = engine.deps.clock.steadyMs();
  const message: Sync = {
    v: 1,
    type: "sync",
    agreement: agreement.id,
    at: now(engine.deps),
    rev: agreement.rev,
    state_hash: agreement.stateHash,
    paid_by_me: paidTotal(agreement, agreement.side),
    paid_by_you: paidTotal(agreement, otherSide(agreement.side)),
  };
  // An older one that still waits would tell of a book that is past.
  const older = engine.state.outbox
    .ofAgreement(agreement.id)
    .filter((m) => m.type === "sync" && !engine.sending.has(m.id));
  const drops = older.map(({ id }): Change => ({ drop: "outbox", id }));
  return [...drops, queuedFor(engine, counterpartyOf(agreement), message, await signed(engine, message))];
}

/** Sends our book now: after a rebuke of the peer's, or since a person wants it. */
export async function sendSync(engine: Engine, agreementId: string): Promise<void> {
  const agreement = engine.state.live.get(agreementId)?.agreement;
  if (agreement === undefined || !isLive(agreement)) return;
  await commit(engine, await syncOf(engine, agreement));
}
