/** A view as plain text, for scripts, one-shot use and the first prompt. */
import type { Column, View } from "./view.ts";

export interface TextStyle {
  /** Escape sequences for headings and labels; off for NO_COLOR and whatever is not a terminal. */
  color: boolean;
}

const LONG_ID = /^(?:[0-9a-f]{40,}|ln[a-z0-9]{40,})$/;
const SHOWN_OF_ID = 12;
/** Controls, and what turns or hides the text around it: bidi marks, zero-width characters, line separators. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must never reach a terminal
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text from elsewhere made safe to print: what can't be seen is written as `\u{..}`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

function shortened(cell: string): string {
  return LONG_ID.test(cell) ? `${cell.slice(0, SHOWN_OF_ID)}…` : cell;
}

function padded(cell: string, width: number, align: Column["align"]): string {
  const space = " ".repeat(Math.max(width - Bun.stringWidth(cell), 0));
  return align === "right" ? space + cell : cell + space;
}

const dim = (text: string, { color }: TextStyle) => (color && text !== "" ? `\u001b[2m${text}\u001b[22m` : text);

function table(view: Extract<View, { kind: "table" }>, style: TextStyle): string[] {
  if (view.rows.length === 0) return view.empty === "" ? [] : [view.empty];
  const rows = view.rows.map((row) => row.map((cell) => shortened(visible(cell))));
  const widths = view.columns.map((column, i) =>
    Math.max(Bun.stringWidth(column.title), ...rows.map((row) => Bun.stringWidth(row[i] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    view.columns
      .map((column, i) => padded(cells[i] ?? "", widths[i] ?? 0, column.align))
      .join("  ")
      .trimEnd();
  return [dim(line(view.columns.map((column) => column.title)), style), ...rows.map(line)];
}

function card(view: Extract<View, { kind: "card" }>, style: TextStyle): string[] {
  const width = Math.max(0, ...view.fields.map(([label]) => Bun.stringWidth(label)));
  return view.fields.map(([label, value]) => `${dim(padded(label, width, "left"), style)}  ${visible(value)}`);
}

/** Lines without a newline at their ends. */
export function viewLines(view: View, style: TextStyle): string[] {
  switch (view.kind) {
    case "table":
      return table(view, style);
    case "card":
      return card(view, style);
    case "lines":
      return view.lines.map(visible);
    case "stack":
      return view.views.flatMap((part) => viewLines(part, style));
  }
}
