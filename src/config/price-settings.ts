/** Where prices come from, as settings say it. */
import { z } from "zod";
import { reasonOf } from "../errors.ts";
import { parseCustomVenue } from "../price/custom-venue.ts";
import { type PriceSpec, parsePriceSpec } from "../price/spec.ts";
import type { Venue } from "../price/venues.ts";

export const priceSchema = z.string().transform(read<PriceSpec>(parsePriceSpec));

/** A line each. */
export const venuesSchema = z.string().transform(
  read((text): Venue[] => {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    if (lines.length === 0) throw new Error("name=N url=URL last=PATH");
    return lines.map(parseCustomVenue);
  }),
);

function read<T>(parse: (text: string) => T) {
  return (text: string, context: z.core.$RefinementCtx<string>): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: reasonOf(error) });
      return z.NEVER;
    }
  };
}
