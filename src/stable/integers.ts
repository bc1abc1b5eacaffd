/** Integer arithmetic that `bigint` lacks. */

/** 100 % in 1/100 of a percent. */
export const BPS = 10_000n;

/** `a / b` rounded up, for a >= 0 and b > 0. */
export function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

export function absolute(n: bigint): bigint {
  return n < 0n ? -n : n;
}

export function smaller<T extends bigint>(a: T, b: T): T {
  if (a < b) return a;
  return b;
}

export function larger<T extends bigint>(a: T, b: T): T {
  if (a > b) return a;
  return b;
}
