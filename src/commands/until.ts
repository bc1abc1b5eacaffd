import type { Clock } from "../clock.ts";

export interface Watch {
  /** Calls back after anything the probe could see changed; returns the way to stop. */
  onChange(listener: () => void): () => void;
  clock: Clock;
  timeoutMs: number;
  /** Looked at again after this long even without a change. */
  pollMs?: number;
}

/** The first answer of `probe` that is not undefined; undefined once the time is over. Woken by changes. */
export async function until<T>(probe: () => Promise<T | undefined>, watch: Watch): Promise<T | undefined> {
  const deadline = watch.clock.steadyMs() + watch.timeoutMs;
  let changed = false;
  let wake = () => {};
  const stopListening = watch.onChange(() => {
    changed = true;
    wake();
  });
  try {
    for (;;) {
      changed = false;
      const found = await probe();
      if (found !== undefined) return found;
      const left = deadline - watch.clock.steadyMs();
      if (left <= 0) return undefined;
      if (changed) continue;
      const pause = Promise.withResolvers<void>();
      wake = pause.resolve;
      const cancel = watch.clock.after(Math.min(watch.pollMs ?? 50, left), pause.resolve);
      await pause.promise;
      cancel();
    }
  } finally {
    stopListening();
  }
}
