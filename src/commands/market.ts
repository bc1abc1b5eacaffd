/** The price, where it comes from and how fresh it is. */
import { z } from "zod";
import { dollarPrice } from "./amounts.ts";
import { optional } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import { orNull, usd, usdField } from "./fields.ts";

export const marketCommands = [
  defineCommand({
    name: "price",
    roles: everyRole,
    shared: true,
    summary: "the accepted price and its sources; with USD set it",
    notes: ["Setting works in the demo and where the price source is a fixed one."],
    arguments: { to: optional("USD", dollarPrice, "dollars per bitcoin, set by hand") },
    result: z.strictObject({
      price_usd: usdField.nullable(),
      status: z.enum(["ok", "stale", "hold"]),
      reason: z.string().nullable(),
      label: z.string(),
      sources: z.array(
        z.strictObject({
          name: z.string(),
          price_usd: usdField.nullable(),
          age_ms: z.int().nullable(),
          state: z.string(),
        }),
      ),
    }),
    async run({ price }, { to }) {
      if (to !== undefined) price.set(to);
      const view = price.view();
      return {
        price_usd: orNull(view.price, usd),
        status: view.status,
        reason: orNull(view.reason, (text) => text),
        label: view.label,
        sources: view.sources.map((source) => ({
          name: source.name,
          price_usd: orNull(source.price, usd),
          age_ms: orNull(source.ageMs, Math.round),
          state: source.state,
        })),
      };
    },
  }),
];
