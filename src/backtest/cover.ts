/** When the provider runs dry: from the first price on, and from every day's first price within each horizon. */
import { dryPrice } from "../stable/solvency.ts";
import { type Micro, type Msat, msat } from "../stable/units.ts";

const DAY_MS = 86_400_000;
/** What a channel's rules keep from being sent, as a share of its capacity (BOLT 2's channel reserve). */
const RESERVE = 0.01;

export interface RatioCover {
  ratio: number;
  coveredToMicro: bigint;
  dryAtMs: number | undefined;
  /** Days until dry -> how many of the starts with that many days after them ran dry, and how many there were. */
  rolling: Map<number, { dry: number; starts: number }>;
}

export interface CoverWatch {
  add(timeMs: number, price: number): void;
  result(): RatioCover[];
}

/** The stake that a ratio of the backing leaves to send once the reserve is kept back. */
export function sendableStake(backing: Msat, ratio: number): Msat {
  const stake = BigInt(Math.round(Number(backing) * ratio));
  const reserve = BigInt(Math.round(Number(backing + stake) * RESERVE));
  return msat(stake > reserve ? stake - reserve : 0n);
}

/** @param horizons days, ascending or not; memory is that of the longest */
export function watchCover(
  position: { targetMicro: Micro; backingMsat: Msat },
  ratios: readonly number[],
  horizons: readonly number[],
): CoverWatch {
  const covers = ratios.map((ratio): RatioCover & { factor: number } => {
    const stakeMsat = sendableStake(position.backingMsat, ratio);
    return {
      ratio,
      coveredToMicro: dryPrice({ ...position, stakeMsat }),
      factor: Math.min(1 / ((1 + ratio) * (1 - RESERVE)), 1),
      dryAtMs: undefined,
      rolling: new Map(horizons.map((days) => [days, { dry: 0, starts: 0 }])),
    };
  });
  const longest = Math.max(...horizons, 1);
  /** First price and low of the last days, as a ring: day d at d % longest. */
  const firsts = new Float64Array(longest);
  const lows = new Float64Array(longest);
  let days = 0;
  let dayEndMs = Number.NEGATIVE_INFINITY;
  let low = Number.POSITIVE_INFINITY;
  let first = 0;
  let highestDry = Math.max(...covers.map((c) => Number(c.coveredToMicro)));

  function closeDay(): void {
    const today = days++;
    firsts[today % longest] = first;
    lows[today % longest] = low;
    for (const horizon of horizons) {
      const start = today - horizon + 1;
      if (start < 0) continue;
      let least = Number.POSITIVE_INFINITY;
      for (let d = start; d <= today; d++) least = Math.min(least, lows[d % longest] ?? least);
      const from = firsts[start % longest] ?? 0;
      for (const cover of covers) {
        const count = cover.rolling.get(horizon);
        if (count === undefined) continue;
        count.starts++;
        if (least <= from * cover.factor) count.dry++;
      }
    }
  }

  return {
    add(timeMs, p) {
      if (timeMs >= dayEndMs) {
        if (low < Number.POSITIVE_INFINITY) closeDay();
        dayEndMs = (Math.floor(timeMs / DAY_MS) + 1) * DAY_MS;
        first = p;
        low = p;
      } else if (p < low) {
        low = p;
      }
      if (p > highestDry) return;
      for (const cover of covers) {
        if (p <= Number(cover.coveredToMicro)) cover.dryAtMs ??= timeMs;
      }
      highestDry = Math.max(0, ...covers.filter((c) => c.dryAtMs === undefined).map((c) => Number(c.coveredToMicro)));
    },
    result: () => covers.map(({ factor: _, ...cover }) => cover),
  };
}
