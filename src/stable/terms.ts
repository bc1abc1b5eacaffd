/** Terms: what two peers agree on besides the amounts. Wire form, defaults and presets. */
import { z } from "zod";
import type { Terms } from "./agreement.ts";
import { micro } from "./units.ts";
import { integer, wireMicro } from "./wire.ts";

const DAY = 86_400;

/**
 * The wire form. Whole words where a propose of the greatest values still fits its 1,000 bytes: short enough for the
 * onion, long enough to be read in an audit line.
 */
const wireSchema = z.strictObject({
  band_bps: integer(0, 10_000),
  floor: wireMicro,
  check_s: integer(0, DAY),
  cooldown_s: integer(0, DAY),
  tolerance_bps: integer(0, 10_000),
  cover_bps: integer(0, 9_999),
  strikes: integer(1, 100),
  fee_bps: integer(0, 10_000),
});

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** Codec between the wire form and `Terms`. */
export const termsSchema = z.codec(wireSchema, z.custom<Terms>(isObject), {
  decode: (w): Terms => ({
    bandBps: w.band_bps,
    floorMicro: w.floor,
    checkSeconds: w.check_s,
    cooldownSeconds: w.cooldown_s,
    toleranceBps: w.tolerance_bps,
    minCoverBps: w.cover_bps,
    strikes: w.strikes,
    feeBps: w.fee_bps,
  }),
  encode: (t) => ({
    band_bps: t.bandBps,
    floor: t.floorMicro,
    check_s: t.checkSeconds,
    cooldown_s: t.cooldownSeconds,
    tolerance_bps: t.toleranceBps,
    cover_bps: t.minCoverBps,
    strikes: t.strikes,
    fee_bps: t.feeBps,
  }),
});

/** @throws ZodError for terms outside the ranges above */
export function wireTerms(terms: Terms): z.input<typeof wireSchema> {
  return z.encode(termsSchema, terms);
}

export const defaultTerms: Terms = {
  bandBps: 25,
  floorMicro: micro(10_000n),
  checkSeconds: 10,
  cooldownSeconds: 0,
  toleranceBps: 50,
  minCoverBps: 2_000,
  strikes: 3,
  feeBps: 0,
};

/** `stable-channels`: the thresholds of Stable Channels (0.1 %, $0.25, 120 s), for comparison. */
export const termsPresets = {
  default: defaultTerms,
  "stable-channels": { ...defaultTerms, bandBps: 10, floorMicro: micro(250_000n), cooldownSeconds: 120 },
} as const satisfies Record<string, Terms>;

export type TermsPreset = keyof typeof termsPresets;
