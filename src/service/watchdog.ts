/**
 * Asks each loop of the process for a sign of life: one that gives none for too long is stuck. The loop that asks is
 * watched from outside, by the service manager that hears nothing of it any more.
 */
import type { Clock } from "../clock.ts";

export interface Loop {
  name: string;
  /** Resolves or rejects once the loop has come round; both are signs of life. */
  turn(): Promise<unknown>;
  limitMs: number;
}

export interface WatchdogOptions {
  loops: readonly Loop[];
  everyMs: number;
  clock: Clock;
  /** Every round in which nothing is stuck. `lateMs`: how much later than asked for it came. */
  onBeat(lateMs: number): void;
  onStuck(loop: Loop, forMs: number): void;
  onRecovered(loop: Loop, afterMs: number): void;
}

export interface Watchdog {
  /** Names of the loops that are stuck now. */
  stuck(): readonly string[];
  stop(): void;
}

interface Asked {
  /** Steady time at which the open question was put. */
  since: number | undefined;
  stuck: boolean;
}

export function startWatchdog(options: WatchdogOptions): Watchdog {
  const { loops, everyMs, clock } = options;
  const asked = new Map<Loop, Asked>(loops.map((loop) => [loop, { since: undefined, stuck: false }]));
  let expected = clock.steadyMs();
  let stopped = false;
  let cancel = () => {};

  function ask(loop: Loop, state: Asked, now: number): void {
    state.since = now;
    const answered = () => {
      if (state.stuck && !stopped) options.onRecovered(loop, clock.steadyMs() - now);
      state.since = undefined;
      state.stuck = false;
    };
    loop.turn().then(answered, answered);
  }

  function round(): void {
    const now = clock.steadyMs();
    const lateMs = Math.max(now - expected, 0);
    for (const [loop, state] of asked) {
      if (state.since === undefined) {
        ask(loop, state, now);
      } else if (!state.stuck && now - state.since > loop.limitMs) {
        state.stuck = true;
        options.onStuck(loop, now - state.since);
      }
    }
    if ([...asked.values()].every((state) => !state.stuck)) options.onBeat(lateMs);
    if (stopped) return;
    expected = now + everyMs;
    cancel = clock.after(everyMs, round);
  }
  round();

  return {
    stuck: () => [...asked].flatMap(([loop, state]) => (state.stuck ? [loop.name] : [])),
    stop() {
      stopped = true;
      cancel();
    },
  };
}
