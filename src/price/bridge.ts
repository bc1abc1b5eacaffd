/**
 * Paths inside bars: a bar tells where the price began, its extremes and where it ended, not how it went. Between those
 * four points this draws random walks (Brownian bridges) as rough as the bar's range says, seeded, never outside it.
 */
import type { Bars } from "./csv.ts";

/** A price at a moment, in columns; the arrays are used again for the next batch. Whole micro-dollars. */
export interface Points {
  length: number;
  timeMs: Float64Array;
  price: Float64Array;
}

export function newPoints(size: number): Points {
  return { length: 0, timeMs: new Float64Array(size), price: new Float64Array(size) };
}

export interface Bridge {
  /** Points of row `i` of `bars`, at most `pointsPerBar`, appended to `out`. */
  fill(bars: Bars, i: number, out: Points): void;
  pointsPerBar: number;
}

/** Parkinson's estimate: the range of a walk over its deviation is 1.665 on average (2 * sqrt(ln 2)). */
const RANGE_OVER_SIGMA = 1.6651;

/**
 * @param barMs length of a bar
 * @param stepMs one point this often; the first of a bar is its open, the last before the next bar its close
 */
export function bridgeOf(barMs: number, stepMs: number, seed: number): Bridge {
  const n = Math.max(Math.floor(barMs / stepMs), 4);
  let random = (seed ^ 0x5bd1e995) | 1;
  const next = (): number => {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return random >>> 0;
  };
  /** Roughly normal, deviation 1: four uniforms of 16 bits. */
  const normal = (): number => {
    const a = next();
    const b = next();
    return (((a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16)) / 65_536 - 2) * 1.7320508;
  };

  /** A point at a share of the bar drawn evenly between two. */
  const between = (from: number, to: number): number => {
    const share = from + ((to - from) * (next() >>> 8)) / 0x100_0000;
    return Math.min(Math.max(Math.round(share * n), 1), n - 2);
  };

  return {
    pointsPerBar: n,
    fill(bars, i, out) {
      const open = bars.open[i] ?? 0;
      const close = bars.close[i] ?? 0;
      const high = Math.max(bars.high[i] ?? 0, open, close);
      const low = Math.min(bars.low[i] ?? 0, open, close);
      const start = bars.timeMs[i] ?? 0;
      // A bar that rose more often met its low first. The turning points keep apart, or the whole range of an hour
      // would now and then pass within a minute, which is no property of the market.
      const first = close >= open ? low : high;
      const second = close >= open ? high : low;
      const a = Math.min(between(0.1, 0.4), n - 3);
      const b = Math.max(between(0.6, 0.9), a + 1);
      const sigma = (high - low) / RANGE_OVER_SIGMA / Math.sqrt(n);
      let price = open;
      for (let k = 0; k < n; k++) {
        const at = out.length++;
        out.timeMs[at] = start + (barMs * k) / n;
        if (k === 0) price = open;
        else if (k === a) price = first;
        else if (k === b) price = second;
        else if (k === n - 1) price = close;
        else {
          const end = k < a ? a : k < b ? b : n - 1;
          const goal = k < a ? first : k < b ? second : close;
          const left = end - k + 1;
          price += (goal - price) / left + sigma * Math.sqrt((left - 1) / left) * normal();
          price = Math.min(Math.max(price, low), high);
        }
        out.price[at] = Math.round(price);
      }
    },
  };
}
