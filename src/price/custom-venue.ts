/** A price source that a config entry defines: URL, where in the JSON its figures are, and their units. */
import { z } from "zod";
import { type Price, price } from "../stable/units.ts";
import { PriceError } from "./errors.ts";
import { priceText, type Quote, timeText, type timeUnits } from "./quote.ts";
import { type Venue, venues } from "./venues.ts";

/** How many of the quoted unit make a dollar. */
const priceUnits = { usd: 1n, cents: 100n } as const;

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Plain http only to this machine: anybody on the way could set the price. */
const sourceUrl = z.string().refine(
  (text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, hostname } = new URL(text);
    return protocol === "https:" || (protocol === "http:" && LOOPBACK.has(hostname));
  },
  { error: "give an https:// URL (http:// only to this machine)" },
);

const jsonPath = z.string().regex(/^(\.[A-Za-z0-9_-]+|\.\*|\[\d{1,3}\])+$/, {
  error: "give a path such as .data[0].last, with .* for the only value of an object",
});

/** One entry of `price.sources` in the config. */
export const customVenueSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9 ._-]{0,31}$/, { error: "give 1 to 32 small letters, digits, . _ or -" }),
    url: sourceUrl,
    last: jsonPath,
    bid: jsonPath.optional(),
    ask: jsonPath.optional(),
    time: jsonPath.optional(),
    time_unit: z.enum(["s", "ms", "us", "iso"] satisfies (keyof typeof timeUnits)[]).default("s"),
    unit: z.enum(["usd", "cents"] satisfies (keyof typeof priceUnits)[]).default("usd"),
    /** Milliseconds between two requests at least. */
    every_ms: z.int().min(500).max(60_000).default(2_000),
    /** Show it beside the others without counting it. */
    reference: z.boolean().default(false),
  })
  .refine((entry) => !venues.some((v) => v.name === entry.name), { error: "a built-in source has this name" });

export type CustomVenue = z.output<typeof customVenueSchema>;

/** @throws PriceError `bad_config` naming the field and what it must be */
export function customVenue(entry: unknown): Venue {
  const parsed = customVenueSchema.safeParse(entry);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const at = issue === undefined || issue.path.length === 0 ? "entry" : issue.path.join(".");
    throw new PriceError("bad_config", `price source, ${at}: ${issue?.message ?? "not understood"}`);
  }
  const { name, url, every_ms, reference } = parsed.data;
  return { name, url, everyMs: every_ms, schema: quoteSchema(parsed.data), ...(reference && { reference }) };
}

/**
 * The same as one line of text: `name=bank url=https://... last=.data.last time=.data.at time_unit=ms`.
 * @throws PriceError `bad_config` naming the word or field and what it must be
 */
export function parseCustomVenue(text: string): Venue {
  const entry: Record<string, unknown> = {};
  for (const word of text.trim().split(/\s+/)) {
    const at = word.indexOf("=");
    if (at < 1) throw new PriceError("bad_config", `price source: "${word}" is not field=value`);
    const [key, value] = [word.slice(0, at), word.slice(at + 1)];
    entry[key] = key === "every_ms" ? Number(value) : key === "reference" ? value === "true" : value;
  }
  return customVenue(entry);
}

function quoteSchema(entry: CustomVenue): z.ZodType<Quote> {
  const unit = priceUnits[entry.unit];
  const scaled = priceText.transform((p, context): Price => {
    const dollars = p / unit;
    if (dollars > 0n) return price(dollars);
    context.addIssue({ code: "custom", message: "no price in this unit" });
    return z.NEVER;
  });
  const time = timeText(entry.time_unit);
  return z.unknown().transform((body, context): Quote => {
    const take = <T>(path: string | undefined, schema: z.ZodType<T>): T | undefined => {
      if (path === undefined) return undefined;
      const parsed = schema.safeParse(pick(body, path));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: "custom", message: `${path}: ${parsed.error.issues[0]?.message ?? "not understood"}` });
      return undefined;
    };
    const last = take(entry.last, scaled);
    const rest = { bid: take(entry.bid, scaled), ask: take(entry.ask, scaled), timeMs: take(entry.time, time) };
    return last === undefined ? z.NEVER : { last, ...rest };
  });
}

/** The value at `.a[0].*`; undefined where there is none. */
export function pick(body: unknown, path: string): unknown {
  let value = body;
  for (const [, key, index] of path.matchAll(/\.([A-Za-z0-9_*-]+)|\[(\d+)\]/g)) {
    if (index !== undefined) {
      value = Array.isArray(value) ? value[Number(index)] : undefined;
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const entries = Object.entries(value);
      value =
        key === "*" ? (entries.length === 1 ? entries[0]?.[1] : undefined) : entries.find(([k]) => k === key)?.[1];
    } else {
      return undefined;
    }
  }
  return value;
}
