/**
 * Amounts as people type them. Plain integers are sats; `50000sat`, `50000000msat`, `0.0005btc` name their unit;
 * dollars are `4`, `4.00` or `$4.00`. Digit by digit into integers: no float takes part.
 */
import { z } from "zod";
import {
  MAX_MICRO,
  MAX_MSAT,
  MICRO_PER_USD,
  type Micro,
  MSAT_PER_BTC,
  MSAT_PER_SAT,
  type Msat,
  micro,
  msat,
  type Price,
  price,
  type Sat,
  sat,
} from "../stable/units.ts";
import type { ArgumentKind } from "./arguments.ts";

type Read = { ok: true; value: bigint } | { ok: false; why: string };

const SHAPE = /^(-?)(\d+)(?:\.(\d+))?\s*([a-z$€£₿]*)$/i;
const LONGEST = 40;
/** A map: what was typed must not find what every object inherits. */
const msatPerUnit = new Map([
  ["sat", MSAT_PER_SAT],
  ["sats", MSAT_PER_SAT],
  ["msat", 1n],
  ["msats", 1n],
  ["btc", MSAT_PER_BTC],
]);

const no = (why: string): Read => ({ ok: false, why });

/** `whole.fraction` times `scale`, exactly; undefined where something of the fraction is left. */
function scaled(whole: string, fraction: string, scale: bigint): bigint | undefined {
  const denominator = 10n ** BigInt(fraction.length);
  const product = BigInt(whole + fraction) * scale;
  return product % denominator === 0n ? product / denominator : undefined;
}

/** Text to msat. */
export function readBitcoin(text: string): Read {
  const typed = text.trim();
  const match = typed.length > LONGEST ? null : SHAPE.exec(typed);
  if (match === null) return no(notANumber(typed));
  const [, sign = "", whole = "", fraction = "", unit = ""] = match;
  if (sign === "-") return no("an amount cannot be negative");
  if (unit === "" && fraction !== "") return no(`a plain number is whole sats; ${typed} bitcoin would be ${typed}btc`);
  const scale = unit === "" ? MSAT_PER_SAT : msatPerUnit.get(unit.toLowerCase());
  if (scale === undefined) return no(`${unit} is not sat, msat or btc`);
  const value = scaled(whole, fraction, scale);
  if (value === undefined) return no("it has a fraction of a millisatoshi");
  if (value > MAX_MSAT) return no("there will never be more than 21 million bitcoin");
  return { ok: true, value };
}

/** Text to micro-dollars. */
export function readDollars(text: string): Read {
  const typed = text.trim().replace(/^(-?)\$/, "$1");
  const match = typed.length > LONGEST ? null : SHAPE.exec(typed);
  if (match === null) return no(notANumber(typed));
  const [, sign = "", whole = "", fraction = "", unit = ""] = match;
  if (sign === "-") return no("a dollar amount cannot be negative");
  if (unit !== "") return no(`${unit} is not a unit of dollars`);
  const value = scaled(whole, fraction, MICRO_PER_USD);
  if (value === undefined) return no("dollars have at most 6 decimals");
  if (value > MAX_MICRO) return no("more than 10 billion dollars");
  return { ok: true, value };
}

function notANumber(typed: string): string {
  if (typed === "") return "it is empty";
  if (typed.length > LONGEST) return "it is too long for an amount";
  return /^[\d,._\s]+$/.test(typed) ? "an amount has digits and at most one point" : "it is not an amount";
}

function amountSchema<T>(read: (text: string) => Read, finish: (value: bigint) => T | string): z.ZodType<T, string> {
  return z.string().transform((text, context): T => {
    const amount = read(text);
    const done = amount.ok ? finish(amount.value) : amount.why;
    if (typeof done !== "string") return done;
    context.addIssue({ code: "custom", message: done });
    return z.NEVER;
  });
}

function wholeSats(value: bigint): Sat | string {
  if (value === 0n) return "it must be more than zero";
  return value % MSAT_PER_SAT === 0n ? sat(value / MSAT_PER_SAT) : "only whole sats can be moved here";
}

const SATS = "sats such as 50000, 50000sat, 50000000msat or 0.0005btc";

/** More than zero, whole sats: what a channel or a transaction can hold. */
export const satAmount: ArgumentKind<Sat> = {
  code: "bad_amount",
  expects: SATS,
  schema: amountSchema(readBitcoin, wholeSats),
};

/** More than zero. */
export const msatAmount: ArgumentKind<Msat> = {
  code: "bad_amount",
  expects: SATS,
  schema: amountSchema(readBitcoin, (value) => (value === 0n ? "it must be more than zero" : msat(value))),
};

/** Zero is an answer here. */
export const msatOrZero: ArgumentKind<Msat> = {
  code: "bad_amount",
  expects: `0 or ${SATS}`,
  schema: amountSchema(readBitcoin, msat),
};

/** More than zero, or whatever the payer chooses. */
export const msatAmountOrAny: ArgumentKind<Msat | "any"> = {
  code: "bad_amount",
  expects: `any, or ${SATS}`,
  schema: z.string().transform((text, context): Msat | "any" => {
    if (text.trim().toLowerCase() === "any") return "any";
    const parsed = msatAmount.schema.safeParse(text);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: "custom", message: parsed.error.issues[0]?.message ?? SATS });
    return z.NEVER;
  }),
};

/** Zero is an answer here. */
export const satsOrZero: ArgumentKind<Sat> = {
  code: "bad_amount",
  expects: `0 or ${SATS}`,
  schema: amountSchema(readBitcoin, (value) => (value === 0n ? sat(0n) : wholeSats(value))),
};

export const satAmountOrAll: ArgumentKind<Sat | "all"> = {
  code: "bad_amount",
  expects: `all, or ${SATS}`,
  schema: z.string().transform((text, context): Sat | "all" => {
    if (text.trim().toLowerCase() === "all") return "all";
    const parsed = satAmount.schema.safeParse(text);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: "custom", message: parsed.error.issues[0]?.message ?? SATS });
    return z.NEVER;
  }),
};

/** More than zero. */
export const dollarAmount: ArgumentKind<Micro> = {
  code: "bad_amount",
  expects: "dollars such as 4, 4.00 or $4.00",
  schema: amountSchema(readDollars, (value) => (value === 0n ? "it must be more than zero" : micro(value))),
};

/** Zero is an answer here. */
export const dollarsOrZero: ArgumentKind<Micro> = {
  code: "bad_amount",
  expects: "dollars such as 0, 0.01 or $4.00",
  schema: amountSchema(readDollars, micro),
};

/** Dollars per bitcoin. */
export const dollarPrice: ArgumentKind<Price> = {
  code: "bad_amount",
  expects: "dollars per bitcoin such as 80000 or $79999.50",
  schema: amountSchema(readDollars, (value) => (value === 0n ? "a price must be more than zero" : price(value))),
};
