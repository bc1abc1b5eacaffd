/** A `propose` from a peer: accept it or say why not, with what would do instead where that helps. */
import type { Agreement, Terms } from "./agreement.ts";
import { proposedAgreement, sumsOf } from "./book.ts";
import { ageProblem, isLive, type OwnPrice, priceProblem, type Refusal, refusal } from "./check.ts";
import { smaller } from "./integers.ts";
import { OLDEST_SECONDS, type Propose } from "./messages.ts";
import type { Policy } from "./policy.ts";
import { type Cover, coverOf, isCovered, largestTarget, nativeOf, type PeerBalances } from "./solvency.ts";
import { backingFloor, micro } from "./units.ts";

export interface ProposeInput {
  message: Propose;
  us: string;
  peer: string;
  now: number;
  /** Fresh enough for opening. */
  price: OwnPrice;
  policy: Policy;
  /** Ids of the ready channels with this peer. */
  channelIds: readonly string[];
  /** Of those channels, for the side the proposal gives us. */
  balances: Pick<PeerBalances, "receiverMsat" | "stakeMsat">;
  /** The agreement that has this id already, if any. */
  existing?: Agreement;
  /** All our agreements with this peer. */
  withPeer: readonly Agreement[];
  /** The sum of all our live targets, with every peer. */
  totalMicro: bigint;
}

export type ProposeVerdict =
  | { ok: true; kind: "new"; agreement: Agreement; cover: Cover }
  /** We accepted this very proposal before: only the accept has to go out again. */
  | { ok: true; kind: "repeat"; agreement: Agreement }
  | Refusal;

type Rule = (input: ProposeInput) => Refusal | undefined;

const unless = (holds: boolean, code: Refusal["code"], reason: string): Refusal | undefined =>
  holds ? undefined : refusal(code, reason);

const rules: readonly Rule[] = [
  ({ existing }) => unless(existing === undefined, "conflict", "another agreement has this id"),
  ({ message, now }) => ageProblem(message, now),
  ({ message, now }) => unless(message.expires_at > now, "stale", "the proposal has expired"),
  ({ message: m }) =>
    unless(m.expires_at <= m.at + OLDEST_SECONDS, "policy", `a proposal may stand for ${OLDEST_SECONDS} s at most`),
  ({ message, channelIds }) =>
    unless(channelIds.includes(message.channel_id), "unknown_channel", "no ready channel with this peer has this id"),
  ({ policy, peer }) =>
    unless(policy.peers === "all" || policy.peers.includes(peer), "policy", "this peer is not on the allow-list"),
  termsRule,
  ({ message, price, policy }) =>
    priceProblem(message.price, price, Math.min(policy.toleranceBps, message.terms.toleranceBps)),
  (input) =>
    unless(
      input.message.state_hash === draftOf(input).stateHash,
      "conflict",
      "the state hash is not that of this proposal",
    ),
  ({ message: m }) =>
    unless(
      m.backing === backingFloor(m.target, m.price),
      "conflict",
      "the backing is not the target's worth, rounded down",
    ),
  (input) =>
    unless(
      input.withPeer.every((a) => !isLive(a) || a.side === draftOf(input).side),
      "conflict",
      "an agreement the other way round is in force with this peer",
    ),
  ({ withPeer }) =>
    unless(
      withPeer.filter(isLive).length < MOST_WITH_PEER,
      "policy",
      `${MOST_WITH_PEER} agreements are in force already`,
    ),
  capsProblem,
  balanceProblem,
  coverProblem,
];

/** Each has a sync of its own with every reconnect: a peer could have us send thousands for thousandths of a cent. */
const MOST_WITH_PEER = 20;

export function checkPropose(input: ProposeInput): ProposeVerdict {
  const { existing, message } = input;
  if (existing !== undefined && isRepeat(existing, message)) return { ok: true, kind: "repeat", agreement: existing };
  for (const rule of rules) {
    const problem = rule(input);
    if (problem !== undefined) return problem;
  }
  const cover = coverOf(sumsWith(input), message.price);
  return { ok: true, kind: "new", agreement: draftOf(input), cover };
}

function isRepeat(existing: Agreement, message: Propose): boolean {
  return existing.status !== "ended" && !existing.proposedByUs && existing.stateHash === message.state_hash;
}

/** With terms that would do as a counter-offer; the target stays what it was. */
function termsRule({ message, policy, price }: ProposeInput): Refusal | undefined {
  const problem = termsProblem(message.terms, policy, message.from_receiver);
  if (problem === undefined || !price.ok) return problem;
  const { target } = message;
  const terms = acceptableTerms(message.terms, policy, message.from_receiver);
  return { ...problem, counter: { target, backing: backingFloor(target, price.price), price: price.price, terms } };
}

function draftOf({ message, us, peer, now }: ProposeInput): Agreement {
  return proposedAgreement(message, { us, peer, proposedByUs: false }, now);
}

/**
 * Terms that would let the other side put off settling, or charge more than we pay. What lies within the tolerance is
 * never claimed, and a claim freezes only after the last strike: with either as it likes, a debtor need never pay.
 */
export function termsProblem(terms: Terms, policy: Policy, weProvide: boolean): Refusal | undefined {
  const pause = Math.max(terms.checkSeconds, terms.cooldownSeconds);
  return (
    unless(
      terms.bandBps <= policy.maxBandBps,
      "policy",
      `a band of ${terms.bandBps} bps; at most ${policy.maxBandBps}`,
    ) ??
    unless(
      terms.floorMicro <= policy.maxFloorMicro,
      "policy",
      `a floor of ${terms.floorMicro} micro-dollars; at most ${policy.maxFloorMicro}`,
    ) ??
    unless(pause <= policy.maxPauseSeconds, "policy", `a pause of ${pause} s; at most ${policy.maxPauseSeconds}`) ??
    unless(
      terms.toleranceBps <= policy.toleranceBps,
      "policy",
      `a tolerance of ${terms.toleranceBps} bps; at most ${policy.toleranceBps}`,
    ) ??
    unless(terms.strikes <= policy.strikes, "policy", `${terms.strikes} strikes; at most ${policy.strikes}`) ??
    unless(
      weProvide ? terms.feeBps >= policy.feeBps : terms.feeBps <= policy.feeBps,
      "policy",
      `a conversion fee of ${terms.feeBps} bps; ${weProvide ? "at least" : "at most"} ${policy.feeBps}`,
    )
  );
}

/** The same terms as far as the policy takes them. */
export function acceptableTerms(terms: Terms, policy: Policy, weProvide: boolean): Terms {
  return {
    ...terms,
    bandBps: Math.min(terms.bandBps, policy.maxBandBps),
    floorMicro: micro(smaller(terms.floorMicro, policy.maxFloorMicro)),
    checkSeconds: Math.min(terms.checkSeconds, policy.maxPauseSeconds),
    cooldownSeconds: Math.min(terms.cooldownSeconds, policy.maxPauseSeconds),
    toleranceBps: Math.min(terms.toleranceBps, policy.toleranceBps),
    strikes: Math.min(terms.strikes, policy.strikes),
    feeBps: weProvide ? Math.max(terms.feeBps, policy.feeBps) : Math.min(terms.feeBps, policy.feeBps),
  };
}

function sumsWith({ message, withPeer, balances }: ProposeInput) {
  const others = sumsOf(withPeer);
  return {
    targetMicro: others.targetMicro + message.target,
    backingMsat: others.backingMsat + message.backing,
    stakeMsat: balances.stakeMsat,
  };
}

/** The most the caps leave for this peer. */
function capLeft({ policy, withPeer, totalMicro }: ProposeInput): bigint {
  const forPeer = policy.maxPerPeerMicro - sumsOf(withPeer).targetMicro;
  const inAll = policy.maxTotalMicro - totalMicro;
  return smaller(forPeer, inAll);
}

function capsProblem(input: ProposeInput): Refusal | undefined {
  const left = capLeft(input);
  if (input.message.target <= left) return undefined;
  return withCounter(
    refusal("policy", `a target of ${input.message.target} micro-dollars; the caps leave ${left}`),
    input,
  );
}

function balanceProblem(input: ProposeInput): Refusal | undefined {
  const native = nativeFor(input);
  if (input.message.backing <= native) return undefined;
  return withCounter(
    refusal("insufficient_balance", `a backing of ${input.message.backing} msat; the receiver has ${native} msat free`),
    input,
  );
}

function coverProblem(input: ProposeInput): Refusal | undefined {
  const needed = leastCover(input);
  if (isCovered(sumsWith(input), input.message.price, needed)) return undefined;
  const { dropBps } = coverOf(sumsWith(input), input.message.price);
  return withCounter(
    refusal("insufficient_cover", `covered to a fall of ${dropBps} bps; at least ${needed} bps are asked for`),
    input,
  );
}

function leastCover({ message, policy }: ProposeInput): number {
  return Math.max(message.terms.minCoverBps, policy.minCoverBps);
}

function nativeFor({ balances, withPeer }: ProposeInput): bigint {
  return nativeOf(balances.receiverMsat, [sumsOf(withPeer).backingMsat]);
}

/** The same proposal with the largest target that would be accepted, at our price; none when there is no such. */
function withCounter(problem: Refusal, input: ProposeInput): Refusal {
  const { price: own, message, balances, withPeer } = input;
  if (!own.ok) return problem;
  const others = { ...sumsOf(withPeer), stakeMsat: balances.stakeMsat };
  const most = smaller(largestTarget(others, nativeFor(input), own.price, leastCover(input)), capLeft(input));
  if (most < 1n) return problem;
  const target = micro(most);
  return {
    ...problem,
    counter: { target, backing: backingFloor(target, own.price), price: own.price, terms: message.terms },
  };
}
