/** A clock whose minutes pass as seconds, from the moment it is told to: every wait and every age runs by it. */
import { type Clock, systemClock } from "../../src/clock.ts";

export interface FastClock extends Clock {
  /** From now on time passes so many times as fast, for timers that run already too. */
  speed(times: number): void;
}

interface Timer {
  dueMs: number;
  cancel: () => void;
  run: () => void;
}

export function fastClock(): FastClock {
  const real = systemClock();
  const timers = new Set<Timer>();
  const wallAtStart = real.wallMs();
  let [rate, passed, since] = [1, 0, real.steadyMs()];
  const steadyMs = (): number => passed + (real.steadyMs() - since) * rate;

  function schedule(timer: Timer): void {
    timer.cancel = real.after(Math.max(timer.dueMs - steadyMs(), 0) / rate, () => {
      timers.delete(timer);
      timer.run();
    });
  }

  return {
    steadyMs,
    wallMs: () => wallAtStart + steadyMs(),
    after(ms, run) {
      const timer: Timer = { dueMs: steadyMs() + ms, run, cancel: () => undefined };
      timers.add(timer);
      schedule(timer);
      return () => {
        timers.delete(timer);
        timer.cancel();
      };
    },
    speed(times) {
      [passed, since, rate] = [steadyMs(), real.steadyMs(), times];
      for (const timer of timers) {
        timer.cancel();
        schedule(timer);
      }
    },
  };
}

/** The same with dates as they are. A test of nodes should hurry only what it waits for: their own deadlines shrink too. */
export function quickClock(times = 1): FastClock {
  const clock = fastClock();
  clock.speed(times);
  return { ...clock, wallMs: systemClock().wallMs };
}
