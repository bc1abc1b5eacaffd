/** Five synthetic venues that quote a scenario, through the same consensus as real ones. */

import type { Clock } from "../clock.ts";
import { type Price, price } from "../stable/units.ts";
import type { Observation } from "./consensus.ts";
import { priceFromSynthetic } from "./decimal.ts";
import type { Driver } from "./driver.ts";
import { liveRules } from "./rules.ts";
import { type Scenario, type ScenarioName, scenarios } from "./scenarios.ts";

/** Where every scenario begins unless it goes on from another price. */
export const SCENARIO_START = price(100_000_000_000n);
const VENUES = ["sim-a", "sim-b", "sim-c", "sim-d", "sim-e"] as const;
/** Each venue's distance from the market in 1/10,000: the middle one quotes it exactly, so the median is the path. */
const OFFSETS = [-2n, -1n, 0n, 1n, 2n] as const;
/** Synthetic venues quote whole cents. */
const CENT = 10_000n;
const POLL_MS = 5_000;
const MAX_POLLS_PER_TICK = 60;

export interface ScenarioOptions {
  name: ScenarioName;
  seed: number;
  /** Scenario seconds per real second. */
  speed: number;
  clock: Clock;
  base: Price;
  tickMs: number;
}

export function scenarioDriver(options: ScenarioOptions): Driver {
  const { name, seed, speed, clock, base, tickMs } = options;
  const scenario: Scenario = scenarios[name];
  let cancel: (() => void) | undefined;
  let now = 0;
  const market = (ms: number) => marketAt(scenario, seed, base, ms);
  // At high speed one tick spans many polls; they get coarser, never fewer than the breaker can follow.
  const pollMs = Math.max(POLL_MS, (tickMs * speed) / MAX_POLLS_PER_TICK);
  return {
    label: `scenario ${name} (synthetic)`,
    synthetic: true,
    rules: { ...liveRules, maxGapMs: Math.max(liveRules.maxGapMs, 3 * pollMs) },
    sources: VENUES,
    at: () => market(now),
    start(take) {
      const startedMs = clock.steadyMs() - now / speed;
      const poll = (ms: number, interim: boolean) => {
        now = ms;
        take({ nowMs: ms, observations: quotes(scenario, market(ms), ms), interim });
      };
      const tick = () => {
        const to = (clock.steadyMs() - startedMs) * speed;
        const polls = Math.min(Math.ceil((to - now) / pollMs), MAX_POLLS_PER_TICK);
        const from = now;
        for (let i = 1; i <= polls; i++) poll(from + ((to - from) * i) / polls, i < polls);
        cancel = clock.after(tickMs, tick);
      };
      poll(now, false);
      cancel = clock.after(tickMs, tick);
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}

/** The scenario's market price at `ms`, whole cents. */
export function marketAt(scenario: Scenario, seed: number, base: Price, ms: number): Price {
  return priceFromSynthetic((Number(base) / 1e6) * scenario.path(seed, ms / 1_000));
}

function quotes(scenario: Scenario, market: Price, ms: number): Observation[] {
  return VENUES.map((source, i) => {
    const fault = scenario.fault?.(i, ms / 1_000);
    if (fault === "down") return { source, atMs: ms, error: "no answer (part of the scenario)" };
    const honest = market + ((market * (OFFSETS[i] ?? 0n)) / 10_000n / CENT) * CENT;
    if (fault === undefined) return { source, atMs: ms, price: price(honest) };
    return { source, atMs: ms, price: priceFromSynthetic((Number(honest) / 1e6) * fault.factor) };
  });
}
