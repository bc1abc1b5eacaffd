/** Numbers and times straight from the bytes of a file: no string is made for a field that parses. */
import { parseMicro } from "./decimal.ts";

const ZERO = 48;
const NINE = 57;
const DOT = 46;
/** Whole micro-dollars are exact in a double up to here: nine billion dollars. */
const MAX_EXACT = Number.MAX_SAFE_INTEGER;
const SCALES = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/** Micro-dollars of the decimal in `bytes[from, to)`, whole and exact, rounded toward zero; NaN where it is no price. */
export function priceField(bytes: Uint8Array, from: number, to: number): number {
  let n = 0;
  let decimals = -1;
  for (let i = from; i < to; i++) {
    const c = bytes[i] ?? 0;
    if (c >= ZERO && c <= NINE) {
      if (decimals >= 6) continue;
      if (decimals >= 0) decimals++;
      n = n * 10 + (c - ZERO);
    } else if (c === DOT && decimals < 0) {
      decimals = 0;
    } else {
      return slowPrice(bytes, from, to);
    }
  }
  const micro = n * (SCALES[Math.max(decimals, 0)] ?? 1);
  return micro > 0 && micro <= MAX_EXACT ? micro : Number.NaN;
}

/** Exponents, quotes and blanks around a number. */
function slowPrice(bytes: Uint8Array, from: number, to: number): number {
  const parsed = parseMicro(textOf(bytes, from, to));
  return parsed !== undefined && parsed > 0n && parsed <= BigInt(MAX_EXACT) ? Number(parsed) : Number.NaN;
}

/** A field without the blanks and quotes around it. */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, to)).trim().replace(/^"|"$/g, "");
}

/**
 * Unix milliseconds of `bytes[from, to)`: an epoch in seconds, milli-, micro- or nanoseconds (told by its size), or
 * `YYYY-MM-DD[ T]hh:mm[:ss]` taken as UTC; NaN where it is neither.
 */
export function timeField(bytes: Uint8Array, from: number, to: number): number {
  let n = 0;
  let i = from;
  for (; i < to; i++) {
    const c = bytes[i] ?? 0;
    if (c < ZERO || c > NINE) break;
    n = n * 10 + (c - ZERO);
  }
  if (i === to && i > from) return epochMs(n);
  return slowTime(textOf(bytes, from, to));
}

function epochMs(n: number): number {
  if (n < 1e11) return n * 1e3;
  if (n < 1e14) return n;
  return n < 1e17 ? Math.floor(n / 1e3) : Math.floor(n / 1e6);
}

function slowTime(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return epochMs(Math.floor(Number(text)));
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(?:Z| ?UTC|\+00:?00)?$/.exec(text);
  return match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2] ?? "00:00"}Z`);
}
