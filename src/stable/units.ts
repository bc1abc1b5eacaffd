/**
 * The units of money and the only conversions between them. All integers; rounding is named at each call.
 *
 * msat   1/1000 of a satoshi, what Lightning moves (BOLT 1)
 * sat    1e-8 bitcoin
 * micro  1e-6 of a dollar (or of another asset's unit); a price is micro per whole bitcoin
 */
declare const unit: unique symbol;

export type Msat = bigint & { readonly [unit]: "msat" };
/** A difference of amounts; every `Msat` is one. */
export type SignedMsat = bigint & { readonly [unit]: "msat" | "signed msat" };
export type Sat = bigint & { readonly [unit]: "sat" };
export type Micro = bigint & { readonly [unit]: "micro" };
/** Micro-dollars per whole bitcoin. */
export type Price = bigint & { readonly [unit]: "price" };

/** Millisatoshi in one bitcoin: `B` of docs/protocol.md. */
export const MSAT_PER_BTC = 100_000_000_000n;
export const MSAT_PER_SAT = 1_000n;
export const SAT_PER_BTC = 100_000_000n;
export const MICRO_PER_USD = 1_000_000n;
/** 21 million bitcoin; nothing larger is an amount. */
export const MAX_MSAT = 21_000_000n * MSAT_PER_BTC;
/** Ten billion dollars; keeps every product of the arithmetic far below what SQLite's 64 bits hold. */
export const MAX_MICRO = 10_000_000_000n * MICRO_PER_USD;

function inRange(n: bigint, max: bigint, name: string): void {
  if (n < 0n || n > max) throw new RangeError(`${name} out of range: ${n}`);
}

/** @throws RangeError outside 0 .. 21 million bitcoin */
export function msat(n: bigint): Msat {
  inRange(n, MAX_MSAT, "msat");
  return n as Msat;
}

/** @throws RangeError outside -21 million .. 21 million bitcoin */
export function signedMsat(n: bigint): SignedMsat {
  inRange(n < 0n ? -n : n, MAX_MSAT, "msat");
  return n as SignedMsat;
}

/** @throws RangeError outside 0 .. 21 million bitcoin */
export function sat(n: bigint): Sat {
  inRange(n, MAX_MSAT / MSAT_PER_SAT, "sat");
  return n as Sat;
}

/** @throws RangeError outside 0 .. 10 billion dollars */
export function micro(n: bigint): Micro {
  inRange(n, MAX_MICRO, "micro-dollars");
  return n as Micro;
}

/** @throws RangeError unless 0 < n <= 10 billion dollars a bitcoin */
export function price(n: bigint): Price {
  inRange(n - 1n, MAX_MICRO - 1n, "price");
  return n as Price;
}

export function satToMsat(n: Sat): Msat {
  return msat(n * MSAT_PER_SAT);
}

/** Whole satoshis in an amount, rounded down. */
export function msatToSatFloor(n: Msat): Sat {
  return sat(n / MSAT_PER_SAT);
}

/** Value of `amount` at `p` in micro-dollars, rounded down: `floor(b*p / B)`. */
export function valueFloor(amount: Msat, p: Price): Micro {
  return micro((amount * p) / MSAT_PER_BTC);
}

/** The msat that are worth `value` at `p`, rounded down: `floor(T*B / p)`. */
export function backingFloor(value: Micro, p: Price): Msat {
  return msat((value * MSAT_PER_BTC) / p);
}
