/**
 * Seeded noise for synthetic prices: a function of (seed, lane, position) without state, so a path is the same at
 * every speed and step. Only integer mixing, + - * / are used: the same bits on every machine.
 */

/** A uniform value in [0, 1) from three integers (the finaliser of MurmurHash3). */
export function uniform(seed: number, lane: number, index: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(lane + 1, 0xc2b2ae35) ^ Math.imul(index | 0, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** Smooth noise in [-1, 1], zero at 0, with independent values at the integers. */
export function noise(seed: number, lane: number, x: number): number {
  const i = Math.floor(x);
  const f = x - i;
  const a = knot(seed, lane, i);
  const b = knot(seed, lane, i + 1);
  return a + (b - a) * f * f * (3 - 2 * f);
}

function knot(seed: number, lane: number, i: number): number {
  return i === 0 ? 0 : 2 * uniform(seed, lane, i) - 1;
}

/**
 * A wandering factor around 1, exactly 1 at t = 0: octaves from `shortest` seconds upward whose size grows with the
 * square root of their period, as a random walk's does.
 */
export function wander(seed: number, t: number, shape: { shortest: number; octaves: number; size: number }): number {
  let factor = 1;
  let period = shape.shortest;
  let size = shape.size;
  for (let lane = 0; lane < shape.octaves; lane++) {
    factor *= 1 + size * noise(seed, lane, t / period);
    period *= 2;
    size *= Math.SQRT2;
  }
  return factor;
}
