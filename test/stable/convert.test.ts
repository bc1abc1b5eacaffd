import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { convert, spend, targetAfter, targetLeft } from "../../src/stable/convert.ts";
import { scaledDrift } from "../../src/stable/position.ts";
import { MAX_MICRO, micro, msat, price } from "../../src/stable/units.ts";
import { nearPosition, plainTarget } from "./arbitraries.ts";
import { sats, usd, usdPerBtc } from "./samples.ts";

const at = usdPerBtc(100_000);

describe("convert", () => {
  const drifted = { targetMicro: usd(100), backingMsat: sats(110_000) };

  test.each([
    [150, 160_000],
    [50, 60_000],
    [100, 110_000],
  ])("a drift of $10 stays when the target goes from 100 to %d: backing %d sat", (dollars, backing) => {
    const fee = micro(0n);
    expect(convert(drifted, usd(dollars), at, 0)).toEqual({
      ok: true,
      targetMicro: usd(dollars),
      backingMsat: sats(backing),
      feeMicro: fee,
    });
  });

  test.each([
    [0, 99, 0, 99_000],
    [500, 300, 500_000, 300_000],
    [0, 60, 0, 60_000],
  ])("from %d to %d dollars at par: backing from %d to %d sat", (before, after, backing, wanted) => {
    const result = convert({ targetMicro: usd(before), backingMsat: sats(backing) }, usd(after), at, 0);
    expect(result).toMatchObject({ ok: true, backingMsat: sats(wanted) });
  });

  test("the fee is drift in the provider's favour, whichever way it goes", () => {
    expect(convert(drifted, usd(200), at, 100)).toMatchObject({ backingMsat: sats(211_000), feeMicro: usd(1) });
    expect(convert(drifted, usd(50), at, 100)).toMatchObject({ backingMsat: sats(60_500), feeMicro: micro(500_000n) });
  });

  test("refuses what the backing can't give, and a backing beyond all bitcoin", () => {
    const under = { targetMicro: usd(100), backingMsat: sats(50_000) };
    expect(convert(under, usd(40), at, 0).ok).toBe(false);
    expect(convert(under, micro(MAX_MICRO), price(1n), 0).ok).toBe(false);
  });

  test("keeps the unsettled drift to within a msat, apart from the fee", () => {
    fc.assert(
      fc.property(nearPosition, plainTarget, fc.integer({ min: 0, max: 500 }), ({ position, at }, target, fee) => {
        const result = convert(position, target, at, fee);
        if (!result.ok) return;
        const before = scaledDrift(position, at);
        const after = scaledDrift({ ...position, ...result }, at);
        const change = after - before - result.feeMicro * 100_000_000_000n;
        expect(change < at && change > -at).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("the target after a change", () => {
  test("resize sets it, sell raises it, buy lowers it", () => {
    expect(targetAfter(usd(100), { kind: "resize", amountMicro: usd(30) })).toBe(usd(30));
    expect(targetAfter(usd(100), { kind: "sell", amountMicro: usd(30) })).toBe(usd(130));
    expect(targetAfter(usd(100), { kind: "buy", amountMicro: usd(30) })).toBe(usd(70));
  });

  test("nothing left is no change, nor is more than there may be", () => {
    expect(targetAfter(usd(100), { kind: "buy", amountMicro: usd(100) })).toBeUndefined();
    expect(targetAfter(usd(100), { kind: "resize", amountMicro: usd(0) })).toBeUndefined();
    expect(targetAfter(usd(100), { kind: "sell", amountMicro: micro(MAX_MICRO) })).toBeUndefined();
  });
});

describe("spend", () => {
  const fewBitcoin = fc.bigInt({ min: 0n, max: 1_000_000_000_000n }).map(msat);
  const tenThousandths = fc.bigInt({ min: 0n, max: 10_000n });
  const par = { targetMicro: usd(500), backingMsat: sats(500_000) };

  test("native pays first and leaves the target alone", () => {
    expect(spend(par, sats(500_000), sats(200_000))).toEqual({
      ...par,
      fromNativeMsat: sats(200_000),
      fromBackingMsat: sats(0),
    });
  });

  test.each([
    ["500 dollars, balance down to 300,000 sat", par, 0, 200_000, usd(300), 300_000],
    [
      "100 dollars under water, 60,000 sat sent with 50,000 native",
      { targetMicro: usd(100), backingMsat: sats(100_000) },
      50_000,
      60_000,
      usd(90),
      90_000,
    ],
    ["everything", par, 0, 500_000, usd(0), 0],
  ] as const)("%s", (_, holding, native, amount, target, backing) => {
    expect(spend(holding, sats(native), sats(amount))).toMatchObject({
      targetMicro: target,
      backingMsat: sats(backing),
    });
  });

  test("more than there is can't be spent; a receipt is no spend", () => {
    expect(spend(par, sats(1), sats(500_002))).toBeUndefined();
    expect(() => targetLeft(par, sats(500_001))).toThrow(RangeError);
    expect(targetLeft({ targetMicro: usd(5), backingMsat: msat(0n) }, msat(0n))).toBe(usd(5));
  });

  test("never raises the target nor the value per target dollar by more than rounding", () => {
    fc.assert(
      fc.property(nearPosition, fewBitcoin, tenThousandths, ({ position }, native, share) => {
        const amount = ((position.backingMsat + native) * share) / 10_000n;
        const left = spend(position, native, msat(amount));
        if (left === undefined) throw new Error("there was enough");
        expect(left.targetMicro).toBeLessThanOrEqual(position.targetMicro);
        expect(left.fromNativeMsat + left.fromBackingMsat).toBe(msat(amount));
        expect(left.backingMsat + left.fromBackingMsat).toBe(position.backingMsat);
        if (amount <= native) expect(left.targetMicro).toBe(position.targetMicro);
        const exact = position.targetMicro * left.backingMsat;
        const kept = left.targetMicro * position.backingMsat;
        expect(kept <= exact && exact - kept < (position.backingMsat || 1n)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test("spends in steps never leave a larger target than one spend of the sum", () => {
    fc.assert(
      fc.property(nearPosition, tenThousandths, ({ position }, share) => {
        const half = msat((position.backingMsat * share) / 20_000n);
        const once = targetLeft(position, msat(position.backingMsat - 2n * half));
        const first = msat(position.backingMsat - half);
        const twice = targetLeft({ targetMicro: targetLeft(position, first), backingMsat: first }, msat(first - half));
        expect(twice).toBeLessThanOrEqual(once);
      }),
    );
  });
});
