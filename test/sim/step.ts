/** What a step of a schedule is. Plain data, so that a schedule can be printed, cut down and run again. */
import type { Random } from "./random.ts";
import type { Name, World } from "./world.ts";

export interface Step<K extends string = string> {
  /** Milliseconds that pass before it. */
  wait: number;
  kind: K;
  who: Name;
  /** What it means is the kind's own matter. */
  size: number;
  ms: number;
}

export interface StepKind {
  /** How often it comes up, against the others. */
  weight: number;
  size?: (random: Random) => number;
  ms?: (random: Random) => number;
  run: (world: World, step: Step) => void;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Either a little or a lot, never evenly: most faults of a day are short, and the long ones matter. */
export function aWhile(random: Random): number {
  return random.pick([random.int(100, 2_000), random.int(2_000, MINUTE), random.int(MINUTE, 20 * MINUTE)]);
}
