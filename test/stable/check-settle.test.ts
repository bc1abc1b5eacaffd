import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Agreement, backingOf, type Side } from "../../src/stable/agreement.ts";
import { otherSide, paidTotal, withPaid } from "../../src/stable/book.ts";
import { checkSettle, type SettleInput, type SettleVerdict } from "../../src/stable/check-settle.ts";
import type { Settle } from "../../src/stable/messages.ts";
import { type Msat, msat } from "../../src/stable/units.ts";
import { agreement, NOW, sats, usdPerBtc } from "./samples.ts";

const here = { ok: true, price: usdPerBtc(80_000) } as const;

/** The peer's honest settlement of `amount` on top of this book. */
function settle(book: Agreement, amount: Msat, changes: Partial<Settle> = {}): Settle {
  const total = msat(paidTotal(book, otherSide(book.side)) + amount);
  return {
    v: 1,
    type: "settle",
    agreement: book.id,
    at: NOW,
    seq: 1,
    amount_msat: amount,
    price: usdPerBtc(80_000),
    sources: 4,
    paid_total_after: total,
    ...changes,
  };
}

/** What the receiver makes of the provider's settlement at $80,000, where 25,000 sat are due. */
function verdict(changes: Partial<Settle> = {}, around: Partial<SettleInput> = {}): SettleVerdict {
  const book = around.agreement ?? agreement("receiver");
  const message = settle(book, changes.amount_msat ?? sats(25_000), changes);
  return checkSettle({
    agreement: book,
    message,
    arrivedMsat: sats(25_000),
    nextSeq: 1,
    now: NOW,
    price: here,
    ...around,
  });
}

const booked = { book: "paid", payer: "provider", amountMsat: sats(25_000) } as const;

test("what checks out is booked as paid by the peer, without a flag", () => {
  expect(verdict()).toEqual({ ...booked, flags: [] });
  const later = agreement("receiver", { paidByProviderMsat: sats(3) });
  expect(verdict({ seq: 8 }, { agreement: later, nextSeq: 8 })).toMatchObject(booked);
});

describe("is native, and touches no counter", () => {
  test.each<[string, Partial<Settle>, Partial<SettleInput>]>([
    ["repeated", { seq: 1 }, { nextSeq: 2 }],
    ["wrong_seq", { seq: 3 }, { nextSeq: 2 }],
    ["wrong_amount", {}, { arrivedMsat: sats(24_999) }],
    ["wrong_amount", {}, { arrivedMsat: msat(1n) }],
    ["wrong_amount", { amount_msat: sats(1) }, {}],
    ["wrong_total", { paid_total_after: sats(25_001) }, {}],
    [
      "wrong_total",
      {},
      {
        agreement: agreement("receiver", { paidByProviderMsat: sats(0) }),
        message: settle(agreement("receiver"), sats(25_000), { paid_total_after: sats(50_000) }),
      },
    ],
  ])("%s", (reason, changes, around) => {
    expect(verdict(changes, around)).toMatchObject({ book: "native", reason });
  });

  test("exceeds_backing: a receiver can't pay more than it holds for the provider", () => {
    const book = agreement("provider");
    const message = settle(book, sats(100_001));
    const input = { agreement: book, message, arrivedMsat: sats(100_001), nextSeq: 1, now: NOW, price: here };
    expect(checkSettle(input)).toMatchObject({ book: "native", reason: "exceeds_backing" });
    const whole = settle(book, sats(100_000));
    expect(checkSettle({ ...input, message: whole, arrivedMsat: sats(100_000) })).toMatchObject({ book: "paid" });
  });
});

describe("is booked all the same, and flagged", () => {
  test.each<[string, Partial<Settle>, Partial<SettleInput>]>([
    ["after_end", {}, { agreement: agreement("receiver", { status: "ended" }) }],
    ["late", { at: NOW - 601 }, {}],
    ["dated_ahead", { at: NOW + 61 }, {}],
    ["no_price", {}, { price: { ok: false, reason: "stale" } }],
    ["price_dispute", {}, { price: { ok: true, price: usdPerBtc(80_403) } }],
    ["price_dispute", {}, { price: { ok: true, price: usdPerBtc(79_600) } }],
    ["more_than_due", { price: usdPerBtc(80_001) }, {}],
  ])("%s", (flag, changes, around) => {
    expect(verdict(changes, around)).toMatchObject({ ...booked, flags: expect.arrayContaining([flag]) });
  });

  test("at the very edge of age and tolerance there is no flag", () => {
    expect(verdict({ at: NOW - 600 })).toMatchObject({ flags: [] });
    expect(verdict({ at: NOW + 60 })).toMatchObject({ flags: [] });
    expect(verdict({}, { price: { ok: true, price: usdPerBtc(80_402) } })).toMatchObject({ flags: [] });
  });

  test("more_than_due: the wrong side paid", () => {
    const flags = { flags: ["more_than_due"] };
    expect(verdict({ price: usdPerBtc(120_000) }, { price: { ok: true, price: usdPerBtc(120_000) } })).toMatchObject(
      flags,
    );
  });

  test.each(["proposed", "underwater", "frozen", "ending"] as const)(
    "nothing else when the agreement is %s",
    (status) => {
      expect(verdict({}, { agreement: agreement("receiver", { status }) })).toEqual({ ...booked, flags: [] });
    },
  );
});

test("one satoshi pays off one satoshi, whatever is due", () => {
  const book = agreement("receiver");
  const message = settle(book, sats(1));
  const seen = checkSettle({ agreement: book, message, arrivedMsat: sats(1), nextSeq: 1, now: NOW, price: here });
  expect(seen).toEqual({ book: "paid", payer: "provider", amountMsat: sats(1), flags: [] });
  expect(backingOf(withPaid(book, "provider", sats(1), NOW))).toBe(sats(100_001));
});

test("two honest peers that deliver each other's settlements late and in between keep one book", () => {
  const step = fc.record({
    payer: fc.constantFrom<Side>("receiver", "provider"),
    amount: fc.integer({ min: 1, max: 50 }).map(sats),
    deliverFirst: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const books = { receiver: agreement("receiver"), provider: agreement("provider") };
      const seq = { receiver: 0, provider: 0 };
      const onTheWay: Record<Side, Settle[]> = { receiver: [], provider: [] };
      const deliver = (payer: Side) => {
        const message = onTheWay[payer].shift();
        if (message === undefined) return;
        const to = otherSide(payer);
        const seen = checkSettle({
          agreement: books[to],
          message,
          arrivedMsat: message.amount_msat,
          nextSeq: message.seq,
          now: NOW,
          price: here,
        });
        if (seen.book !== "paid") throw new Error(seen.reason);
        books[to] = withPaid(books[to], seen.payer, seen.amountMsat, NOW);
      };
      for (const { payer, amount, deliverFirst } of steps) {
        if (deliverFirst) deliver(otherSide(payer));
        seq[payer] += 1;
        const total = msat(paidTotal(books[payer], payer) + amount);
        onTheWay[payer].push(settle(books[payer], amount, { seq: seq[payer], paid_total_after: total }));
        books[payer] = withPaid(books[payer], payer, amount, NOW);
        if (onTheWay[payer].length > 2) deliver(payer);
      }
      while (onTheWay.receiver.length + onTheWay.provider.length > 0) {
        deliver("provider");
        deliver("receiver");
      }
      expect(backingOf(books.receiver)).toBe(backingOf(books.provider));
      expect(books.receiver.paidByProviderMsat).toBe(books.provider.paidByProviderMsat);
    }),
  );
});
