/** How the book moves: by payments, and by proposals both peers sign. Nothing here decides whether it should. */
import { type Agreement, backingOf, type Side } from "./agreement.ts";
import { type SignedState, stateHash } from "./canonical.ts";
import type { End, Proposal, Propose, Revise, Spent } from "./messages.ts";
import { type Msat, msat, type SignedMsat, signedMsat } from "./units.ts";

export function otherSide(side: Side): Side {
  return side === "receiver" ? "provider" : "receiver";
}

/** The peer's node id. */
export function counterpartyOf(agreement: Agreement): string {
  return agreement[otherSide(agreement.side)];
}

/** What one side has paid in all. */
export function paidTotal(agreement: Agreement, payer: Side): Msat {
  return payer === "provider" ? agreement.paidByProviderMsat : agreement.paidByReceiverMsat;
}

/** The book after a payment: one counter is higher by exactly what was paid. */
export function withPaid(agreement: Agreement, payer: Side, amount: Msat, now: number): Agreement {
  const total = msat(paidTotal(agreement, payer) + amount);
  const counter = payer === "provider" ? { paidByProviderMsat: total } : { paidByReceiverMsat: total };
  return { ...agreement, ...counter, lastSettlementAt: now, updatedAt: now };
}

/** The `backing0` that makes the backing `after` with the counters as they stand. */
export function backing0For(agreement: Agreement, after: Msat): SignedMsat {
  return signedMsat(after - agreement.paidByProviderMsat + agreement.paidByReceiverMsat);
}

export interface Parties {
  us: string;
  peer: string;
  proposedByUs: boolean;
}

type Draft<P extends Proposal> = Omit<P, "v" | "type" | "state_hash">;

function firstState(draft: Draft<Propose>, { us, peer, proposedByUs }: Parties): SignedState & { side: Side } {
  const side: Side = draft.from_receiver === proposedByUs ? "receiver" : "provider";
  return {
    id: draft.agreement,
    channelId: draft.channel_id,
    receiver: side === "receiver" ? us : peer,
    provider: side === "receiver" ? peer : us,
    asset: "USD",
    side,
    rev: 1,
    targetMicro: draft.target,
    backing0Msat: draft.backing,
    terms: draft.terms,
  };
}

/** The agreement a propose would make, in status `proposed`. */
export function proposedAgreement(draft: Draft<Propose>, parties: Parties, now: number): Agreement {
  const state = firstState(draft, parties);
  return {
    ...state,
    proposedByUs: parties.proposedByUs,
    paidByProviderMsat: msat(0n),
    paidByReceiverMsat: msat(0n),
    status: "proposed",
    stateHash: stateHash(state),
    price: draft.price,
    createdAt: now,
    updatedAt: now,
    expiresAt: draft.expires_at,
    strikes: 0,
  };
}

type Change = Draft<Revise> | Draft<Spent> | Draft<End>;

/** The book of the next rev. An end changes no amount: what ends is the obligation. The status is the lifecycle's. */
export function revised(agreement: Agreement, change: Change, now: number): Agreement {
  const amounts =
    "target_after" in change
      ? { targetMicro: change.target_after, backing0Msat: backing0For(agreement, change.backing_after) }
      : {};
  const terms = "terms" in change && change.terms !== undefined ? { terms: change.terms } : {};
  const next = { ...agreement, ...amounts, ...terms, rev: change.rev, price: change.price, updatedAt: now };
  return { ...next, stateHash: stateHash(next) };
}

export function sealPropose(draft: Draft<Propose>, parties: Parties): Propose {
  return { v: 1, type: "propose", ...draft, state_hash: stateHash(firstState(draft, parties)) };
}

/** A proposal for the next rev, complete with version, type, id, rev, time and hash. */
type Next<P extends Proposal> = Omit<Draft<P>, "agreement" | "at" | "rev">;

function head(agreement: Agreement, at: number): { v: 1; agreement: string; at: number; rev: number } {
  return { v: 1, agreement: agreement.id, at, rev: agreement.rev + 1 };
}

export function sealRevise(agreement: Agreement, fields: Next<Revise>, at: number): Revise {
  const draft = { ...head(agreement, at), ...fields };
  return { ...draft, type: "revise", state_hash: revised(agreement, draft, at).stateHash };
}

export function sealSpent(agreement: Agreement, fields: Next<Spent>, at: number): Spent {
  const draft = { ...head(agreement, at), ...fields };
  return { ...draft, type: "spent", state_hash: revised(agreement, draft, at).stateHash };
}

export function sealEnd(agreement: Agreement, fields: Next<End>, at: number): End {
  const draft = { ...head(agreement, at), ...fields };
  return { ...draft, type: "end", state_hash: revised(agreement, draft, at).stateHash };
}

/** Sums over agreements with one peer that still bind: target, backing. */
export function sumsOf(agreements: readonly Agreement[]): { targetMicro: bigint; backingMsat: bigint } {
  let [targetMicro, backingMsat] = [0n, 0n];
  for (const agreement of agreements) {
    if (agreement.status === "ended" || agreement.status === "proposed") continue;
    targetMicro += agreement.targetMicro;
    backingMsat += backingOf(agreement);
  }
  return { targetMicro, backingMsat };
}
