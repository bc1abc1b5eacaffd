/** What all checks of incoming messages share. The signature was verified against the peer's node id before. */
import type { Agreement } from "./agreement.ts";
import { absolute, BPS } from "./integers.ts";
import { FUTURE_SECONDS, lifetimes, type Message, type Proposal, type Reject, type RejectCode } from "./messages.ts";
import type { Price } from "./units.ts";

/** Nothing changes; `code` and, where there is one, `counter` go back to the peer. */
export interface Refusal {
  ok: false;
  code: RejectCode;
  /** In words, for our own screen and audit log. */
  reason: string;
  counter?: NonNullable<Reject["counter"]>;
}

/** The accepted price fresh enough for the purpose, or why there is none. */
export type OwnPrice = { ok: true; price: Price } | { ok: false; reason: string };

/** A proposal of ours that has no answer yet. */
export interface Pending {
  proposal: Proposal;
  /** The rev it would make: 1 for a propose. */
  rev: number;
}

export function refusal(code: RejectCode, reason: string): Refusal {
  return { ok: false, code, reason };
}

/** Too old on arrival, or from the future, for types whose age matters (see `lifetimes`). */
export function ageProblem(message: Message, now: number): Refusal | undefined {
  const oldest = lifetimes[message.type].arriveSeconds;
  if (oldest === undefined) return undefined;
  const age = now - message.at;
  if (age > oldest) return refusal("stale", `the ${message.type} is ${age} s old; at most ${oldest} s`);
  if (age < -FUTURE_SECONDS) return refusal("stale", `the ${message.type} is dated ${-age} s ahead of our clock`);
  return undefined;
}

/** `|theirs - ours| <= ours * tolerance`, as integers. */
export function withinTolerance(theirs: Price, ours: Price, toleranceBps: number): boolean {
  return absolute(theirs - ours) * BPS <= ours * BigInt(toleranceBps);
}

export function priceProblem(theirs: Price, ours: OwnPrice, toleranceBps: number): Refusal | undefined {
  if (!ours.ok) return refusal("price_out_of_range", `we have no price to judge by: ${ours.reason}`);
  if (withinTolerance(theirs, ours.price, toleranceBps)) return undefined;
  return refusal(
    "price_out_of_range",
    `the peer's price ${theirs} is not within ${toleranceBps} bps of ours, ${ours.price}`,
  );
}

/** The statuses in which the book is in force. */
export function isLive({ status }: Agreement): boolean {
  return status !== "proposed" && status !== "ended";
}
