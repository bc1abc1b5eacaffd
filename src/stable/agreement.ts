/** The book two peers share, as docs/protocol.md defines it. Types, and the one sum that defines the backing. */
import { type Micro, type Msat, msat, type Price, type SignedMsat } from "./units.ts";

/** Who holds dollars (receiver) and who holds the bitcoin exposure (provider). */
export type Side = "receiver" | "provider";

export type AgreementStatus = "proposed" | "active" | "underwater" | "frozen" | "ending" | "ended";

/** What both peers sign up to besides the amounts; part of `state_hash`. */
export interface Terms {
  /** Act when the drift is at least this share of the target, in 1/100 of a percent... */
  bandBps: number;
  /** ...and at least this many micro-dollars. */
  floorMicro: Micro;
  /** A position is looked at on every accepted price, but at most this often. */
  checkSeconds: number;
  /** Pause after a settlement before the next one; 0: none, one in flight at a time instead. */
  cooldownSeconds: number;
  /** How far the peers' prices may lie apart before a message is disputed. */
  toleranceBps: number;
  /** An opening is refused when the provider runs dry at a smaller price drop than this. */
  minCoverBps: number;
  /** Unanswered claims that freeze the agreement. */
  strikes: number;
  /** Fee on what a resize, buy or sell converts, kept by the provider. */
  feeBps: number;
}

/** A payload and the zbase32 node signature over exactly its bytes; kept as evidence. */
export interface Envelope {
  payload: string;
  signature: string;
}

export interface Agreement {
  /** 32 random bytes, hex. */
  id: string;
  /** Where it began; the agreement is secured by all usable channels between the two nodes. */
  channelId: string;
  receiver: string;
  provider: string;
  asset: "USD";
  /** Which of the two we are. */
  side: Side;
  /** Whether we made the proposal of rev 1. */
  proposedByUs: boolean;
  rev: number;
  targetMicro: Micro;
  /** Negative once the provider has paid more, net, than a later rev left as backing; the backing itself never is. */
  backing0Msat: SignedMsat;
  /** The two counters only grow, each written by one side. */
  paidByProviderMsat: Msat;
  paidByReceiverMsat: Msat;
  terms: Terms;
  status: AgreementStatus;
  /** Why it is frozen, ending or ended, in words. */
  reason?: string;
  stateHash: string;
  /** The price of the last agreed rev. */
  price: Price;
  createdAt: number;
  updatedAt: number;
  expiresAt?: number;
  lastSettlementAt?: number;
  strikes: number;
}

export type SettlementStatus =
  /** journaled; whether it was sent is not known until reconciled */
  | "intent"
  /** LDK took it */
  | "sent"
  | "succeeded"
  | "failed"
  /** can't be told; holds the agreement */
  | "unknown";

export interface Settlement {
  /** Payment id = payment hash = SHA-256(preimage), hex. */
  paymentId: string;
  agreementId: string;
  payer: Side;
  direction: "sent" | "received";
  /** Per payer, from 1; a failed attempt's number is used again by the next. */
  seq: number;
  amountMsat: Msat;
  price: Price;
  sources: number;
  paidTotalAfterMsat: Msat;
  /** Ours only. */
  preimage?: string;
  envelope: Envelope;
  status: SettlementStatus;
  /** What was wrong with a received one that was booked all the same. */
  flag?: string;
  createdAt: number;
  resolvedAt?: number;
}

/** `backing = backing0 + paid_by_provider - paid_by_receiver`; it moves by exactly the msat that were paid. */
export function backingOf(a: Pick<Agreement, "backing0Msat" | "paidByProviderMsat" | "paidByReceiverMsat">): Msat {
  return msat(a.backing0Msat + a.paidByProviderMsat - a.paidByReceiverMsat);
}
