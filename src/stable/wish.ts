/**
 * A wish made with an invoice: once it is paid, so many dollars of it shall be stable. It is the receiver's own, and the
 * receiver proposes: whoever wants dollars signs for them, nothing unsigned goes beside the protocol, and the provider
 * judges the proposal by its policy as any other. Pure.
 */
import type { ErrorCode } from "../errors.ts";
import type { Agreement } from "./agreement.ts";
import { counterpartyOf } from "./book.ts";
import type { Micro } from "./units.ts";

export type WishStatus = "waiting" | "agreed" | "refused" | "expired" | "cancelled";

export interface StableWish {
  /** Of the invoice. */
  paymentHash: string;
  /** The provider that was thought of: the LSP of the invoice. */
  peer: string;
  targetMicro: Micro;
  createdAt: number;
  /** Of the invoice. */
  expiresAt: number;
  status: WishStatus;
  paidAt?: number;
  agreementId?: string;
  /** Why it is not agreed yet, or was given up. */
  reason?: string;
  attempts: number;
  /** Not tried again before this. */
  retryAt?: number;
}

/** HTLCs of a payment that was under way when its invoice expired may still come. */
const LATE_SECONDS = 3_600;
/** A peer that was away or a price on hold: after a day nobody counts on it any more. */
const PATIENCE_SECONDS = 86_400;
const FIRST_PAUSE_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 600;

/** What may be otherwise in a while. Everything else is the answer. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "no_price",
  "stale_price",
  "peer_unreachable",
  "timeout",
  "conflict",
  "deadline",
  "node_not_running",
]);

/** A payment that has only just arrived may lack in the balances that a proposal is judged by. */
const settling: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["insufficient_balance", "insufficient_cover"]);
const SETTLING_ATTEMPTS = 3;

export type WishStep =
  | { do: "nothing" }
  /** Propose now. */
  | { do: "propose" }
  | { do: "put"; wish: StableWish };

interface WishFacts {
  now: number;
  paid: boolean;
  /** A usable channel with the peer is there. */
  channel: boolean;
  /** All that are live or ended lately. */
  agreements: readonly Agreement[];
  /** Agreements that other wishes led to. */
  taken: ReadonlySet<string>;
}

/** The one a proposal for this wish led to, also where nobody lived to write that down. */
function madeFor(wish: StableWish, { agreements, taken }: WishFacts): Agreement | undefined {
  const since = wish.paidAt;
  if (since === undefined) return undefined;
  return agreements.find(
    (one) =>
      counterpartyOf(one) === wish.peer &&
      one.side === "receiver" &&
      one.proposedByUs &&
      one.createdAt >= since &&
      one.status !== "ended" &&
      !taken.has(one.id),
  );
}

export function stepOfWish(wish: StableWish, facts: WishFacts): WishStep {
  const { now, paid, channel } = facts;
  if (wish.status !== "waiting") return { do: "nothing" };
  if (wish.paidAt === undefined) {
    if (paid) return { do: "put", wish: { ...wish, paidAt: now } };
    if (now <= wish.expiresAt + LATE_SECONDS) return { do: "nothing" };
    return { do: "put", wish: { ...wish, status: "expired", reason: "the invoice expired unpaid" } };
  }
  const made = madeFor(wish, facts);
  if (made?.status === "proposed") return { do: "nothing" };
  if (made !== undefined) return { do: "put", wish: agreedWish(wish, made.id) };
  if (now > wish.paidAt + PATIENCE_SECONDS) {
    const reason = `not agreed within a day${wish.reason === undefined ? "" : `: ${wish.reason}`}`;
    return { do: "put", wish: { ...wish, status: "expired", reason } };
  }
  if (!channel || (wish.retryAt !== undefined && now < wish.retryAt)) return { do: "nothing" };
  return { do: "propose" };
}

export function agreedWish({ reason: _, retryAt: __, ...wish }: StableWish, agreementId: string): StableWish {
  return { ...wish, status: "agreed", agreementId };
}

/** After a proposal that came to nothing: tried again later where that may help, else given up, with the reason. */
export function afterRefusal(wish: StableWish, code: ErrorCode, reason: string, now: number): StableWish {
  const attempts = wish.attempts + 1;
  const { retryAt: _, ...rest } = wish;
  const again = passing.has(code) || (settling.has(code) && attempts < SETTLING_ATTEMPTS);
  if (!again) return { ...rest, attempts, status: "refused", reason };
  const pause = Math.min(FIRST_PAUSE_SECONDS * 2 ** Math.min(wish.attempts, 10), LONGEST_PAUSE_SECONDS);
  return { ...rest, attempts, reason, retryAt: now + pause };
}
