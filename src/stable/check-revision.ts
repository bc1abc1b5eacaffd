/** Proposals for the next rev of an agreement in force, and the answers to our own. */
import { type Agreement, backingOf } from "./agreement.ts";
import { revised, sumsOf } from "./book.ts";
import { stateHash } from "./canonical.ts";
import { ageProblem, isLive, type OwnPrice, type Pending, priceProblem, type Refusal, refusal } from "./check.ts";
import { acceptableTerms, termsProblem } from "./check-propose.ts";
import { convert, type Holding, targetLeft } from "./convert.ts";
import { smaller } from "./integers.ts";
import { type Accept, deadlineOf, type End, FUTURE_SECONDS, type Reject, type Revise, type Spent } from "./messages.ts";
import type { Policy } from "./policy.ts";
import { actionDueOf, type Due, dueOf, positionOf } from "./position.ts";
import { coverOf, isCovered, nativeOf, type PeerBalances } from "./solvency.ts";
import { type Micro, type Msat, micro, msat, type Price } from "./units.ts";

export interface RevisionInput<M> {
  agreement: Agreement;
  message: M;
  now: number;
  price: OwnPrice;
  policy: Policy;
  balances: Pick<PeerBalances, "receiverMsat" | "stakeMsat">;
  /** All our agreements with this peer, this one among them. */
  withPeer: readonly Agreement[];
  /** The sum of all our live targets, with every peer. */
  totalMicro: bigint;
  /** Our own unanswered proposal for this agreement. */
  pending?: Pending;
  /** A settlement of ours is under way: the counters are about to change. */
  settling: boolean;
}

export type RevisionVerdict =
  /** The agreement of the next rev. `dropPending`: our own proposal for the same rev gives way. */
  | { ok: true; kind: "new"; agreement: Agreement; dropPending: boolean }
  /** It is our present rev already: only the accept has to go out again. */
  | { ok: true; kind: "repeat" }
  | Refusal;

export type EndVerdict =
  | RevisionVerdict
  /**
   * First `due` has to be paid: by us when `payer` is our side, else by the peer; then look at the end again. An amount
   * of 0 only waits for the outcome of our settlement under way.
   */
  | { ok: true; kind: "settle_first"; due: Due };

function isRepeat({ agreement, message }: RevisionInput<{ rev: number; state_hash: string }>): boolean {
  return message.rev === agreement.rev && message.state_hash === agreement.stateHash;
}

/** What holds for every proposal of a next rev. Of two that cross, the receiver's stands. */
function revProblem(input: RevisionInput<Revise | Spent | End>): Refusal | undefined {
  const { agreement, message, pending, now } = input;
  const old = ageProblem(message, now);
  if (old !== undefined) return old;
  if (!isLive(agreement)) return refusal("conflict", `the agreement is ${agreement.status}`);
  if (message.rev !== agreement.rev + 1) {
    return refusal("conflict", `rev ${message.rev} does not follow ours, ${agreement.rev}`);
  }
  if (pending !== undefined && agreement.side === "receiver" && pending.proposal.state_hash !== message.state_hash) {
    return refusal("conflict", "our own proposal for this rev stands");
  }
  return undefined;
}

function next(input: RevisionInput<Revise | Spent | End>): RevisionVerdict {
  const { agreement, message, now, pending } = input;
  const after = revised(agreement, message, now);
  if (after.stateHash !== message.state_hash) {
    return refusal("conflict", "the state hash is not that of our book with this change; compare by sync");
  }
  // An accept names the state alone. One of a change that changes nothing would be an accept of an end as well.
  if (message.type !== "end" && stateHash({ ...agreement, rev: message.rev }) === message.state_hash) {
    return refusal("conflict", "it changes nothing");
  }
  return { ok: true, kind: "new", agreement: after, dropPending: pending !== undefined };
}

/** A new target (only the receiver asks for that) or new terms (either may). */
export function checkRevise(input: RevisionInput<Revise>): RevisionVerdict {
  if (isRepeat(input)) return { ok: true, kind: "repeat" };
  const { agreement, message, price, policy, settling } = input;
  return (
    revProblem(input) ??
    (agreement.status === "active" || agreement.status === "underwater"
      ? undefined
      : refusal("conflict", `the agreement is ${agreement.status}`)) ??
    (settling ? refusal("conflict", "a settlement is under way; ask again when it is through") : undefined) ??
    priceProblem(message.price, price, Math.min(policy.toleranceBps, agreement.terms.toleranceBps)) ??
    (message.reason === "terms" ? newTermsProblem(input) : conversionProblem(input)) ??
    next(input)
  );
}

function newTermsProblem({ agreement, message, policy, price }: RevisionInput<Revise>): Refusal | undefined {
  if (message.terms === undefined) return refusal("conflict", "a revise for other terms has to name them");
  if (message.target_after !== agreement.targetMicro || message.backing_after !== backingOf(agreement)) {
    return refusal("conflict", "a revise for other terms may change no amount");
  }
  const weProvide = agreement.side === "provider";
  const problem = termsProblem(message.terms, policy, weProvide);
  if (problem === undefined || !price.ok) return problem;
  const { target_after: target, backing_after: backing } = message;
  const terms = acceptableTerms(message.terms, policy, weProvide);
  return { ...problem, counter: { target, backing, price: price.price, terms } };
}

function conversionProblem(input: RevisionInput<Revise>): Refusal | undefined {
  const { agreement, message } = input;
  if (agreement.side !== "provider") return refusal("policy", "only the receiver changes the target");
  if (message.terms !== undefined) return refusal("conflict", "new terms need a revise with the reason terms");
  const before = { targetMicro: agreement.targetMicro, backingMsat: backingOf(agreement) };
  const wanted = convert(before, message.target_after, message.price, agreement.terms.feeBps);
  if (!wanted.ok) return refusal("conflict", wanted.reason);
  if (wanted.backingMsat !== message.backing_after) {
    return refusal("conflict", `the backing after has to be ${wanted.backingMsat} msat, not ${message.backing_after}`);
  }
  if (message.target_after <= agreement.targetMicro) return undefined;
  const problem = capProblem(input) ?? holdingProblem(growthOf(input), wanted, message.price);
  return problem === undefined ? undefined : withCounter(problem, input);
}

/** The largest target the caps leave for this agreement. */
function capLeft({ agreement, withPeer, policy, totalMicro }: RevisionInput<Revise>): bigint {
  const others = sumsOf(withPeer.filter((a) => a.id !== agreement.id));
  const inAll = policy.maxTotalMicro - (totalMicro - agreement.targetMicro);
  return smaller(policy.maxPerPeerMicro - others.targetMicro, inAll);
}

function capProblem(input: RevisionInput<Revise>): Refusal | undefined {
  const left = capLeft(input);
  const wanted = input.message.target_after;
  if (wanted <= left) return undefined;
  return refusal("policy", `a target of ${wanted} micro-dollars; the caps leave ${left}`);
}

/** What a larger target has to be held by. */
export interface Growth {
  /** Sums over what else is agreed with this peer. */
  others: { targetMicro: bigint; backingMsat: bigint };
  balances: Pick<PeerBalances, "receiverMsat" | "stakeMsat">;
  coverBps: number;
}

function growthOf({ agreement, withPeer, balances, policy }: RevisionInput<Revise>): Growth {
  const others = sumsOf(withPeer.filter((a) => a.id !== agreement.id));
  return { others, balances, coverBps: Math.max(agreement.terms.minCoverBps, policy.minCoverBps) };
}

/** Whether native holds the larger backing, and the stake covers the larger target. Both sides ask it. */
export function holdingProblem(
  { others, balances, coverBps }: Growth,
  wanted: Holding,
  at: Price,
): Refusal | undefined {
  const targetMicro = others.targetMicro + wanted.targetMicro;
  const backingMsat = others.backingMsat + wanted.backingMsat;
  if (nativeOf(balances.receiverMsat, [backingMsat]) < 0n) {
    const has = `the receiver has ${balances.receiverMsat} msat`;
    return refusal("insufficient_balance", `backings of ${backingMsat} msat; ${has}`);
  }
  const cushion = { targetMicro, backingMsat, stakeMsat: balances.stakeMsat };
  if (isCovered(cushion, at, coverBps)) return undefined;
  const { dropBps } = coverOf(cushion, at);
  return refusal("insufficient_cover", `covered to a fall of ${dropBps} bps; at least ${coverBps} bps are asked for`);
}

/** The largest target above the present one, up to `most`, that native and stake can hold. */
export function largestGrowth(
  agreement: Agreement,
  growth: Growth,
  at: Price,
  most: bigint,
): { targetMicro: Micro; backingMsat: Msat } | undefined {
  const before = { targetMicro: agreement.targetMicro, backingMsat: backingOf(agreement) };
  let best: { targetMicro: Micro; backingMsat: Msat } | undefined;
  let [low, high]: [bigint, bigint] = [before.targetMicro + 1n, most];
  while (low <= high) {
    const middle = (low + high) / 2n;
    const wanted = convert(before, micro(middle), at, agreement.terms.feeBps);
    if (wanted.ok && holdingProblem(growth, wanted, at) === undefined) {
      best = { targetMicro: wanted.targetMicro, backingMsat: wanted.backingMsat };
      low = middle + 1n;
    } else high = middle - 1n;
  }
  return best;
}

function withCounter(problem: Refusal, input: RevisionInput<Revise>): Refusal {
  const { agreement, message, price } = input;
  if (!price.ok) return problem;
  const most = smaller(message.target_after, capLeft(input));
  const best = largestGrowth(agreement, growthOf(input), price.price, most);
  if (best === undefined) return problem;
  const { terms } = agreement;
  return { ...problem, counter: { target: best.targetMicro, backing: best.backingMsat, price: price.price, terms } };
}

/**
 * The receiver's spend took from the backing. It can only lower the target, in the exact proportion, by no more than
 * what is missing from the balance, and not while the receiver owes: a surplus may not be carried away.
 */
export function checkSpent(input: RevisionInput<Spent>): RevisionVerdict {
  if (isRepeat(input)) return { ok: true, kind: "repeat" };
  const { agreement, message, balances, withPeer, price, settling } = input;
  const problem = revProblem(input);
  if (problem !== undefined) return problem;
  if (agreement.side !== "provider") return refusal("policy", "only the receiver spends from the backing");
  if (settling) return refusal("conflict", "a settlement is under way; tell again when it is through");
  const before = { targetMicro: agreement.targetMicro, backingMsat: backingOf(agreement) };
  if (message.backing_after >= before.backingMsat) return refusal("conflict", "a spend has to lower the backing");
  const missing = -nativeOf(balances.receiverMsat, [sumsOf(withPeer).backingMsat]);
  if (before.backingMsat - message.backing_after > missing) {
    return refusal(
      "conflict",
      `only ${missing > 0n ? missing : 0n} msat of the backing are missing; native is spent first`,
    );
  }
  const left = targetLeft(before, message.backing_after);
  if (message.target_after !== left) {
    return refusal("conflict", `the target after has to be ${left} micro-dollars, not ${message.target_after}`);
  }
  if (!price.ok) return refusal("price_out_of_range", `whether the receiver owes can't be told: ${price.reason}`);
  const due = actionDueOf(positionOf(agreement), price.price);
  if (due?.payer === "receiver") return refusal("conflict", `${due.amountMsat} msat are due first`);
  return next(input);
}

/**
 * An end names the one price at which both settle up: whoever owes at it pays, and once that is less than a satoshi
 * the end is accepted. One price for both, since two that differ would have them pay each other back and forth.
 */
export function checkEnd(input: RevisionInput<End>): EndVerdict {
  const { agreement, message, price, policy, settling } = input;
  if (isRepeat(input) && agreement.status === "ended") return { ok: true, kind: "repeat" };
  const tolerance = Math.min(policy.toleranceBps, agreement.terms.toleranceBps);
  const problem = revProblem(input) ?? priceProblem(message.price, price, tolerance);
  if (problem !== undefined) return problem;
  if (settling) return { ok: true, kind: "settle_first", due: { payer: agreement.side, amountMsat: msat(0n) } };
  const due = dueOf(positionOf(agreement), message.price);
  return due === undefined ? next(input) : { ok: true, kind: "settle_first", due };
}

export type AnswerVerdict = { ok: true; kind: "ours" | "repeat" } | Refusal;

/**
 * An accept of our pending proposal. It counts when it arrives before the proposal's deadline (plus the clock
 * allowance), so that a price we bound ourselves to is no option for the other side.
 */
export function checkAccept(input: {
  message: Accept;
  now: number;
  pending?: Pending;
  agreement?: Pick<Agreement, "rev" | "stateHash" | "status">;
}): AnswerVerdict {
  const { message, now, pending, agreement } = input;
  // An ended rev 1 is a proposal of ours that lapsed, or channels that are gone: the peer has to learn of it.
  const lapsed = agreement?.status === "ended" && agreement.rev === 1;
  if (lapsed && pending === undefined) return refusal("stale", "the agreement has ended, or its proposal has lapsed");
  if (agreement !== undefined && agreement.status !== "proposed") {
    if (message.rev === agreement.rev && message.state_hash === agreement.stateHash)
      return { ok: true, kind: "repeat" };
  }
  if (pending === undefined) return refusal("conflict", "no proposal of ours waits for an answer");
  if (message.rev !== pending.rev || message.state_hash !== pending.proposal.state_hash) {
    return refusal("conflict", "the accept is not for the state we proposed");
  }
  const deadline = deadlineOf(pending.proposal);
  if (deadline !== undefined && now > deadline + FUTURE_SECONDS) {
    return refusal("stale", `the accept came ${now - deadline} s after the proposal's deadline`);
  }
  return { ok: true, kind: "ours" };
}

/** Whether a reject is for our pending proposal; one that names no state fits by its rev. */
export function rejectMatches(message: Reject, pending: Pending | undefined): boolean {
  if (pending === undefined || message.rev !== pending.rev) return false;
  return message.state_hash === undefined || message.state_hash === pending.proposal.state_hash;
}
