/**
 * Synthetic price histories for the demo, tests and backtest: pure functions of (seed, seconds). Labelled synthetic
 * wherever they are shown.
 */
import { noise, wander } from "./noise.ts";

/** What one synthetic venue does at a moment: quotes `factor` times the price, or nothing. */
export type VenueFault = { factor: number } | "down";

export interface Scenario {
  summary: string;
  /** The market's price as a share of the starting price; exactly 1 at t = 0. */
  path(seed: number, t: number): number;
  /** What is wrong with venue `i` (0..4) at `t`; undefined: nothing. */
  fault?(i: number, t: number): VenueFault | undefined;
}

const MINUTE = 60;
const HOUR = 3_600;

/** Piecewise linear through (seconds, value); flat outside. */
function through(points: readonly (readonly [number, number])[], t: number): number {
  let before = points[0];
  for (const point of points) {
    if (before === undefined || t <= point[0]) {
      if (before === undefined || point[0] <= before[0]) return point[1];
      return before[1] + ((point[1] - before[1]) * (t - before[0])) / (point[0] - before[0]);
    }
    before = point;
  }
  return before?.[1] ?? 1;
}

/** Within 0.1 % for the first minute, so that a first peg is predictable; then slowly out to 0.5 %. */
function calm(seed: number, t: number): number {
  const size = through(
    [
      [0, 0.0009],
      [MINUTE, 0.0009],
      [15 * MINUTE, 0.0049],
    ],
    t,
  );
  return 1 + size * (0.7 * noise(seed, 0, t / 180) + 0.3 * noise(seed, 1, t / 25));
}

/** Hours since the start and share of the starting price: the shape of 12 March 2020, 02:00 to 02:00 UTC, and after. */
const CRASH = [
  [0, 1],
  [4, 0.99],
  [6, 0.955],
  [8, 0.952],
  [9, 0.81],
  [10, 0.78],
  [13, 0.79],
  [16, 0.775],
  [18, 0.745],
  [20, 0.75],
  [21, 0.636],
  [22, 0.609],
  [23, 0.548],
  [24, 0.5],
  [24.5, 0.66],
  [26, 0.63],
  [31, 0.745],
  [38, 0.65],
  [48, 0.705],
].map(([h = 0, share = 1]) => [h * HOUR, share] as const);

const RALLY = [
  [0, 1],
  [4, 1.03],
  [7, 1.12],
  [9, 1.1],
  [14, 1.24],
  [18, 1.33],
  [21, 1.31],
  [24, 1.5],
  [36, 1.44],
].map(([h = 0, share = 1]) => [h * HOUR, share] as const);

const GAP = [
  [0, 1],
  [MINUTE, 1],
  [2 * MINUTE, 0.8],
  [60 * MINUTE, 0.83],
] as const;

const storm = { shortest: 10, octaves: 10, size: 0.0025 };
const lively = { shortest: 20, octaves: 8, size: 0.0006 };

export const scenarios = {
  calm: { summary: "within 0.1 % for a minute, then 0.5 %", path: calm },
  volatile: { summary: "half a percent a minute, up and down", path: (seed, t) => wander(seed, t, storm) },
  crash: {
    summary: "half the value in 24 hours, in the shape of March 2020",
    path: (seed, t) => through(CRASH, t) * wander(seed, t, lively),
  },
  rally: { summary: "half as much again in 24 hours", path: (seed, t) => through(RALLY, t) * wander(seed, t, lively) },
  gap: { summary: "20 % down within the second minute", path: (seed, t) => through(GAP, t) * calm(seed, t) },
  glitch: {
    summary: "one, two, then all venues at a tenth of the price, over and over",
    path: calm,
    fault: (i, t) => {
      const bad = stepAt(
        [
          [0, 0],
          [30, 1],
          [60, 0],
          [90, 2],
          [100, 0],
          [130, 5],
          [150, 0],
        ],
        t % 180,
      );
      return i < bad ? { factor: 0.1 } : undefined;
    },
  },
  outage: {
    summary: "venues vanish one by one, and come back",
    path: calm,
    fault: (i, t) => {
      const down = stepAt(
        [
          [0, 0],
          [20, 1],
          [40, 2],
          [60, 3],
          [80, 4],
          [100, 5],
          [120, 3],
          [140, 1],
          [160, 0],
        ],
        t % 180,
      );
      return i < down ? "down" : undefined;
    },
  },
  disagree: {
    summary: "venues drift apart until no majority agrees, and back",
    path: calm,
    fault: (i, t) => {
      const apart = through(
        [
          [0, 0],
          [20, 0],
          [60, 0.03],
          [110, 0.03],
          [140, 0],
        ],
        t % 180,
      );
      return apart === 0 ? undefined : { factor: 1 + apart * (i - 2) };
    },
  },
} as const satisfies Record<string, Scenario>;

/** The value of the last step at or before `t`. */
function stepAt(steps: readonly (readonly [number, number])[], t: number): number {
  let value = 0;
  for (const [from, next] of steps) if (from <= t) value = next;
  return value;
}

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios).filter(isScenarioName);

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}
