/**
 * How the fields of a record cross into SQL and back. Money and times are SQLite integers (bigint in JS), structures
 * are JSON text with amounts as decimal strings; everything is parsed in both directions.
 */
import { z } from "zod";
import {
  type Micro,
  type Msat,
  micro,
  msat,
  type Price,
  price,
  type Sat,
  type SignedMsat,
  sat,
  signedMsat,
} from "../stable/units.ts";

export const text = z.string();

const unitColumn = <T extends bigint>(unit: (n: bigint) => T) =>
  z.codec(z.bigint(), z.custom<T>(inUnit(unit)), { decode: unit, encode: (amount) => amount });

/** Whether the unit's own constructor takes the value, so that nothing out of range is ever written. */
function inUnit(unit: (n: bigint) => bigint): (value: unknown) => boolean {
  return (value) => {
    try {
      return typeof value === "bigint" && unit(value) === value;
    } catch {
      return false;
    }
  };
}

export const satColumn = unitColumn<Sat>(sat);
export const msatColumn = unitColumn<Msat>(msat);
export const signedMsatColumn = unitColumn<SignedMsat>(signedMsat);
export const microColumn = unitColumn<Micro>(micro);
export const priceColumn = unitColumn<Price>(price);

/** A count, or a time in unix seconds: a safe integer from 0. */
export const count = z.codec(z.bigint(), z.int().nonnegative(), { decode: Number, encode: BigInt });

export const flag = z.codec(z.literal([0n, 1n]), z.boolean(), {
  decode: (bit) => bit === 1n,
  encode: (set) => (set ? 1n : 0n),
});

/** An enumeration that no longer compiles when the contract's union gains or loses a member. */
export const oneOf = <T extends string>(members: { [K in T]: K }) => z.enum(members);

/** JSON text of what `shape` describes. */
export const json = <S extends z.ZodType>(shape: S) =>
  z
    .codec(z.string(), z.unknown(), {
      decode: (source): unknown => JSON.parse(source),
      encode: (value) => JSON.stringify(value),
    })
    .pipe(shape);

/** Micro-dollars inside JSON: a decimal string. */
export const microText = z.codec(z.string().regex(/^\d+$/), microColumn.out, {
  decode: (digits) => micro(BigInt(digits)),
  encode: String,
});

export const envelopeColumn = json(z.strictObject({ payload: z.string(), signature: z.string() }));
