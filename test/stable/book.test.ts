import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { backingOf, type Side } from "../../src/stable/agreement.ts";
import {
  counterpartyOf,
  otherSide,
  paidTotal,
  proposedAgreement,
  revised,
  sealEnd,
  sealPropose,
  sealRevise,
  sealSpent,
  sumsOf,
  withPaid,
} from "../../src/stable/book.ts";
import { stateHash } from "../../src/stable/canonical.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { msat, signedMsat } from "../../src/stable/units.ts";
import { AGREEMENT, agreement, CHANNEL, NOW, PROVIDER, RECEIVER, sats, usd, usdPerBtc } from "./samples.ts";

const payments = fc.array(
  fc.record({
    payer: fc.constantFrom<Side>("receiver", "provider"),
    amount: fc.integer({ min: 1, max: 1_000 }).map(sats),
  }),
  { maxLength: 60 },
);

describe("settlements", () => {
  test("in any order give the same book, and both sides' books are equal", () => {
    const shuffled = payments.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([sent, arrived]) => {
        const ours = sent.reduce((a, { payer, amount }) => withPaid(a, payer, amount, NOW), agreement("receiver"));
        const theirs = arrived.reduce((a, { payer, amount }) => withPaid(a, payer, amount, NOW), agreement("provider"));
        expect(backingOf(ours)).toBe(backingOf(theirs));
        expect(ours.paidByProviderMsat).toBe(theirs.paidByProviderMsat);
        expect(ours.paidByReceiverMsat).toBe(theirs.paidByReceiverMsat);
        expect(ours.stateHash).toBe(theirs.stateHash);
      }),
    );
  });

  test("conserve: receiver, provider and native move by exactly what was paid", () => {
    fc.assert(
      fc.property(payments, (list) => {
        const capacity = 1_000_000_000n;
        let [receiver, provider, book] = [500_000_000n, 500_000_000n, agreement("receiver")];
        const native = receiver - backingOf(book);
        for (const { payer, amount } of list) {
          const moved = payer === "provider" ? amount : -amount;
          receiver += moved;
          provider -= moved;
          book = withPaid(book, payer, amount, NOW);
          expect(receiver + provider).toBe(capacity);
          expect(receiver - backingOf(book)).toBe(native);
        }
      }),
    );
  });

  test("raise only the payer's counter", () => {
    const before = agreement("receiver");
    const after = withPaid(before, "provider", sats(7), NOW + 5);
    expect(paidTotal(after, "provider")).toBe(sats(7));
    expect(paidTotal(after, "receiver")).toBe(msat(0n));
    expect(after.lastSettlementAt).toBe(NOW + 5);
    expect({ rev: after.rev, hash: after.stateHash }).toEqual({ rev: before.rev, hash: before.stateHash });
  });
});

describe("revs", () => {
  const paid = withPaid(agreement("receiver"), "provider", sats(100_000), NOW);

  test("a later rev may leave less backing than the provider has paid: backing0 is negative then, the backing is not", () => {
    const fields = {
      target_after: usd(40),
      backing_after: sats(80_000),
      price: usdPerBtc(50_000),
      reason: "resize",
    } as const;
    const message = sealRevise(paid, fields, NOW);
    const after = revised(paid, message, NOW);
    expect(after.backing0Msat).toBe(signedMsat(-20_000_000n));
    expect(backingOf(after)).toBe(sats(80_000));
    expect(after.stateHash).toBe(message.state_hash);
    expect(after.stateHash).toBe(stateHash(after));
  });

  test("settlements that cross a rev add up the same on both sides", () => {
    const fields = {
      target_after: usd(50),
      backing_after: sats(160_000),
      price: usdPerBtc(50_000),
      reason: "buy",
    } as const;
    const message = sealRevise(paid, fields, NOW);
    const late = withPaid(revised(paid, message, NOW), "receiver", sats(9), NOW);
    const early = revised(withPaid(paid, "receiver", sats(9), NOW), { ...message, backing_after: sats(159_991) }, NOW);
    expect(backingOf(late)).toBe(backingOf(early));
    expect(late.stateHash).toBe(early.stateHash);
  });

  test("an end changes no amount; a spend changes target and backing; terms replace terms", () => {
    const ended = revised(paid, sealEnd(paid, { reason: "done", price: usdPerBtc(50_000) }, NOW), NOW);
    expect([ended.rev, ended.targetMicro, backingOf(ended)]).toEqual([2, usd(100), sats(200_000)]);
    expect(ended.stateHash).not.toBe(paid.stateHash);
    const spent = { target_after: usd(50), backing_after: sats(100_000), price: usdPerBtc(50_000) };
    const left = revised(paid, sealSpent(paid, spent, NOW), NOW);
    expect([left.targetMicro, backingOf(left)]).toEqual([usd(50), sats(100_000)]);
    const terms = { ...defaultTerms, bandBps: 50 };
    const fields = {
      target_after: usd(100),
      backing_after: sats(200_000),
      price: usdPerBtc(50_000),
      reason: "terms",
      terms,
    } as const;
    expect(revised(paid, sealRevise(paid, fields, NOW), NOW).terms).toEqual(terms);
  });
});

describe("a propose", () => {
  const draft = {
    agreement: AGREEMENT,
    at: NOW,
    channel_id: CHANNEL,
    from_receiver: false,
    target: usd(100),
    backing: sats(100_000),
    price: usdPerBtc(100_000),
    sources: 3,
    terms: defaultTerms,
    expires_at: NOW + 300,
  };
  const byProvider = { us: PROVIDER, peer: RECEIVER, proposedByUs: true };
  const byPeer = { us: RECEIVER, peer: PROVIDER, proposedByUs: false };

  test("makes the same state on both sides, seen from each", () => {
    const message = sealPropose(draft, byProvider);
    const ours = proposedAgreement(draft, byProvider, NOW);
    const theirs = proposedAgreement(message, byPeer, NOW);
    expect([ours.side, theirs.side]).toEqual(["provider", "receiver"]);
    expect([ours.receiver, ours.provider]).toEqual([RECEIVER, PROVIDER]);
    expect([counterpartyOf(ours), counterpartyOf(theirs)]).toEqual([RECEIVER, PROVIDER]);
    expect(ours.stateHash).toBe(theirs.stateHash);
    expect(message.state_hash).toBe(ours.stateHash);
    expect(theirs.status).toBe("proposed");
  });

  test("of the receiver makes another state", () => {
    const other = { ...draft, from_receiver: true };
    expect(sealPropose(other, byProvider).state_hash).not.toBe(sealPropose(draft, byProvider).state_hash);
  });
});

test("sums count what binds, not what is proposed or ended", () => {
  const [live, frozen] = [agreement("receiver"), agreement("receiver", { status: "frozen" })];
  const [proposed, ended] = [agreement("receiver", { status: "proposed" }), agreement("receiver", { status: "ended" })];
  expect(sumsOf([live, frozen, proposed, ended])).toEqual({ targetMicro: 200_000_000n, backingMsat: 200_000_000n });
});

test("the other side of the other side is the side", () => {
  expect(otherSide("receiver")).toBe("provider");
  expect(otherSide("provider")).toBe("receiver");
});
