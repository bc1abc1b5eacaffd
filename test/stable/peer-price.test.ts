import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { claimable } from "../../src/engine/claim.ts";
import { peerPriceNow, REMEMBER_SECONDS, type Seen } from "../../src/engine/peer-price.ts";
import type { Agreement, Side } from "../../src/stable/agreement.ts";
import { backingOf } from "../../src/stable/agreement.ts";
import { withPaid } from "../../src/stable/book.ts";
import { decide } from "../../src/stable/decision.ts";
import { actionDueOf, dueOf, positionOf } from "../../src/stable/position.ts";
import { msat, type Price, price } from "../../src/stable/units.ts";
import { agreement, NOW, usdPerBtc } from "./samples.ts";

interface Peer {
  side: Side;
  /** How far its price lies from the market's, in 1/100 %. */
  skewBps: number;
  seen?: Seen;
}

const tolerance = agreement("receiver").terms.toleranceBps;
const priceOf = (market: bigint, { skewBps }: Peer): Price => price((market * BigInt(10_000 + skewBps)) / 10_000n);

/** One look of one side: what it pays, as the engine would. */
function look(
  book: Agreement,
  peer: Peer,
  other: Peer,
  market: bigint,
  now: number,
): { book: Agreement; paid: bigint } {
  const own = priceOf(market, peer);
  const peerPrice = peerPriceNow(peer.seen, own, now);
  const decision = decide({
    agreement: { ...book, side: peer.side },
    price: { ok: true, price: own },
    sendableMsat: msat(10n ** 15n),
    spendableMsat: msat(10n ** 15n),
    peerConnected: true,
    outstanding: "none",
    now: NOW,
    ...(peerPrice === undefined ? {} : { peerPrice }),
  });
  if (decision.action !== "pay") return { book, paid: 0n };
  other.seen = { theirs: own, ours: priceOf(market, other), at: now };
  return { book: withPaid(book, peer.side, decision.amountMsat, NOW), paid: decision.amountMsat };
}

function pairOf(a: number, b: number): [Peer, Peer] {
  return [
    { side: "receiver", skewBps: a },
    { side: "provider", skewBps: b },
  ];
}

const skew = fc.integer({ min: -Math.floor(tolerance / 2) + 1, max: Math.floor(tolerance / 2) - 1 });
const market = fc.integer({ min: 20_000, max: 400_000 }).map((n) => BigInt(n) * 1_000_000n);

describe("two prices within the tolerance", () => {
  test("settle once and never back and forth, while the market stands", () => {
    fc.assert(
      fc.property(skew, skew, market, (a, b, at) => {
        const [receiver, provider] = pairOf(a, b);
        let book = agreement("receiver");
        let payments = 0;
        for (let round = 0; round < 60; round++) {
          for (const [peer, other] of [
            [receiver, provider],
            [provider, receiver],
          ] as const) {
            const next = look(book, peer, other, at, NOW + round * 10);
            book = next.book;
            if (next.paid > 0n) payments += 1;
          }
        }
        // One by either side at most: the first to look may pay before it has heard the other's price.
        expect(payments).toBeLessThanOrEqual(2);
      }),
    );
  });

  test("keep the peg, as either sees it, within the band and what lies between the prices", () => {
    fc.assert(
      fc.property(skew, skew, fc.array(market, { minLength: 1, maxLength: 30 }), (a, b, markets) => {
        const [receiver, provider] = pairOf(a, b);
        let book = agreement("receiver");
        let paid = 0n;
        let received = 0n;
        for (const [round, at] of markets.entries()) {
          for (let turn = 0; turn < 3; turn++) {
            for (const [peer, other] of [
              [receiver, provider],
              [provider, receiver],
            ] as const) {
              const next = look(book, peer, other, at, NOW + round * 10);
              if (peer.side === "provider") paid += next.paid;
              else received += next.paid;
              book = next.book;
            }
          }
          // Nobody owes at both prices; and the book is what was paid, to the millisatoshi.
          const dues = [receiver, provider].map((peer) => actionDueOf(positionOf(book), priceOf(at, peer))?.payer);
          expect(dues[0] !== undefined && dues[0] === dues[1]).toBe(false);
          expect<bigint>(backingOf(book)).toBe(book.backing0Msat + paid - received);
        }
      }),
    );
  });

  test("never lead to a claim against a peer that sees nothing due", () => {
    fc.assert(
      fc.property(market, fc.integer({ min: -tolerance, max: tolerance }), market, (ours, apart, fair) => {
        const book: Agreement = {
          ...agreement("receiver"),
          backing0Msat: msat((100_000_000n * 10n ** 11n) / fair),
        };
        const theirs = price((ours * BigInt(10_000 + apart)) / 10_000n);
        const due = claimable(book, price(ours));
        if (due !== undefined) expect(actionDueOf(positionOf(book), theirs)?.payer).toBe(due.payer);
      }),
    );
  });
});

describe("what the peer's price is taken to be", () => {
  const seen: Seen = { theirs: usdPerBtc(100_400), ours: usdPerBtc(100_000), at: NOW };

  test("moves along with ours", () => {
    expect(peerPriceNow(seen, usdPerBtc(50_000), NOW + 1)).toBe(usdPerBtc(50_200));
  });

  test("is forgotten after an hour, and unknown before the first message", () => {
    expect(peerPriceNow(seen, usdPerBtc(100_000), NOW + REMEMBER_SECONDS)).toBe(usdPerBtc(100_400));
    expect(peerPriceNow(seen, usdPerBtc(100_000), NOW + REMEMBER_SECONDS + 1)).toBeUndefined();
    expect(peerPriceNow(seen, usdPerBtc(100_000), NOW - REMEMBER_SECONDS - 1)).toBeUndefined();
    expect(peerPriceNow(undefined, usdPerBtc(100_000), NOW)).toBeUndefined();
  });

  test("does not matter while ending: an end has one price", () => {
    const book = { ...agreement("receiver"), status: "ending" as const, backing0Msat: msat(100_100_000n) };
    const facts = {
      agreement: book,
      price: { ok: true, price: usdPerBtc(100_000) } as const,
      sendableMsat: msat(10n ** 12n),
      spendableMsat: msat(10n ** 12n),
      peerConnected: true,
      peerPrice: usdPerBtc(90_000),
      outstanding: "none" as const,
      now: NOW,
    };
    expect(decide(facts)).toMatchObject({
      action: "pay",
      amountMsat: dueOf(positionOf(book), usdPerBtc(100_000))?.amountMsat,
    });
  });
});
