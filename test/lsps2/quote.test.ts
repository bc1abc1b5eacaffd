import { describe, expect, test } from "bun:test";
import { judgeMenu, type MenuEntry } from "../../src/lsps2/menu.ts";
import { channelSize, cheapest, inboundAfter, quoteEntry } from "../../src/lsps2/quote.ts";
import { blipNowMs, blipOffer, menuOf } from "./samples.ts";

function entryOf(change: Record<string, unknown> = {}): MenuEntry {
  const [entry] = judgeMenu(
    menuOf({ ...blipOffer, max_payment_size_msat: "10000000000", ...change }),
    blipNowMs,
  ).entries;
  if (entry === undefined) throw new Error("no entry");
  return entry;
}

describe("one offer for one payment", () => {
  test("what it costs and what arrives", () => {
    expect(quoteEntry(entryOf(), 50_000_000n)).toMatchObject({
      fit: true,
      feeMsat: 546_000n,
      arrivesMsat: 49_454_000n,
    });
    const half = quoteEntry(entryOf({ proportional: 500_000 }), 50_000_000n);
    expect(half).toMatchObject({ fit: true, feeMsat: 25_000_000n, arrivesMsat: 25_000_000n });
  });

  test("the bLIP's own buy example would eat the payment", () => {
    expect(quoteEntry(entryOf(), 42_000n)).toMatchObject({ fit: false, why: "fee_eats_payment", feeMsat: 546_000n });
    expect(quoteEntry(entryOf(), 546_000n)).toMatchObject({ fit: false, why: "fee_eats_payment" });
    expect(quoteEntry(entryOf(), 546_001n)).toMatchObject({ fit: true, arrivesMsat: 1n });
  });

  test("limits are inclusive", () => {
    expect(quoteEntry(entryOf({ min_fee_msat: "0" }), 999n)).toMatchObject({ fit: false, why: "below_minimum" });
    expect(quoteEntry(entryOf({ min_fee_msat: "0" }), 1_000n).fit).toBe(true);
    expect(quoteEntry(entryOf(), 10_000_000_000n).fit).toBe(true);
    expect(quoteEntry(entryOf(), 10_000_000_001n)).toMatchObject({ fit: false, why: "above_maximum" });
  });

  test("overflow and a blocked offer are no prices", () => {
    const huge = entryOf({ proportional: 2 ** 32 - 1, max_payment_size_msat: "18446744073709551615" });
    expect(quoteEntry(huge, 2n ** 63n)).toMatchObject({ fit: false, why: "overflow" });
    expect(quoteEntry(entryOf({ max_client_to_self_delay: 1 }), 50_000_000n)).toMatchObject({ why: "blocked" });
  });

  test("the cheapest fits; of two alike the first", () => {
    const fees = [700_000, 600_000, 600_000, 650_000].map((fee) => entryOf({ min_fee_msat: String(fee) }));
    const quotes = fees.map((entry) => quoteEntry(entry, 50_000_000n));
    expect(cheapest(quotes)?.entry).toBe(fees[1]);
    expect(cheapest([quoteEntry(entryOf(), 1n)])).toBeUndefined();
  });
});

test("the channel is what lightning-liquidity would open", () => {
  // ldk-node's own example: 1 % of 100,000 sat, 10 % on top.
  expect(channelSize(99_000_000n, 100_000)).toBe(108_900n);
  expect(channelSize(50_000_000n, 1_000_000)).toBe(100_000n);
  expect(channelSize(50_000_999n, 0)).toBe(50_000n);
  // As the demo's channel of 100,000 sat shows it after its first payment of 50,000.
  expect(inboundAfter(100_000n, 50_000_000n)).toBe(48_340_000n);
  expect(inboundAfter(50_000n, 50_000_000n)).toBe(0n);
  expect(inboundAfter(1_000_000n, 500_000_000n)).toBe(489_340_000n);
});
