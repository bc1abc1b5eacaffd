import { type Clock, steadyFrom } from "../../src/clock.ts";

interface Timer {
  at: number;
  order: number;
  run: () => void;
}

/** Time that moves only when told: timers run in order, and everything they start settles before the next one. */
export interface SimClock extends Clock {
  /** Moves time on by `ms`, running what falls due; `afterEach` once what a timer started has settled. */
  advance(ms: number, afterEach?: () => void): Promise<void>;
  /** As `advance`, but timers run up to `stepMs` late: a busy machine, and a long time in little work. */
  drift(ms: number, stepMs: number, afterEach?: () => void): Promise<void>;
  /** The wall clock alone jumps, as when somebody sets it. */
  jumpWall(ms: number): void;
  /** The clock of one machine in this time: its wall clock is its own. */
  machine(): MachineClock;
}

export interface MachineClock extends Clock {
  jumpWall(ms: number): void;
  /** Sets the wall clock right again. */
  repair(): void;
}

export function simClock(startWallMs = Date.UTC(2026, 0, 1)): SimClock {
  let steady = 0;
  let wallOffset = startWallMs;
  let order = 0;
  let timers: Timer[] = [];

  function takeDue(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.at > until) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) {
        first = timer;
      }
    }
    if (first !== undefined) timers = timers.filter((other) => other !== first);
    return first;
  }

  const clock: SimClock = {
    wallMs: () => wallOffset + steady,
    steadyMs: () => steady,
    after(ms, run) {
      const timer = { at: steady + Math.max(ms, 0), order: order++, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms, afterEach) {
      const until = steady + ms;
      await settled();
      for (let next = takeDue(until); next !== undefined; next = takeDue(until)) {
        steady = Math.max(steady, next.at);
        next.run();
        await settled();
        afterEach?.();
      }
      steady = until;
    },
    async drift(ms, stepMs, afterEach) {
      await settled();
      for (let left = ms; left > 0; left -= stepMs) {
        steady += Math.min(left, stepMs);
        const due = timers.filter(({ at }) => at <= steady).sort((a, b) => a.at - b.at || a.order - b.order);
        timers = timers.filter((timer) => !due.includes(timer));
        for (const { run } of due) run();
        await settled();
        afterEach?.();
      }
    },
    jumpWall(ms) {
      wallOffset += ms;
    },
    machine() {
      let own = 0;
      const wallMs = () => clock.wallMs() + own;
      return {
        wallMs,
        steadyMs: steadyFrom(wallMs, clock.steadyMs),
        after: clock.after,
        jumpWall: (ms) => {
          own += ms;
        },
        repair: () => {
          own = 0;
        },
      };
    },
  };
  return clock;
}

/**
 * Lets every promise that can go on without time passing do so: nothing here waits for anything outside, so a turn of
 * the event loop comes only after all of them.
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
