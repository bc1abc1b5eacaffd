/** Payment, least fee, millionths, and the opening fee; the bLIP has no table of its own. */
export const feeVectors: readonly (readonly [bigint, bigint, number, bigint | "overflow"])[] = [
  [42_000n, 546_000n, 1200, 546_000n],
  [100_000_000n, 0n, 10_000, 1_000_000n],
  [1n, 0n, 1, 1n],
  [0n, 0n, 1, 0n],
  [999_999n, 0n, 1, 1n],
  [1_000_000n, 0n, 1, 1n],
  [1_000_001n, 0n, 1, 2n],
  [500_000_000n, 5_000_000n, 4000, 5_000_000n],
  [2n ** 64n - 1n, 0n, 0, 0n],
  [2n ** 62n, 7n, 3, 13_835_058_055_283n],
  [2n ** 64n - 1n - 999_999n, 0n, 1, 18_446_744_073_709n],
  [2n ** 64n - 1n, 0n, 1, "overflow"],
  [2n ** 63n, 0n, 2, "overflow"],
  [2n ** 62n, 0n, 4, "overflow"],
  [2_100_000_000_000_000_000n, 0n, 8, 16_800_000_000_000n],
  [2_100_000_000_000_000_000n, 0n, 9, "overflow"],
];
