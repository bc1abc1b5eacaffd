/** The engine's face: what commands and screens may ask of the stable positions. Types only. */
import type { Channel } from "../node/port.ts";
import type { Agreement, Settlement, Side, Terms } from "../stable/agreement.ts";
import type { CarryOver, CarryStep } from "../stable/carry-over.ts";
import type { Difference } from "../stable/check-sync.ts";
import type { TargetChange } from "../stable/convert.ts";
import type { Micro, Msat, Price, Sat } from "../stable/units.ts";

/** An agreement as a person looks at it: the book, priced now. */
export interface AgreementView {
  agreement: Agreement;
  counterparty: string;
  backingMsat: Msat;
  /** Receiver balance less all backings with this peer; below zero only where a spend took from the backing. */
  nativeMsat: bigint;
  /** The rest is there only while a price is. */
  price?: Price;
  valueMicro?: Micro;
  /** Signed: positive, the receiver holds too much. */
  driftMicro?: bigint;
  driftBps?: number;
  /** The provider runs dry at this price, and how far below the present one that is. */
  coveredTo?: Price;
  coveredDropBps?: number;
  /** What the provider owes now and can't send; unset when there is nothing. */
  missingMsat?: Msat;
  /** Half the cushion between the agreed price and the one at which the provider runs dry is gone. */
  thin?: boolean;
  /** Successful settlements, both directions; what we paid and got in them. */
  settlements: number;
  paidMsat: Msat;
  receivedMsat: Msat;
  lastSettlementAt?: number;
  inFlight: boolean;
  /** Whether our last settlement was paid can't be told; nothing more is paid before it can. */
  unknownOutcome?: boolean;
  /** How the peer's book differs, by its last sync. */
  differences?: readonly Difference[];
  /** It ended because no channel with the peer was left. */
  channelsGone?: true;
  /** It ended and is taken up again, or was. */
  carryOver?: CarryOverView;
}

/** How far an ended agreement is on its way to new channels. */
export interface CarryOverView {
  agreementId: string;
  side: Side;
  targetMicro: Micro;
  /** What it waits for or does; unset before the first look after a start, and once it is over. */
  step?: CarryStep;
  outcome?: NonNullable<CarryOver["outcome"]>;
  /** What the peer said to the last proposal, and what it would have accepted. */
  refusal?: string;
  counterMicro?: Micro;
}

/** What a payment would do to one agreement's dollars. */
export interface SpendEffect {
  agreementId: string;
  targetMicro: Micro;
  targetAfterMicro: Micro;
  /** What the payment takes from the backing, fees included. */
  fromBackingMsat: Msat;
  /** What is due from us and is settled before. */
  dueMsat: Msat;
}

/** A new target, or new terms. */
export type Wish = TargetChange | { kind: "terms"; terms: Terms };

export type CheckAction = "none" | "pay" | "await" | "partial" | "hold";

export interface CheckView {
  agreementId: string;
  action: CheckAction;
  dueMsat: Msat;
  reason: string;
}

/** The fee of one conversion, where we are the provider: backing without target, which the next settlement pays. */
export interface ConversionFee {
  agreementId: string;
  /** The receiver. */
  peer: string;
  at: number;
  feeMicro: Micro;
  /** At the price of the conversion. */
  feeMsat: Msat;
}

/** The engine's face for commands. Errors are StableError with the codes of src/errors.ts. */
export interface StablePort {
  /**
   * Proposes an agreement to the channel's peer and waits for its answer.
   * @throws insufficient_balance (says the most that is possible), insufficient_cover, no_price, stale_price, rejected,
   *   conflict, peer_unreachable, timeout
   */
  start(request: {
    channel: Channel;
    side: Side;
    targetMicro: Micro;
    keepNativeMsat: Msat;
    /** Propose the peer's counter-offer at once, if it makes one. */
    acceptCounter?: boolean;
  }): Promise<AgreementView>;
  /**
   * Changes the target (the receiver only) or the terms (either), and waits for the peer's answer.
   * @throws unknown_agreement, conflict, bad_amount, insufficient_balance, insufficient_cover, no_price, stale_price,
   *   rejected (with the counter-offer, if there is one), timeout
   */
  revise(agreementId: string, wish: Wish, acceptCounter: boolean): Promise<AgreementView>;
  /** Live ones first, then the last ended ones. */
  list(): Promise<AgreementView[]>;
  settlements(agreementId: string): Promise<Settlement[]>;
  /**
   * A person says how a settlement of ours ended whose outcome nobody can tell.
   * @throws unknown_settlement; conflict where the outcome is known, or may yet be told
   */
  resolve(paymentId: string, resolution: "paid" | "failed"): Promise<Settlement>;
  /** Looks at one position, or all, now; pays what is due from us. */
  check(agreementId?: string): Promise<CheckView[]>;
  /** Settles what is due, agrees on the end with the peer. */
  stop(agreementId: string): Promise<{ settledMsat: Msat; view: AgreementView }>;
  /** What a payment of this size, fees included, would do to the dollars held; empty where native pays for it. */
  spendEffects(amountMsat: Msat): Promise<SpendEffect[]>;
  /** Settles what is due from us on the agreements such a payment would touch, then says what it does to them. */
  prepareSpend(amountMsat: Msat): Promise<SpendEffect[]>;
  /** A person says that a frozen agreement goes on; our book goes to the peer. @throws unknown_agreement, conflict */
  resume(agreementId: string): Promise<AgreementView>;
  /**
   * Takes an ended agreement up again: the wish is kept over restarts and carried out step by step, until it is done or
   * called off. Comes back once the first steps are through.
   * @throws unknown_agreement, conflict, bad_amount
   */
  carryOver(agreementId: string, request: { sizeSat?: Sat; acceptLess: boolean }): Promise<CarryOverView>;
  /** @throws conflict where nothing is being taken up */
  cancelCarryOver(agreementId: string): Promise<CarryOverView>;
  /** Live agreements that need this peer's channels: closing one of these may have to settle first. */
  withPeer(nodeId: string): Promise<AgreementView[]>;
  /** What conversions earned us as a provider since then (unix seconds), the newest last. */
  conversionFees(sinceAt: number): Promise<ConversionFee[]>;
}
