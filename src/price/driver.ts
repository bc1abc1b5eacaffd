/** What stands behind a feed: something that makes rounds of observations. */
import type { Price } from "../stable/units.ts";
import type { Observation } from "./consensus.ts";
import type { Rules } from "./rules.ts";

export interface Round {
  /** On the driver's own clock: steady time, or scenario time. */
  nowMs: number;
  observations: readonly Observation[];
  /** Shown beside the sources, never counted. */
  references?: readonly Observation[];
  /** More rounds of the same moment follow at once: listeners hear of the last one only. */
  interim?: boolean;
}

export interface Driver {
  /** e.g. "live", "scenario crash (synthetic)". */
  label: string;
  synthetic: boolean;
  rules: Rules;
  /** Every source's name from the start, so that the screen has its rows before the first answer. */
  sources: readonly string[];
  /** `take` gets each round in order; `fail` says that no more will come, and why. */
  start(take: (round: Round) => void, fail: (reason: string) => void): void;
  stop(): void;
  /** Where a synthetic market is now, so that another scenario can go on from there. */
  at?(): Price;
}
