/** A clock that a test moves by hand; timers run in order of their time. */
import type { Clock } from "../../src/clock.ts";

export interface ManualClock extends Clock {
  /** Moves both clocks on, running what falls due. */
  advance(ms: number): void;
  /** Sets the machine's clock forward or back without time passing. */
  jumpWall(ms: number): void;
  /** Timers that wait. */
  pending(): number;
}

export function manualClock(wallStartMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = 0;
  let wallOffset = wallStartMs;
  let timers: { at: number; run: () => void }[] = [];
  return {
    wallMs: () => wallOffset + now,
    steadyMs: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((t) => t !== timer);
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((t) => t !== next);
        now = next.at;
        next.run();
      }
      now = end;
    },
    jumpWall(ms) {
      wallOffset += ms;
    },
    pending: () => timers.length,
  };
}
