/** Money that came with a `settle`: what it does to the book. */
import { type Agreement, backingOf, type Side } from "./agreement.ts";
import { otherSide, paidTotal } from "./book.ts";
import { type OwnPrice, withinTolerance } from "./check.ts";
import { FUTURE_SECONDS, OLDEST_SECONDS, type Settle } from "./messages.ts";
import { dueOf, positionOf } from "./position.ts";
import type { Msat } from "./units.ts";

/** Said of a payment that was booked all the same. */
export const settleFlags = {
  after_end: "the agreement had ended on our side: the counters stay equal, and nothing more follows from it",
  late: "it arrived more than ten minutes after it was written",
  dated_ahead: "it is dated ahead of our clock",
  no_price: "we had no price to judge it by",
  price_dispute: "its price is outside the tolerance",
  more_than_due: "it is more than was due at its own price",
} as const satisfies Record<string, string>;

/** Why a payment is not a settlement; it stays ours, as native. */
export const nativeReasons = {
  repeated: "its number was booked before",
  wrong_seq: "its number is not the next",
  wrong_amount: "another amount arrived than it says",
  wrong_total: "its total does not follow from ours",
  exceeds_backing: "it is more than the whole backing",
} as const satisfies Record<string, string>;

export type SettleFlag = keyof typeof settleFlags;
export type NativeReason = keyof typeof nativeReasons;

export type SettleVerdict =
  | { book: "paid"; payer: Side; amountMsat: Msat; flags: SettleFlag[] }
  | { book: "native"; reason: NativeReason; text: string };

export interface SettleInput {
  agreement: Agreement;
  message: Settle;
  arrivedMsat: Msat;
  /** One more than the last number booked from this payer. */
  nextSeq: number;
  now: number;
  price: OwnPrice;
}

/** In the order they are asked; the first that applies makes the payment native. */
const nativeRules: readonly [NativeReason, (input: SettleInput, payer: Side) => boolean][] = [
  ["repeated", ({ message, nextSeq }) => message.seq < nextSeq],
  ["wrong_seq", ({ message, nextSeq }) => message.seq > nextSeq],
  ["wrong_amount", ({ message, arrivedMsat }) => message.amount_msat !== arrivedMsat],
  [
    "wrong_total",
    ({ agreement, message }, payer) => message.paid_total_after !== paidTotal(agreement, payer) + message.amount_msat,
  ],
  [
    "exceeds_backing",
    ({ agreement, message }, payer) => payer === "receiver" && message.amount_msat > backingOf(agreement),
  ],
];

/**
 * Booked when number, amount and total check out, whatever its age and price: the book follows the satoshis. An
 * agreement that only we have not seen accepted yet books too, its counters bind only once it is; so does one that only
 * we know to have ended, or the two records of what was paid would differ for good.
 */
export function checkSettle(input: SettleInput): SettleVerdict {
  const { agreement, message } = input;
  const payer = otherSide(agreement.side);
  const reason = nativeRules.find(([, applies]) => applies(input, payer))?.[0];
  if (reason !== undefined) return { book: "native", reason, text: nativeReasons[reason] };
  return { book: "paid", payer, amountMsat: message.amount_msat, flags: flagsOf(input, payer) };
}

function flagsOf({ agreement, message, now, price }: SettleInput, payer: Side): SettleFlag[] {
  const flags: SettleFlag[] = agreement.status === "ended" ? ["after_end"] : [];
  const age = now - message.at;
  if (age > OLDEST_SECONDS) flags.push("late");
  else if (age < -FUTURE_SECONDS) flags.push("dated_ahead");
  else if (!price.ok) flags.push("no_price");
  else if (!withinTolerance(message.price, price.price, agreement.terms.toleranceBps)) flags.push("price_dispute");
  const due = dueOf(positionOf(agreement), message.price);
  if (due?.payer !== payer || message.amount_msat > due.amountMsat) flags.push("more_than_due");
  return flags;
}
