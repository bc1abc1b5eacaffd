/** What is written for a frame leaves the terminal with exactly that frame. */
import { expect, test } from "bun:test";
import { Terminal } from "@xterm/headless";
import fc from "fast-check";
import { say, sized, type Tone } from "../../src/tui/line.ts";
import { repainted } from "../../src/tui/terminal-rows.ts";
import { paint } from "../../src/tui/theme.ts";

const COLUMNS = 24;
const ROWS = 5;

const tones = fc.constantFrom<Tone>("plain", "dim", "select", "good", "alarm", "cursor");
const words = fc.constantFrom("", "a", "b", "abc", "sat 12", "sat 13", "  ", "─●┼", "⣿⠁", "漢字", "e\u0301", "🚀", "…");
const line = fc.array(fc.record({ text: words, tone: tones }), { maxLength: 6 }).map((spans) =>
  paint(
    sized(
      spans.map(({ text, tone }) => say(text, tone)),
      COLUMNS,
    ),
    "dark",
  ),
);
const frame = fc.array(line, { minLength: ROWS, maxLength: ROWS });

async function shown(bytes: readonly string[]): Promise<string[]> {
  const terminal = new Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  for (const chunk of bytes) await new Promise<void>((resolve) => terminal.write(chunk, resolve));
  const rows = Array.from({ length: ROWS }, (_, y) => {
    const row = terminal.buffer.active.getLine(y);
    return Array.from({ length: COLUMNS }, (__, x) => {
      const cell = row?.getCell(x);
      // A blank that was never written looks like one that was.
      const chars = cell?.getChars() === "" && cell.getWidth() === 1 ? " " : cell?.getChars();
      return [chars, cell?.getFgColor(), cell?.getBgColor(), cell?.isBold(), cell?.isInverse()].join();
    }).join("|");
  });
  terminal.dispose();
  return rows;
}

test("any frame after any other looks as if it had been drawn alone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 4 }), async (frames) => {
      const steps = frames.map((one, i) => repainted(frames[i - 1], one));
      expect(await shown(steps)).toEqual(await shown([repainted(undefined, frames.at(-1) ?? [])]));
    }),
    { numRuns: 200 },
  );
});

test("a frame that stayed writes nothing; one changed word writes little more than itself", () => {
  const rowOf = (word: string) =>
    paint([say("balance ", "dim"), say(word, "good"), say(" sat of many", "dim")], "dark");
  const before = ["a", rowOf("1,000"), "c"];
  expect(repainted(before, [...before])).toBe("");
  const written = repainted(before, ["a", rowOf("1,002"), "c"]);
  expect(written).toContain("\u001b[2;13H");
  expect(written).not.toContain("sat of many");
});
