/** A limit on how often something may be done: `burst` at once, one more every `everyMs`. */
export function tokenBucket(burst: number, everyMs: number, nowMs: () => number): () => boolean {
  let tokens = burst;
  let at = nowMs();
  return () => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + (now - at) / everyMs);
    at = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
