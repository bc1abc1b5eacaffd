/** From a schedule that breaks a rule to a shorter one that breaks it too: fewer steps, then shorter waits. */
import { runSchedule } from "./run.ts";
import type { Step } from "./steps.ts";

export interface Shrunk {
  steps: Step[];
  broken: string;
  runs: number;
}

/** What a rule says without the figures of one run. */
export function ruleOf(broken: string): string {
  return broken.replace(/\(at .*$/s, "").replace(/[0-9a-f]{8,}|\d+/g, "#");
}

/** @param most how many schedules may be run for it */
export async function shrink(seed: string, steps: readonly Step[], broken: string, most = 400): Promise<Shrunk> {
  const rule = ruleOf(broken);
  let best: Shrunk = { steps: [...steps], broken, runs: 0 };

  async function keep(candidate: Step[]): Promise<boolean> {
    if (best.runs >= most) return false;
    best.runs += 1;
    const result = await runSchedule(seed, candidate);
    if (result.broken === undefined || ruleOf(result.broken) !== rule) return false;
    best = { ...best, steps: candidate, broken: result.broken };
    return true;
  }

  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.steps.length; ) {
      if (!(await keep(without(best.steps, at, size)))) at += size;
    }
  }
  for (const i of best.steps.keys()) {
    for (const field of ["wait", "ms"] as const) {
      for (const plain of [0, 1_000, 5_000]) {
        const step = best.steps[i];
        if (step === undefined || step[field] <= plain) break;
        if (await keep(best.steps.with(i, { ...step, [field]: plain }))) break;
      }
    }
  }
  return best;
}

/** The time the steps took passes all the same: what follows happens when it did. */
function without(steps: readonly Step[], at: number, size: number): Step[] {
  const gone = steps.slice(at, at + size).reduce((sum, { wait }) => sum + wait, 0);
  const next = steps[at + size];
  const rest = steps.slice(at + size + 1);
  return [...steps.slice(0, at), ...(next === undefined ? [] : [{ ...next, wait: next.wait + gone }, ...rest])];
}
