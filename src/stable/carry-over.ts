/**
 * Taking up an agreement again after its channels are closed: what comes next, from what is there now. Money that is on
 * chain can't flow into a channel by itself, and a channel its receiver opens holds nothing of the provider. So the
 * receiver opens one from its own coins, the provider brings its stake by another, and the old target is proposed anew
 * (docs/protocol.md, "Carrying an agreement over"). Pure: the engine gathers the facts and carries the step out.
 */
import type { Side, Terms } from "./agreement.ts";
import type { OwnPrice } from "./check.ts";
import { ceilDiv, larger, smaller } from "./integers.ts";
import { isCovered, stakeForCover } from "./solvency.ts";
import { backingFloor, type Micro, MSAT_PER_SAT, type Msat, micro, msat, type Sat, sat, valueFloor } from "./units.ts";

/** A wish, and how far it came. One per ended agreement. */
export interface CarryOver {
  agreementId: string;
  peer: string;
  side: Side;
  targetMicro: Micro;
  terms: Terms;
  /** The receiver: the channel to open. The provider: the stake's channel; left out, as much as the backing. */
  sizeSat?: Sat;
  /** Whether a smaller target will do where the old one is more than can be held. */
  acceptLess: boolean;
  /** False: the provider began it, by its policy, since the receiver had proposed. */
  byHand: boolean;
  /** Unix seconds. */
  createdAt: number;
  /** Channels tried; since when; the last one, if the node has said which it is; whether it was funded. */
  opens: number;
  openedAt?: number;
  userChannelId?: string;
  funded?: true;
  /** The receiver's proposals: how many, the last, when, and what the peer said to it. */
  asks: number;
  proposalId?: string;
  askedAt?: number;
  /** It was made although the stake was too thin, as a call for more. */
  askedThin?: true;
  refusal?: string;
  counterMicro?: Micro;
  /** How it ended: the new agreement's id, or why not. */
  outcome?: { kind: "done"; agreementId: string } | { kind: "cancelled" } | { kind: "failed"; reason: string };
}

export interface CarryFacts {
  price: OwnPrice;
  /** Of the ready channels with the peer; the backings that other agreements with it take. */
  receiverMsat: Msat;
  stakeMsat: Msat;
  readyChannels: number;
  others: { targetMicro: bigint; backingMsat: bigint };
  /** A channel with the peer that is not ready yet. */
  opening?: { confirmations: number; required: number };
  /** On chain: what can be spent, what has to stay, what of closed channels with the peer is still on its way. */
  spendableSat: bigint;
  reserveSat: bigint;
  returning: { amountSat: bigint; untilHeight?: number };
  connected: boolean;
  /** The proposal made last has no answer yet. */
  proposed: boolean;
  /** As provider: the least cover by our own policy. */
  minCoverBps: number;
}

export type CarryStep =
  /**
   * The receiver's proposal stands. `thin`: it asks for the provider's stake, and while the provider has nothing in any
   * channel it can't even answer.
   */
  | { step: "answer"; thin: boolean }
  | { step: "confirm"; confirmations: number; required: number }
  | { step: "price"; reason: string }
  /** Money is on its way back from a closed channel. */
  | { step: "sweep"; amountSat: bigint; untilHeight?: number }
  /** More is needed on chain than there is, or ever will be. */
  | { step: "funds"; neededSat: bigint; spendableSat: bigint }
  /** The channels that are there can't hold the target. */
  | { step: "small"; mostMicro: Micro }
  | { step: "connect" }
  | { step: "open"; amountSat: Sat }
  /** The receiver proposes; `thin`: the provider's stake is missing, and the proposal asks for it. */
  | { step: "propose"; targetMicro: Micro; thin: boolean }
  /** The provider has done its part, or can't begin: it is for the receiver to come. */
  | { step: "receiver"; ready: boolean };

/** Smaller ones are mostly reserve. */
export const LEAST_CHANNEL_SAT = 20_000n;
/** What the commitment transaction and the messages may take of a channel of its opener's. */
const COMMITMENT_SAT = 5_000n;
/** Room for the funding transaction's fee; its true size is only known once the wallet built it. */
const FUNDING_FEE_SAT = 1_000n;
/** The receiver's messages cost a millisatoshi each. */
const MESSAGES_MSAT = 1_000n;
/** LDK's channel reserve: 1 %, and at least this. */
const SHARE_IN_RESERVE = 100n;
const LEAST_RESERVE_SAT = 1_000n;

export function nextStep(wish: CarryOver, facts: CarryFacts): CarryStep {
  if (facts.proposed) return { step: "answer", thin: wish.askedThin === true };
  if (facts.opening !== undefined) return { step: "confirm", ...facts.opening };
  if (!facts.price.ok) return { step: "price", reason: facts.price.reason };
  const at = { ...facts, present: facts.price.price };
  return wish.side === "receiver" ? receiverStep(wish, at) : providerStep(wish, at);
}

type Priced = CarryFacts & { present: Extract<OwnPrice, { ok: true }>["price"] };

function receiverStep(wish: CarryOver, facts: Priced): CarryStep {
  const { present, others, receiverMsat, stakeMsat } = facts;
  const counter = wish.acceptLess ? wish.counterMicro : undefined;
  const wanted = micro(smaller(wish.targetMicro, counter ?? wish.targetMicro));
  const free = msat(larger(0n, receiverMsat - others.backingMsat - MESSAGES_MSAT));
  const most = micro(valueFloor(free, present));
  const held = most >= wanted ? wanted : wish.acceptLess ? most : undefined;
  if (facts.readyChannels > 0 && held !== undefined && held > 0n) {
    const all = {
      targetMicro: others.targetMicro + held,
      backingMsat: others.backingMsat + backingFloor(held, present),
      stakeMsat,
    };
    return { step: "propose", targetMicro: held, thin: !isCovered(all, present, wish.terms.minCoverBps) };
  }
  if (wish.funded === true) return { step: "small", mostMicro: most };
  const least = backingFloor(wanted, present) / MSAT_PER_SAT + COMMITMENT_SAT;
  const needed = larger(LEAST_CHANNEL_SAT, wish.acceptLess ? 0n : least);
  return opening(facts, needed, larger(wish.sizeSat ?? 0n, needed));
}

function providerStep(wish: CarryOver, facts: Priced): CarryStep {
  const { present, others, receiverMsat, stakeMsat } = facts;
  const backing = backingFloor(wish.targetMicro, present);
  if (facts.readyChannels === 0 || receiverMsat - others.backingMsat < backing) {
    return { step: "receiver", ready: false };
  }
  const all = { targetMicro: others.targetMicro + wish.targetMicro, backingMsat: others.backingMsat + backing };
  const cover = Math.max(wish.terms.minCoverBps, facts.minCoverBps);
  const missing = stakeForCover(all, present, cover) - stakeMsat;
  if (missing <= 0n || wish.funded === true) return { step: "receiver", ready: true };
  // As much as the receiver has in it, which is what a channel opened just in time would bring.
  const stake = ceilDiv(larger(missing, backing), MSAT_PER_SAT);
  const size = wish.sizeSat ?? stake + stake / (SHARE_IN_RESERVE - 1n) + LEAST_RESERVE_SAT + COMMITMENT_SAT;
  return opening(facts, larger(size, LEAST_CHANNEL_SAT), size);
}

/** From what is on chain: `wanted` where there is as much, at least `needed`, waiting for what is still to come back. */
function opening(facts: CarryFacts, needed: bigint, wanted: bigint): CarryStep {
  const { returning, spendableSat, reserveSat, connected } = facts;
  const room = spendableSat - reserveSat - FUNDING_FEE_SAT;
  if (room < wanted && returning.amountSat > 0n) return { step: "sweep", ...returning };
  if (room < needed) return { step: "funds", neededSat: needed + reserveSat + FUNDING_FEE_SAT, spendableSat };
  if (!connected) return { step: "connect" };
  return { step: "open", amountSat: sat(smaller(room, larger(wanted, needed))) };
}
