/** A plain and a largest message of each type. */
import type { Message, MessageType } from "../../src/stable/messages.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { MAX_MICRO, MAX_MSAT, micro, msat, price } from "../../src/stable/units.ts";
import { AGREEMENT, CHANNEL, NOW, sats, usd, usdPerBtc } from "./samples.ts";

/** zbase32 of 65 bytes; no true signature. */
export const SIGNATURE = "d".repeat(104);

const HASH = "5e".repeat(32);
const LAST = 4_294_967_295;

export const plainMessages: { readonly [T in MessageType]: Extract<Message, { type: T }> } = {
  propose: {
    v: 1,
    type: "propose",
    agreement: AGREEMENT,
    at: NOW,
    channel_id: CHANNEL,
    from_receiver: true,
    target: usd(4),
    backing: sats(4_000),
    price: usdPerBtc(100_000),
    sources: 4,
    terms: defaultTerms,
    expires_at: NOW + 120,
    state_hash: HASH,
  },
  accept: { v: 1, type: "accept", agreement: AGREEMENT, at: NOW, rev: 1, state_hash: HASH },
  reject: { v: 1, type: "reject", agreement: AGREEMENT, at: NOW, rev: 1, code: "stale" },
  settle: {
    v: 1,
    type: "settle",
    agreement: AGREEMENT,
    at: NOW,
    seq: 1,
    amount_msat: sats(1_000),
    price: usdPerBtc(80_000),
    sources: 4,
    paid_total_after: sats(1_000),
  },
  revise: {
    v: 1,
    type: "revise",
    agreement: AGREEMENT,
    at: NOW,
    rev: 2,
    target_after: usd(5),
    backing_after: sats(5_000),
    price: usdPerBtc(100_000),
    reason: "sell",
    state_hash: HASH,
  },
  spent: {
    v: 1,
    type: "spent",
    agreement: AGREEMENT,
    at: NOW,
    rev: 2,
    target_after: usd(2),
    backing_after: sats(2_000),
    price: usdPerBtc(100_000),
    state_hash: HASH,
  },
  claim: {
    v: 1,
    type: "claim",
    agreement: AGREEMENT,
    at: NOW,
    due_msat: sats(12),
    price: usdPerBtc(100_000),
    strike: 1,
  },
  end: {
    v: 1,
    type: "end",
    agreement: AGREEMENT,
    at: NOW,
    rev: 2,
    reason: "stopstable",
    price: usdPerBtc(100_000),
    state_hash: HASH,
  },
  sync: {
    v: 1,
    type: "sync",
    agreement: AGREEMENT,
    at: NOW,
    rev: 1,
    state_hash: HASH,
    paid_by_me: sats(0),
    paid_by_you: sats(7),
  },
};

const terms = {
  bandBps: 10_000,
  floorMicro: micro(MAX_MICRO),
  checkSeconds: 86_400,
  cooldownSeconds: 86_400,
  toleranceBps: 10_000,
  minCoverBps: 9_999,
  strikes: 100,
  feeBps: 10_000,
};
const [target, backing, dear] = [micro(MAX_MICRO), msat(MAX_MSAT), price(MAX_MICRO)];

/** Every field at its longest. */
export const longestMessages: typeof plainMessages = {
  propose: {
    ...plainMessages.propose,
    at: LAST,
    from_receiver: false,
    target,
    backing,
    price: dear,
    sources: 99,
    terms,
    expires_at: LAST,
  },
  accept: { ...plainMessages.accept, at: LAST, rev: LAST },
  reject: {
    ...plainMessages.reject,
    at: LAST,
    rev: LAST,
    code: "insufficient_balance",
    state_hash: HASH,
    counter: { target, backing, price: dear, terms },
  },
  settle: {
    ...plainMessages.settle,
    at: LAST,
    seq: LAST,
    amount_msat: backing,
    price: dear,
    sources: 99,
    paid_total_after: backing,
  },
  revise: {
    ...plainMessages.revise,
    at: LAST,
    rev: LAST,
    target_after: target,
    backing_after: backing,
    price: dear,
    reason: "resize",
    terms,
  },
  spent: { ...plainMessages.spent, at: LAST, rev: LAST, target_after: target, backing_after: backing, price: dear },
  claim: { ...plainMessages.claim, at: LAST, due_msat: backing, price: dear, strike: 100 },
  end: { ...plainMessages.end, at: LAST, rev: LAST, reason: "x".repeat(64), price: dear },
  sync: { ...plainMessages.sync, at: LAST, rev: LAST, paid_by_me: backing, paid_by_you: backing },
};
