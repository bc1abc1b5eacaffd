/** The fields of results: their schemas and the way amounts and times become text. */
import { z } from "zod";
import { MICRO_PER_USD } from "../stable/units.ts";

/** Sats or msat as decimal text; signed where a result can owe. */
export const amountField = z.string().regex(/^-?\d+$/);
/** Dollars as decimal text with six decimals. */
export const usdField = z.string().regex(/^-?\d+\.\d{6}$/);
/** RFC 3339, UTC, whole seconds. */
export const timeField = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
export const hexField = z.string().regex(/^[0-9a-f]*$/);
/** A share in 1/100 of a percent; signed for drift. */
export const bpsField = z.int();

export function decimal(amount: bigint): string {
  return amount.toString();
}

/** `4000000n` -> `"4.000000"`. */
export function usd(micro: bigint): string {
  const sign = micro < 0n ? "-" : "";
  const size = micro < 0n ? -micro : micro;
  return `${sign}${size / MICRO_PER_USD}.${(size % MICRO_PER_USD).toString().padStart(6, "0")}`;
}

/** Unix seconds -> `"2026-11-21T16:56:00Z"`. */
export function rfc3339(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The same, null where there is nothing to convert. */
export function orNull<T, U>(value: T | undefined, convert: (value: T) => U): U | null {
  return value === undefined ? null : convert(value);
}

/** `50,000 sat`, for sentences; msat that are no whole sats keep their decimals. */
export function satsInWords(msat: bigint): string {
  const size = msat < 0n ? -msat : msat;
  const whole = (size / 1000n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = size % 1000n === 0n ? "" : `.${(size % 1000n).toString().padStart(3, "0")}`;
  return `${msat < 0n ? "-" : ""}${whole}${fraction} sat`;
}
