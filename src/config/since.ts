/** When a seed was made, as a person knows it. */
import { z } from "zod";

/** `time` in unix seconds: the day's beginning, UTC. */
export type Since = { height: number } | { time: number };

/** Bitcoin's first block. */
const FIRST_DAY = Date.UTC(2009, 0, 3) / 1000;

/** A day (2026-01-31) or a block's height. */
export const sinceSchema = z.string().transform((text, context): Since => {
  if (/^\d{1,8}$/.test(text)) return { height: Number(text) };
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) / 1000 : Number.NaN;
  // Date.parse takes the 31st of any month for a day of the next.
  const isDay = !Number.isNaN(time) && new Date(time * 1000).toISOString().startsWith(text);
  if (isDay && time >= FIRST_DAY) return { time };
  context.issues.push({ code: "custom", input: text, message: "a day as 2026-01-31, or a block's height" });
  return z.NEVER;
});
