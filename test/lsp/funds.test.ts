/** The least payment that opens a channel and the largest that can be funded, as properties. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { besideChannelSat, channelSat, largestPayment, openingFee, smallestPayment } from "../../src/lsp/funds.ts";
import { msat, sat } from "../../src/stable/units.ts";

const offer = { openingFeePpm: 0, openingFeeMinMsat: msat(0n), overProvisioningPpm: 1_000_000 };
const sats = (n: bigint) => msat(n * 1_000n);

/** By hand: 1,000 of reserve, 660 of anchors, 2 x rate x 1.468 of fees, over what the LSP puts in beside the payment. */
test.each([
  ["1:1 at the floor", offer, 253, sats(2_402n)],
  ["1:1 below the floor", offer, 1, sats(2_402n)],
  ["1:1 at 10 sat/vB", offer, 2_500, sats(9_000n)],
  ["a tenth", { ...offer, overProvisioningPpm: 100_000 }, 253, sats(24_020n)],
  ["a fee on top", { ...offer, openingFeeMinMsat: sats(1_000n) }, 253, sats(3_402n)],
  ["1 % of a large channel", { ...offer, overProvisioningPpm: 10_000 }, 253, undefined],
  ["no share", { ...offer, overProvisioningPpm: 0 }, 253, undefined],
])("%s", (_, policy, commitmentSatPerKw, least) => {
  const found = smallestPayment(policy, { commitmentSatPerKw });
  if (least === undefined) expect(found).toBeUndefined();
  // Rounding to whole sats of channel and fee may add a few.
  else expect(found === undefined ? -1n : found - least).toBeOneOf([0n, 1_000n, 2_000n]);
});

const policies = fc.record({
  openingFeePpm: fc.integer({ min: 0, max: 500_000 }),
  openingFeeMinMsat: fc.bigInt({ min: 0n, max: 10n ** 9n }).map(msat),
  overProvisioningPpm: fc.integer({ min: 20_000, max: 10_000_000 }),
});
const rates = fc.integer({ min: 0, max: 100_000 });

test("at the least payment the LSP can pass it on above reserve, anchors and fees; it grows with the rate", () => {
  fc.assert(
    fc.property(policies, rates, (policy, commitmentSatPerKw) => {
      const least = smallestPayment(policy, { commitmentSatPerKw });
      if (least === undefined) throw new Error("with a share above the reserve some payment fits");
      const forward = least - openingFee(least, policy);
      const channel = channelSat(forward, policy.overProvisioningPpm);
      const reserve = channel / 100n > 1_000n ? channel / 100n : 1_000n;
      const commitment = (BigInt(Math.max(commitmentSatPerKw, 253)) * 2n * (1_124n + 2n * 172n)) / 1_000n;
      expect((channel - reserve - 660n - commitment) * 1_000n).toBeGreaterThanOrEqual(forward);
      const dearer = smallestPayment(policy, { commitmentSatPerKw: commitmentSatPerKw + 1_000 });
      expect(dearer ?? 0n).toBeGreaterThanOrEqual(least);
    }),
  );
});

test("what can be funded leaves room for everything beside the channel, and one sat more would not", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 13n }), fc.integer({ min: 0, max: 10_000_000 }), (budget, ppm) => {
      const most = largestPayment(budget, ppm);
      expect(channelSat(most, ppm)).toBeLessThanOrEqual(budget);
      expect(channelSat(most + 2_000n, ppm)).toBeGreaterThan(budget);
    }),
  );
  expect(largestPayment(-5n, 0)).toBe(msat(0n));
});

test("beside the channel: LDK's reserve, the funding fee, the owner's own reserve", () => {
  const beside = (reserve: bigint, fundingSatPerKw: number) =>
    besideChannelSat({ chainReserveSat: sat(reserve) }, { fundingSatPerKw });
  expect(beside(0n, 253)).toBe(sat(26_000n));
  expect(beside(4_000n, 12_500)).toBe(sat(25_000n + 7_650n + 4_000n));
});
