/** Random positions, prices, terms and messages within the protocol's ranges. */
import fc from "fast-check";
import type { Position } from "../../src/stable/position.ts";
import { MAX_MICRO, MAX_MSAT, micro, msat, type Price, price } from "../../src/stable/units.ts";

/** Usual figures mostly, the whole range sometimes. */
function mixed(usual: bigint, most: bigint, least = 0n): fc.Arbitrary<bigint> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.bigInt({ min: least, max: usual }) },
    { weight: 1, arbitrary: fc.bigInt({ min: least, max: most }) },
    { weight: 1, arbitrary: fc.bigInt({ min: least, max: least + 5_000n }) },
  );
}

/** Up to a million dollars a bitcoin mostly. */
export const anyPrice: fc.Arbitrary<Price> = mixed(1_000_000_000_000n, MAX_MICRO, 1n).map(price);
export const anyMicro = mixed(1_000_000_000_000n, MAX_MICRO).map(micro);
/** Up to ten bitcoin mostly. */
export const anyMsat = mixed(1_000_000_000_000n, MAX_MSAT).map(msat);
/** From a thousand to a million dollars a bitcoin. */
export const plainPrice = fc.bigInt({ min: 1_000_000_000n, max: 1_000_000_000_000n }).map(price);
/** From a cent to a million dollars. */
export const plainTarget = fc.bigInt({ min: 10_000n, max: 1_000_000_000_000n }).map(micro);

export const anyPosition: fc.Arbitrary<Position> = fc.record({
  targetMicro: anyMicro,
  backingMsat: anyMsat,
  bandBps: fc.oneof(fc.constantFrom(0, 10, 25, 100, 10_000), fc.integer({ min: 0, max: 10_000 })),
  floorMicro: fc.oneof(fc.constantFrom(0n, 10_000n, 250_000n).map(micro), anyMicro),
});

/** A position near its fair backing at `at`, as real ones are. */
export const nearPosition = fc
  .record({
    target: plainTarget,
    at: plainPrice,
    offBps: fc.bigInt({ min: 9_000n, max: 11_000n }),
    bandBps: fc.constantFrom(0, 10, 25, 100),
    floorMicro: fc.constantFrom(0n, 10_000n, 250_000n).map(micro),
  })
  .map(({ target, at, offBps, bandBps, floorMicro }) => ({
    at,
    position: {
      targetMicro: target,
      backingMsat: msat((target * 100_000_000_000n * offBps) / (at * 10_000n)),
      bandBps,
      floorMicro,
    },
  }));
