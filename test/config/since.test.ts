/** When a seed was made: a day or a block's height. */
import { expect, test } from "bun:test";
import { sinceSchema } from "../../src/config/since.ts";

test.each([
  ["2026-01-31", { time: Date.UTC(2026, 0, 31) / 1000 }],
  ["2024-02-29", { time: Date.UTC(2024, 1, 29) / 1000 }],
  ["840000", { height: 840_000 }],
  ["0", { height: 0 }],
])("%s is understood", (text, since) => {
  expect(sinceSchema.parse(text)).toEqual(since);
});

test.each(["", "yesterday", "2026-02-30", "2025-02-29", "2026-13-01", "1999-12-31", "31.1.2026", "-5", "1e6"])(
  "%p is refused with its form",
  (text) => {
    expect(sinceSchema.safeParse(text).error?.issues[0]?.message).toMatch(/2026-01-31.*height/);
  },
);
