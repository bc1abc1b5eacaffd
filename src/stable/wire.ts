/** The value types of messages: each a codec between what stands in the JSON and what the program works with. */
import { z } from "zod";
import { PLAIN_TEXT } from "./plain-text.ts";
import { MAX_MICRO, MAX_MSAT, type Micro, type Msat, micro, msat, type Price, price } from "./units.ts";

/** A decimal without sign or leading zeros. */
const DECIMAL = /^(?:0|[1-9][0-9]{0,18})$/;

function amount<T extends bigint>(name: string, least: bigint, most: bigint, make: (n: bigint) => T) {
  return z.codec(
    z.string().regex(DECIMAL, `${name}: a decimal string without leading zeros`),
    z.custom<T>((n) => typeof n === "bigint"),
    {
      decode: (text, context) => {
        const n = BigInt(text);
        if (n >= least && n <= most) return make(n);
        context.issues.push({ code: "custom", input: text, message: `${name}: ${text} is not in ${least}..${most}` });
        return z.NEVER;
      },
      encode: (n) => n.toString(),
    },
  );
}

/** Micro-dollars, 0 to ten billion dollars. */
export const wireMicro = amount<Micro>("micro-dollars", 0n, MAX_MICRO, micro);
/** A target: at least one micro-dollar. */
export const wireTarget = amount<Micro>("target", 1n, MAX_MICRO, micro);
/** Millisatoshi, 0 to 21 million bitcoin. */
export const wireMsat = amount<Msat>("msat", 0n, MAX_MSAT, msat);
/** A payment: at least one satoshi, whole satoshis. */
export const wirePaid = amount<Msat>("amount", 1_000n, MAX_MSAT, msat).refine(
  (n) => n % 1_000n === 0n,
  "amount: whole satoshis",
);
/** Micro-dollars per bitcoin, above 0. */
export const wirePrice = amount<Price>("price", 1n, MAX_MICRO, price);

/** JSON can spell a zero with a sign, which canonical JSON has no text for. */
export function integer(least: number, most: number) {
  return z
    .int()
    .min(least)
    .max(most)
    .refine((n) => !Object.is(n, -0), "a zero without a sign");
}

/** Unix seconds, up to the year 2106. */
export const wireTime = integer(0, 4_294_967_295);
export const wireCount = integer(1, 4_294_967_295);
/** 32 bytes, lower-case hex. */
export const wireHash = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits");
export const wireText = z.string().max(64).regex(PLAIN_TEXT, "printable ASCII without quotation mark and backslash");
