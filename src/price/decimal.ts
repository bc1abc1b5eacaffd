/** Decimal text to micro-dollars and back, digit by digit: no float takes part. */
import { MAX_MICRO, MICRO_PER_USD, type Price, price } from "../stable/units.ts";

const FRACTION_DIGITS = 6;
/** Longer numbers than this are no price, and the bound keeps a hostile body from costing anything. */
const MAX_LENGTH = 40;
const SHAPE = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Micro-units of a decimal such as `"63001.25"`, `"6.3e4"` or `".5"`-less JSON numbers, rounded toward zero beyond six
 * decimals; undefined where the text is no such number (NaN, hex, blanks, grouping commas) or far too large.
 */
export function parseMicro(text: string): bigint | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const shift = Number(exponent) + FRACTION_DIGITS - fraction.length;
  if (shift > MAX_LENGTH) return undefined;
  const digits = BigInt(whole + fraction);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return sign === "-" ? -scaled : scaled;
}

/** A price in dollars per bitcoin as text; undefined unless 0 < price <= 10 billion dollars. */
export function parsePrice(text: string): Price | undefined {
  const n = parseMicro(text);
  return n === undefined || n <= 0n || n > MAX_MICRO ? undefined : price(n);
}

/** `63001.25`: at least two decimals, six where the price has them. */
export function formatPrice(p: bigint): string {
  const sign = p < 0n ? "-" : "";
  const n = p < 0n ? -p : p;
  const fraction = (n % MICRO_PER_USD)
    .toString()
    .padStart(FRACTION_DIGITS, "0")
    .replace(/0{1,4}$/, "");
  return `${sign}${n / MICRO_PER_USD}.${fraction}`;
}

/** The price nearest to a positive float of dollars, in whole cents; for synthetic prices only. */
export function priceFromSynthetic(usd: number): Price {
  return price(BigInt(Math.round(usd * 100)) * 10_000n);
}
