/** The circuit breaker: a sudden move waits until enough sources have said the same for long enough. Pure. */
import type { Price } from "../stable/units.ts";
import { type Accepted, percentOff, type Rules, within } from "./rules.ts";

/** A move that waits. */
export interface Breaker {
  candidate: Price;
  /** The side it moved to; a candidate on the other side starts anew. */
  up: boolean;
  sinceMs: number;
  lastMs: number;
  /** Checks in a row with enough sources for a step. */
  polls: number;
  pollsSinceMs: number;
}

export type Passage = { pass: true } | { pass: false; breaker: Breaker; reason: string };

/**
 * Whether `next` may follow `last`. A step (5 % within 5 minutes) needs four sources in three checks over 30 s; a jump
 * (20 %, from a price of any age) 15 minutes of agreement, which is also how a breaker that stood too long lets go.
 */
export function breakerStep(
  before: Breaker | undefined,
  last: Accepted | undefined,
  next: Accepted,
  nowMs: number,
  rules: Rules,
): Passage {
  if (last === undefined) return { pass: true };
  const jump = !within(next.price, last.price, rules.jumpBps);
  const step = nowMs - last.atMs <= rules.stepWindowMs && !within(next.price, last.price, rules.stepBps);
  if (!jump && !step) return { pass: true };

  const up = next.price > last.price;
  const goesOn =
    before !== undefined &&
    before.up === up &&
    within(next.price, before.candidate, rules.stepBps) &&
    nowMs - before.lastMs <= rules.maxGapMs;
  const enough = next.agreeing >= rules.stepSources;
  const counts = goesOn && enough && before.polls > 0;
  const breaker: Breaker = {
    candidate: next.price,
    up,
    sinceMs: goesOn ? before.sinceMs : nowMs,
    lastMs: nowMs,
    polls: counts ? before.polls + 1 : enough ? 1 : 0,
    pollsSinceMs: counts ? before.pollsSinceMs : nowMs,
  };
  const stood = nowMs - breaker.sinceMs;
  const move = percentOff(next.price, last.price);
  if (stood >= rules.jumpMs) return { pass: true };
  if (jump) {
    const left = Math.ceil((rules.jumpMs - stood) / 60_000);
    return { pass: false, breaker, reason: `${move} at once: waits for a person or ${left} more minutes of agreement` };
  }
  if (breaker.polls >= rules.stepPolls && nowMs - breaker.pollsSinceMs >= rules.stepMs) return { pass: true };
  return {
    pass: false,
    breaker,
    reason: `${move} within ${rules.stepWindowMs / 60_000} minutes: waits for ${rules.stepSources} sources in ${rules.stepPolls} checks over ${rules.stepMs / 1_000} s`,
  };
}
