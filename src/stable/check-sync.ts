/** Messages that change no book: a claim reminds, a sync compares. */
import type { Agreement } from "./agreement.ts";
import { otherSide, paidTotal } from "./book.ts";
import { ageProblem, isLive, type OwnPrice, type Pending, type Refusal, refusal, withinTolerance } from "./check.ts";
import { type Claim, deadlineOf, FUTURE_SECONDS, type Sync } from "./messages.ts";
import { actionDueOf, type Due, dueOf, positionOf } from "./position.ts";

export type ClaimVerdict =
  /** We owe and have to act, at our own price. */
  | { ok: true; claim: "owed"; due: Due }
  /** At our price it is not yet time, though `due` may be ours; the peer's price is within the tolerance. */
  | { ok: true; claim: "not_due"; due?: Due }
  /** The prices lie further apart than agreed, or we have none. */
  | { ok: true; claim: "price_dispute" | "no_price" }
  | Refusal;

export function checkClaim(input: {
  agreement: Agreement;
  message: Claim;
  now: number;
  price: OwnPrice;
}): ClaimVerdict {
  const { agreement, message, now, price } = input;
  const old = ageProblem(message, now);
  if (old !== undefined) return old;
  if (!isLive(agreement)) return refusal("conflict", `the agreement is ${agreement.status}`);
  if (!price.ok) return { ok: true, claim: "no_price" };
  if (!withinTolerance(message.price, price.price, agreement.terms.toleranceBps)) {
    return { ok: true, claim: "price_dispute" };
  }
  const position = positionOf(agreement);
  const due = actionDueOf(position, price.price);
  if (due?.payer === agreement.side) return { ok: true, claim: "owed", due };
  const soon = dueOf(position, price.price);
  return soon?.payer === agreement.side ? { ok: true, claim: "not_due", due: soon } : { ok: true, claim: "not_due" };
}

/** How the peer's book, as its sync tells, differs from ours. */
export const syncDifferences = {
  state: "the same rev, but another state: one of the two books is wrong",
  peer_behind: "the peer is at an earlier rev; it may have missed our accept, or let its proposal lapse",
  peer_ahead: "the peer is at a later rev than any we know of",
  peer_accepted: "the peer is at the rev we proposed: its accept was lost on the way, and this stands for it",
  peer_accepted_late: "the peer is at the rev we proposed, but the proposal's deadline has passed",
  we_paid_more: "the peer has booked less of what we paid than we have",
  we_paid_less: "the peer has booked more of what we paid than we have",
  peer_paid_more: "the peer says it paid more than we have booked",
  peer_paid_less: "the peer says it paid less than we have booked",
} as const satisfies Record<string, string>;

export type SyncDifference = keyof typeof syncDifferences;

export interface Difference {
  kind: SyncDifference;
  /** Ours and the peer's figure: a rev, or msat. */
  ours: bigint;
  theirs: bigint;
}

export interface SyncInput {
  agreement: Agreement;
  message: Sync;
  now: number;
  pending?: Pending;
}

export type SyncVerdict = { ok: true; differences: Difference[] } | Refusal;

/**
 * Compares; resolves nothing. A counter that runs behind may be a settlement under way; one that stays behind is settled
 * by the signed record of it.
 */
export function checkSync(input: SyncInput): SyncVerdict {
  const { agreement, message, now } = input;
  const old = ageProblem(message, now);
  if (old !== undefined) return old;
  const ours = paidTotal(agreement, agreement.side);
  const theirs = paidTotal(agreement, otherSide(agreement.side));
  const found: (Difference | undefined)[] = [
    revDifference(input),
    counterDifference(ours, message.paid_by_you, "we_paid_more", "we_paid_less"),
    counterDifference(theirs, message.paid_by_me, "peer_paid_less", "peer_paid_more"),
  ];
  return { ok: true, differences: found.filter((difference) => difference !== undefined) };
}

function counterDifference(
  ours: bigint,
  theirs: bigint,
  oursMore: SyncDifference,
  oursLess: SyncDifference,
): Difference | undefined {
  return ours === theirs ? undefined : { kind: ours > theirs ? oursMore : oursLess, ours, theirs };
}

function revDifference(input: SyncInput): Difference | undefined {
  const kind = revDifferenceKind(input);
  if (kind === undefined) return undefined;
  return { kind, ours: BigInt(input.agreement.rev), theirs: BigInt(input.message.rev) };
}

function revDifferenceKind({ agreement, message, now, pending }: SyncInput): SyncDifference | undefined {
  if (pending !== undefined && message.rev === pending.rev && message.state_hash === pending.proposal.state_hash) {
    const deadline = deadlineOf(pending.proposal);
    return deadline === undefined || now <= deadline + FUTURE_SECONDS ? "peer_accepted" : "peer_accepted_late";
  }
  if (message.rev < agreement.rev) return "peer_behind";
  if (message.rev > agreement.rev) return "peer_ahead";
  return message.state_hash === agreement.stateHash ? undefined : "state";
}
