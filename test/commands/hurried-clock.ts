/** A clock without waiting: as soon as nothing else is to be done, time jumps to the next timer. */
import type { Clock } from "../../src/clock.ts";

export interface HurriedClock extends Clock {
  /** Lets time pass without a timer. */
  pass(ms: number): void;
}

export function hurriedClock(startMs = Date.UTC(2026, 0, 1)): HurriedClock {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  let woken = false;

  function wake(): void {
    if (woken || timers.length === 0) return;
    woken = true;
    setImmediate(() => {
      woken = false;
      const [next] = timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined) return;
      timers = timers.filter((timer) => timer !== next);
      now = Math.max(now, next.at);
      next.run();
      wake();
    });
  }

  return {
    wallMs: () => startMs + now,
    steadyMs: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      wake();
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    pass(ms) {
      now += ms;
    },
  };
}
