/** Amounts as the screen writes them. */
import { grouped } from "../commands/view.ts";

const MSAT_PER_SAT = 1000n;
const MSAT_PER_BTC = 100_000_000_000n;

export const sats = (n: bigint): string => grouped(n.toString());

/** Whole sats, rounded toward zero. */
export const satsOf = (msat: bigint): string => sats(msat / MSAT_PER_SAT);

/** `4.000000` -> `$4.00`; to the cent, toward zero. */
export function dollars(decimal: string, decimals = 2): string {
  const negative = decimal.startsWith("-");
  const [whole = "0", fraction = ""] = decimal.replace("-", "").split(".");
  const part = decimals === 0 ? "" : `.${fraction.padEnd(decimals, "0").slice(0, decimals)}`;
  return `${negative ? "-" : ""}$${grouped(whole)}${part}`;
}

/** Micro-dollars of decimal text. */
export function microOf(decimal: string): bigint {
  const negative = decimal.startsWith("-");
  const [whole = "0", fraction = ""] = decimal.replace("-", "").split(".");
  const value = BigInt(whole + fraction.padEnd(6, "0").slice(0, 6));
  return negative ? -value : value;
}

export function ofMicro(value: bigint): string {
  const size = value < 0n ? -value : value;
  return `${value < 0n ? "-" : ""}${size / 1_000_000n}.${(size % 1_000_000n).toString().padStart(6, "0")}`;
}

/** What an amount is worth at a price, as decimal dollars rounded down; undefined without a price. */
export function worth(msat: bigint, price: string | null | undefined): string | undefined {
  return price === null || price === undefined ? undefined : ofMicro((msat * microOf(price)) / MSAT_PER_BTC);
}

/** `200` -> `2.00 %`, with its sign. */
export function percentOf(bps: number, signed = false): string {
  const text = `${(Math.abs(bps) / 100).toFixed(2)} %`;
  if (bps < 0) return `-${text}`;
  return signed && bps > 0 ? `+${text}` : text;
}

/** Large amounts in few characters: `1.25 BTC`, `499,500`. */
export function shortSats(n: bigint): string {
  if (n < 10_000_000n) return `${sats(n)} sat`;
  const text = (Number(n / 10_000n) / 10_000).toFixed(4);
  return `${text.replace(/0{1,2}$/, "")} BTC`;
}

/** A time of day out of RFC 3339. */
export function timeOf(rfc3339: string): string {
  return rfc3339.slice(11, 19);
}
