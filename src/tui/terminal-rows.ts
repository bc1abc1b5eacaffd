/**
 * From one screen of painted rows to the next in as few bytes as that takes. Ink would lay out, cut up and join every
 * cell of every row for each frame, which is most of what a frame costs; here a row that stayed costs a comparison.
 */
import { cells } from "./line.ts";

/** Shown at once (DEC mode 2026); a row the terminal thinks is longer than we do must not go on in the next one. */
const BEGIN = "\u001b[?2026h\u001b[?7l";
/** The cursor waits at home: whatever moves from there scrolls nothing. */
const END = "\u001b[?7h\u001b[H\u001b[?2026l";
const RESET = "\u001b[0m";
const FRESH = "\u001b[?25l\u001b[H\u001b[2J";

/** One cell each wherever they are shown, and nothing that joins its neighbour: ASCII, blocks, boxes, braille. */
const EVERYWHERE_ONE_CELL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape begins what rows are painted with
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u00ff\u2013\u2022\u2026\u203a\u2190-\u2193\u2500-\u25ff\u2800-\u28ff\u001b]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape begins what rows are painted with
const SEQUENCE = /\u001b\[[\d;]*m/g;

/** @param before what is on the screen; undefined where that isn't known, and everything is written */
export function repainted(before: readonly string[] | undefined, after: readonly string[]): string {
  let changes = "";
  for (const [y, row] of after.entries()) {
    const was = before?.[y];
    if (was !== row) changes += rowChange(was, row, y + 1);
  }
  if (before === undefined) return BEGIN + FRESH + changes + END;
  return changes === "" ? "" : BEGIN + changes + END;
}

function rowChange(was: string | undefined, row: string, y: number): string {
  if (was === undefined || !EVERYWHERE_ONE_CELL.test(was) || !EVERYWHERE_ONE_CELL.test(row)) {
    // Terminals disagree about the width of some characters: nothing of the old row may be left behind.
    return `\u001b[${y};1H\u001b[K${row.trimEnd()}`;
  }
  const { from, style } = commonStart(was, row);
  const end = commonEnd(was, row, from);
  const column = cells(row.slice(0, from).replace(SEQUENCE, "")) + 1;
  const changed = style + row.slice(from, row.length - end);
  const text = end > 0 ? changed : changed.trimEnd();
  return `\u001b[${y};${column}H${text}${style === "" ? "" : RESET}${text === changed ? "" : "\u001b[K"}`;
}

/** Where two rows begin to differ, never within a sequence, and the style that holds there. */
function commonStart(was: string, row: string): { from: number; style: string } {
  let from = 0;
  while (from < row.length && row[from] === was[from]) from += 1;
  const open = row.lastIndexOf("\u001b", from);
  if (open >= 0 && row.indexOf("m", open) >= from) from = open;
  const last = row.slice(0, from).match(SEQUENCE)?.at(-1) ?? "";
  return { from, style: last === RESET ? "" : last };
}

/** How many characters at the end are the same in the same style: from behind a reset on. */
function commonEnd(was: string, row: string, from: number): number {
  const most = Math.min(was.length, row.length) - from;
  let size = 0;
  while (size < most && row[row.length - 1 - size] === was[was.length - 1 - size]) size += 1;
  const tail = row.slice(row.length - size);
  const reset = tail.indexOf(RESET);
  return reset < 0 ? 0 : tail.length - reset - RESET.length;
}
