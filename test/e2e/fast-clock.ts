/** A clock whose minutes pass as seconds, from the moment it is told to: every wait and every age runs by it. */
import { type Clock, systemClock } from "../../src/clock.ts";

export interface FastClock extends Clock {
  /** From now on time passes so many times as fast, for timers that run already too. */
  speed(times: number): void;
}

/** Time and timers so many times as fast as the machine's; dates are as they are. */
export function quickClock(times: number): Clock {
  const { wallMs, steadyMs, after } = systemClock();
  return { wallMs, steadyMs: () => steadyMs() * times, after: (ms, run) => after(ms / times, run) };
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
