import { expect, test } from "bun:test";
import fc from "fast-check";
import type { View } from "../../src/commands/view.ts";
import { cells } from "../../src/tui/line.ts";
import { resultRows } from "../../src/tui/result-rows.tsx";

const table = (rows: string[][]): View => ({
  kind: "table",
  empty: "nothing",
  columns: [
    { title: "peer", align: "left" },
    { title: "amount", align: "right" },
  ],
  rows,
});

test("a table with wide characters and emoji keeps its edges", () => {
  expect(
    resultRows(
      table([
        ["漢字 node 🚀", "1,000 sat"],
        ["🇺🇳 é", "5 sat"],
      ]),
      60,
    ),
  ).toEqual([
    "┌──────────────┬───────────┐",
    "│ peer         │    amount │",
    "├──────────────┼───────────┤",
    "│ 漢字 node 🚀 │ 1,000 sat │",
    "│ 🇺🇳 é         │     5 sat │",
    "└──────────────┴───────────┘",
  ]);
});

test("no row is wider than the screen, and every line of a frame is as wide as the others", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", " x", "漢", "🚀", "é", "\u202e", "9") });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 30, max: 120 }),
      (rows, width) => {
        const drawn = resultRows(table(rows.map((row) => [...row])), width);
        for (const row of drawn) expect(cells(row)).toBeLessThanOrEqual(width);
        if (drawn[0]?.startsWith("┌")) expect(new Set(drawn.map(cells)).size).toBe(1);
      },
    ),
    { numRuns: 60 },
  );
});

test("an empty table says so", () => {
  expect(resultRows(table([]), 60)).toEqual(["nothing"]);
});
