/** What our side should do about one agreement now. Pure: the engine gathers the facts and carries the answer out. */
import type { Agreement } from "./agreement.ts";
import { smaller } from "./integers.ts";
import { actionDueOf, type Due, dueOf, positionOf } from "./position.ts";
import { MSAT_PER_SAT, type Msat, msat, type Price } from "./units.ts";

export interface Facts {
  agreement: Agreement;
  /** The accepted price fresh enough for settling, or why there is none; while ending, the price of the end. */
  price: { ok: true; price: Price } | { ok: false; reason: string };
  /** The most one payment of ours can carry now; 0 while the peer is away. */
  sendableMsat: Msat;
  /** The least one payment must carry (the channel's HTLC minimum). */
  leastSendableMsat?: Msat;
  /** All we could send with several payments: below what is due, we can't meet it. */
  spendableMsat: Msat;
  peerConnected: boolean;
  /** What the peer should see by its last message; what is ours to pay has to be due at it too. */
  peerPrice?: Price;
  /** Our own last settlement: none open, one under way, or one whose fate can't be told. */
  outstanding: "none" | "in_flight" | "unknown";
  /** What is wrong with the disk that a payment has to be journaled on, if anything is. */
  diskProblem?: string;
  /** Unix seconds. */
  now: number;
  /** When this position was last looked at; leave out to look whatever the interval. */
  lastCheckAt?: number;
}

export const holdReasons = {
  not_agreed: "the agreement is not signed by both yet",
  ended: "the agreement has ended",
  frozen: "the agreement is frozen",
  disk_full: "the disk is nearly full",
  unknown_outcome: "the outcome of our last settlement can't be told yet",
  in_flight: "our last settlement is still under way",
  no_price: "there is no usable price",
  checked_lately: "it was checked a moment ago",
  cooldown: "the pause after the last settlement is not over",
  peer_price: "at the price the peer settles by, nothing is due from us yet",
  peer_away: "the peer is not connected",
  dry: "nothing of what is due can be sent",
} as const satisfies Record<string, string>;

export type HoldCode = keyof typeof holdReasons;

export type Decision =
  /** Within the band, or less than a satoshi. */
  | { action: "none" }
  /** We owe and can. */
  | { action: "pay"; due: Due; amountMsat: Msat }
  /** We owe more than one payment can carry: pay that. `short`: more even than all payments together could. */
  | { action: "partial"; due: Due; amountMsat: Msat; short: boolean }
  /** The peer owes. */
  | { action: "await"; due: Due }
  /** Nothing may be done now. `due` is there when it is known that somebody has to act. */
  | { action: "hold"; code: HoldCode; reason: string; due?: Due };

/** Holds in the order they are asked; the first that applies is the answer. */
const holds: readonly [HoldCode, (facts: Facts) => boolean][] = [
  ["not_agreed", ({ agreement }) => agreement.status === "proposed"],
  ["ended", ({ agreement }) => agreement.status === "ended"],
  ["disk_full", ({ diskProblem }) => diskProblem !== undefined],
  ["no_price", ({ price }) => !price.ok],
  ["unknown_outcome", ({ outstanding }) => outstanding === "unknown"],
  ["in_flight", ({ outstanding }) => outstanding === "in_flight"],
  ["frozen", ({ agreement }) => agreement.status === "frozen"],
  [
    "checked_lately",
    (facts) => !isEnding(facts) && within(facts.lastCheckAt, facts.agreement.terms.checkSeconds, facts.now),
  ],
  ["cooldown", (facts) => !isEnding(facts) && coolsDown(facts.agreement, facts.now)],
];

function isEnding({ agreement }: Facts): boolean {
  return agreement.status === "ending";
}

function coolsDown({ lastSettlementAt, terms }: Agreement, now: number): boolean {
  return within(lastSettlementAt, terms.cooldownSeconds, now);
}

/** Whether less than `seconds` passed since `since`; a clock that went back does not stop us. */
function within(since: number | undefined, seconds: number, now: number): boolean {
  return since !== undefined && now >= since && now - since < seconds;
}

/** While ending, everything from one satoshi on is due; else what the act rule says. */
function dueNow(facts: Facts, price: Price): Due | undefined {
  const position = positionOf(facts.agreement);
  return isEnding(facts) ? dueOf(position, price) : actionDueOf(position, price);
}

export function decide(facts: Facts): Decision {
  const due = facts.price.ok ? dueNow(facts, facts.price.price) : undefined;
  const hold = holds.find(([, applies]) => applies(facts))?.[0];
  if (hold !== undefined) return held(hold, due, facts);
  if (due === undefined) return { action: "none" };
  if (due.payer !== facts.agreement.side) return { action: "await", due };
  if (excused(facts)) return held("peer_price", due, facts);
  if (!facts.peerConnected) return held("peer_away", due, facts);
  if (facts.sendableMsat >= due.amountMsat && due.amountMsat >= (facts.leastSendableMsat ?? 0n)) {
    return { action: "pay", due, amountMsat: due.amountMsat };
  }
  const amountMsat = wholeSats(smaller(facts.sendableMsat, due.amountMsat));
  if (amountMsat === 0n || amountMsat < (facts.leastSendableMsat ?? 0n)) return held("dry", due, facts);
  return { action: "partial", due, amountMsat, short: facts.spendableMsat < due.amountMsat };
}

/** At the peer's price we owe nothing: paying would only have it pay back. */
function excused({ agreement, peerPrice, ...facts }: Facts): boolean {
  if (peerPrice === undefined || isEnding({ agreement, ...facts })) return false;
  return actionDueOf(positionOf(agreement), peerPrice)?.payer !== agreement.side;
}

function wholeSats(amount: bigint): Msat {
  return msat((amount / MSAT_PER_SAT) * MSAT_PER_SAT);
}

function held(code: HoldCode, due: Due | undefined, facts: Facts): Decision {
  const detail = detailOf(code, facts);
  const reason = detail === undefined ? holdReasons[code] : `${holdReasons[code]}: ${detail}`;
  return due === undefined ? { action: "hold", code, reason } : { action: "hold", code, reason, due };
}

function detailOf(code: HoldCode, { price, agreement, diskProblem }: Facts): string | undefined {
  if (code === "no_price") return price.ok ? undefined : price.reason;
  if (code === "frozen") return agreement.reason;
  return code === "disk_full" ? diskProblem : undefined;
}
