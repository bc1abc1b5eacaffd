/** Decision vectors with the thresholds of the preset `stable-channels`: dollars, satoshis, dollars per bitcoin. */
export interface PositionVector {
  target: number;
  backing: number;
  price: number;
  payer: "receiver" | "provider" | "none";
  pays: number;
  backingAfter: number;
}

const rows: readonly [number, number, number, PositionVector["payer"], number, number][] = [
  [50, 50_000, 80_000, "provider", 12_500, 62_500],
  [500, 500_000, 90_000, "provider", 55_555, 555_555],
  [500, 500_000, 110_000, "receiver", 45_454, 454_546],
  [500, 500_000, 100_050, "none", 0, 500_000],
  [500, 500_000, 100_099, "none", 0, 500_000],
  [500, 500_000, 100_100, "receiver", 499, 499_501],
  [250, 250_000, 100_100, "receiver", 249, 249_751],
  [10, 10_000, 102_499, "none", 0, 10_000],
  [10, 10_000, 102_501, "receiver", 243, 9_757],
  [10, 10_000, 110_000, "receiver", 909, 9_091],
  [300, 300_000, 90_000, "provider", 33_333, 333_333],
  [50, 71_429, 71_000, "receiver", 1_006, 70_423],
  [50, 71_429, 69_000, "provider", 1_034, 72_463],
  [100_000, 100_000_000, 70_000, "provider", 42_857_142, 142_857_142],
  [100_000, 100_000_000, 130_000, "receiver", 23_076_923, 76_923_077],
  [100, 200_000, 50_000, "none", 0, 200_000],
];

export const positionVectors: readonly PositionVector[] = rows.map(
  ([target, backing, price, payer, pays, backingAfter]) => ({ target, backing, price, payer, pays, backingAfter }),
);
