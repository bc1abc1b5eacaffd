/** Time as a port: the engine and the feeds run the same under a real clock and under a simulated one. */
export interface Clock {
  /** Unix milliseconds of the machine's clock; may jump. Used against times that venues state. */
  wallMs(): number;
  /** Milliseconds that only ever grow. Every age and duration is measured on it. */
  steadyMs(): number;
  /** Calls `run` once after `ms`; returns the way to call it off. */
  after(ms: number, run: () => void): () => void;
}

/**
 * A clock that never runs backward and never misses time: each reading adds the larger step of the two clocks. The
 * monotonic one stands still while a machine sleeps and the wall clock may be set back, so either alone would let an
 * old price look fresh.
 */
export function steadyFrom(wallMs: () => number, monotonicMs: () => number): () => number {
  let wall = wallMs();
  let monotonic = monotonicMs();
  let steady = 0;
  return () => {
    const nextWall = wallMs();
    const nextMonotonic = monotonicMs();
    steady += Math.max(nextWall - wall, nextMonotonic - monotonic, 0);
    wall = nextWall;
    monotonic = nextMonotonic;
    return steady;
  };
}

export function systemClock(): Clock {
  const wallMs = () => Date.now();
  return {
    wallMs,
    steadyMs: steadyFrom(wallMs, () => performance.now()),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** Unix seconds. */
export function unixNow(clock: Clock): number {
  return Math.floor(clock.wallMs() / 1000);
}
