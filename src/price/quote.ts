/** What one source said, parsed and checked on its own before it meets the others. */
import { z } from "zod";
import type { Price } from "../stable/units.ts";
import type { Observation } from "./consensus.ts";
import { parsePrice } from "./decimal.ts";

export interface Quote {
  last: Price;
  bid?: Price | undefined;
  ask?: Price | undefined;
  /** Unix milliseconds the source states; undefined where it states none. */
  timeMs?: number | undefined;
}

/** A dollar price as text (JSON numbers arrive as their text). */
export const priceText = z.string().transform((text, context): Price => {
  const parsed = parsePrice(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: "custom", message: `"${text.slice(0, 24)}" is no price` });
  return z.NEVER;
});

const YEAR_2000_MS = 946_684_800_000;
const YEAR_2100_MS = 4_102_444_800_000;

export const timeUnits = {
  s: (text: string) => Number(text) * 1_000,
  ms: Number,
  us: (text: string) => Number(text) / 1_000,
  iso: (text: string) => (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN),
} as const satisfies Record<string, (text: string) => number>;

export type TimeUnit = keyof typeof timeUnits;

/** A moment in one of the units above as unix milliseconds. */
export function timeText(unit: TimeUnit) {
  return z.string().transform((text, context): number => {
    const ms = /^[\d.:TZ+-]{1,40}$/.test(text) ? timeUnits[unit](text) : Number.NaN;
    if (ms > YEAR_2000_MS && ms < YEAR_2100_MS) return ms;
    context.addIssue({ code: "custom", message: `"${text.slice(0, 40)}" is no time` });
    return z.NEVER;
  });
}

/** A source's own clock may run ahead this far. */
const FUTURE_MS = 5_000;

/**
 * Whether a quote is sane by itself: bid and ask in order, at most 1 % apart, the last price within 2 % of them, and
 * its time neither in the future nor (by `maxAgeMs`, for sources whose time is coarse) long past.
 * @param coarse the source's time is a bound only: the quote counts as of its receipt
 */
export function observe(
  source: string,
  quote: Quote,
  received: { wallMs: number; steadyMs: number },
  time: { coarse: boolean; maxAgeMs: number },
): Observation {
  const { last, bid, ask, timeMs } = quote;
  const atMs = received.steadyMs;
  const wrong = (error: string): Observation => ({ source, atMs, error });
  if (bid !== undefined && bid * 100n > last * 102n) return wrong("bid far above the last price");
  if (ask !== undefined && ask * 100n < last * 98n) return wrong("ask far below the last price");
  if (bid !== undefined && ask !== undefined) {
    if (ask < bid) return wrong("crossed book: ask below bid");
    if ((ask - bid) * 100n > bid) return wrong("spread above 1 %");
  }
  if (timeMs === undefined) return { source, atMs, price: last };
  const age = received.wallMs - timeMs;
  if (age < -FUTURE_MS) return wrong(`its time is ${Math.round(-age / 1_000)} s ahead of this machine's clock`);
  if (!time.coarse) return { source, atMs: atMs - Math.max(age, 0), price: last };
  return age > time.maxAgeMs ? wrong(`its time is ${Math.round(age / 1_000)} s old`) : { source, atMs, price: last };
}
