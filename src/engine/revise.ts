/** A new target or new terms for an agreement in force: our wish, and our answer to the peer's. */
import { type Agreement, backingOf } from "../stable/agreement.ts";
import { counterpartyOf, sealRevise, sumsOf } from "../stable/book.ts";
import { stateHash } from "../stable/canonical.ts";
import { checkRevise, type Growth, holdingProblem, largestGrowth } from "../stable/check-revision.ts";
import { convert, type TargetChange, targetAfter } from "../stable/convert.ts";
import type { Change } from "../stable/ledger.ts";
import type { Revise, Spent } from "../stable/messages.ts";
import { usdText } from "../stable/money-text.ts";
import { StableError } from "../stable/stable-error.ts";
import type { Price } from "../stable/units.ts";
import { bookOf } from "./answer.ts";
import { mayAnswer } from "./answers.ts";
import { concedeTo, concession } from "./concessions.ts";
import { revisionFacts } from "./facts.ts";
import type { Incoming } from "./incoming.ts";
import { queuedFor } from "./outbox.ts";
import { dropped, forget, proposeNext } from "./pending.ts";
import type { Wish } from "./port.ts";
import { acceptOf, revisionOf } from "./propose.ts";
import { line, refuse } from "./refuse.ts";
import { balancesWith, commit, type Engine, type Live, now, peerAgreements } from "./state.ts";

/**
 * Journals and queues the proposal; the answer comes through `engine.waiters`.
 * @throws StableError with everything that speaks against it
 */
export async function revise(engine: Engine, live: Live, wish: Wish): Promise<void> {
  const { agreement } = live;
  refuseUnready(engine, live);
  if (wish.kind === "terms" && stateHash({ ...agreement, terms: wish.terms }) === agreement.stateHash) {
    throw new StableError("bad_argument", "The terms are these already; name another value.");
  }
  const usable = engine.deps.price.usable("open");
  if (!usable.ok) throw new StableError(usable.code, `Nothing can be changed now: ${usable.reason}.`);
  const fields =
    wish.kind === "terms"
      ? {
          target_after: agreement.targetMicro,
          backing_after: backingOf(agreement),
          reason: wish.kind,
          terms: wish.terms,
        }
      : await conversion(engine, agreement, wish, usable.price);
  await proposeNext(engine, agreement, sealRevise(agreement, { ...fields, price: usable.price }, now(engine.deps)));
}

function refuseUnready(engine: Engine, { agreement, open }: Live): void {
  const name = `${agreement.id.slice(0, 8)}…`;
  if (agreement.status !== "active" && agreement.status !== "underwater") {
    throw new StableError("conflict", `Agreement ${name} is ${agreement.status} and can't be changed.`);
  }
  if (engine.pending.get(agreement.id) !== undefined) {
    throw new StableError("conflict", `A proposal for ${name} still waits for its answer; try again in two minutes.`);
  }
  if (open !== undefined) {
    throw new StableError("conflict", `A settlement of ${name} is under way; try again when it is through.`);
  }
}

async function conversion(engine: Engine, agreement: Agreement, wish: TargetChange, at: Price) {
  if (agreement.side !== "receiver") {
    throw new StableError("conflict", "Only the stable receiver changes the target; ask the peer to do it.");
  }
  const target = targetAfter(agreement.targetMicro, wish);
  if (target === undefined) {
    throw new StableError(
      "bad_amount",
      `Of ${usdText(agreement.targetMicro)} nothing would be left; stopstable ends the agreement.`,
    );
  }
  if (target === agreement.targetMicro) {
    throw new StableError("bad_amount", `The target is ${usdText(target)} already.`);
  }
  const before = { targetMicro: agreement.targetMicro, backingMsat: backingOf(agreement) };
  const wanted = convert(before, target, at, agreement.terms.feeBps);
  if (!wanted.ok) throw new StableError("conflict", `${usdText(target)} is not possible now: ${wanted.reason}.`);
  const growth = await growthOf(engine, agreement);
  const problem = target > agreement.targetMicro ? holdingProblem(growth, wanted, at) : undefined;
  if (problem !== undefined) {
    const best = largestGrowth(agreement, growth, at, target);
    const most = best === undefined ? agreement.targetMicro : best.targetMicro;
    throw new StableError(
      problem.code === "insufficient_cover" ? "insufficient_cover" : "insufficient_balance",
      `${usdText(target)} is more than can be held: ${problem.reason}; the most that is possible is ${usdText(most - (most % 10_000n))}.`,
    );
  }
  return { target_after: target, backing_after: wanted.backingMsat, reason: wish.kind };
}

async function growthOf({ deps, state }: Engine, agreement: Agreement): Promise<Growth> {
  const peer = counterpartyOf(agreement);
  return {
    others: sumsOf(peerAgreements(state, peer).filter((a) => a.id !== agreement.id)),
    balances: balancesWith(await deps.node.channels(), peer, agreement.side),
    coverBps: agreement.terms.minCoverBps,
  };
}

export async function onRevise(engine: Engine, incoming: Incoming<Revise>, base: readonly Change[]): Promise<void> {
  const { agreement } = incoming;
  if (agreement === undefined) return commit(engine, base);
  const verdict = checkRevise(await revisionFacts(engine, incoming, agreement, "open"));
  if (!verdict.ok) return refuse(engine, incoming, base, verdict.code, verdict.reason, verdict.counter);
  if (verdict.kind === "repeat") return agreeTo(engine, incoming, agreement, agreement, base);
  const { message, peer } = incoming;
  const change = { fromMicro: agreement.targetMicro, toMicro: message.target_after, theirs: message.price };
  const price = concession(engine, peer, agreement, change);
  if (!price.ok) return refuse(engine, incoming, base, price.code, price.reason);
  await agreeTo(engine, incoming, agreement, verdict.agreement, base);
  concedeTo(engine, peer, price);
}

/** Signs the next rev of the peer's proposal, or the present one again. A proposal of ours for the same rev gives way. */
export async function agreeTo(
  engine: Engine,
  incoming: Incoming<Revise | Spent>,
  before: Agreement,
  after: Agreement,
  base: readonly Change[],
): Promise<void> {
  const { message, envelope, peer } = incoming;
  const { accept, acceptance } = await acceptOf(engine, after);
  const queue = queuedFor(engine, peer, accept, acceptance);
  if (after === before) {
    const again = mayAnswer(engine, peer, message.type) ? [queue] : [];
    return commit(engine, [...base, ...again, line("message_repeated", incoming, {})]);
  }
  const pending = engine.pending.get(before.id);
  await commit(engine, [
    ...base,
    { put: "agreement", agreement: after },
    ...(pending === undefined ? [] : [dropped(pending)]),
    revisionOf(after, message.type, envelope, now(engine.deps), acceptance),
    queue,
    line(`${message.type}_accepted`, incoming, { before: bookOf(before), after: bookOf(after) }),
  ]);
  if (pending !== undefined) forget(engine, before.id, { accepted: false, code: "conflict" });
}
