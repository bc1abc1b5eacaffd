/** Rows of styled text and how they are put together: all that a screen is made of. Widths are terminal cells. */

export type Tone =
  | "plain"
  | "strong"
  | "dim"
  | "faint"
  | "good"
  | "warn"
  | "bad"
  | "accent"
  | "dollar"
  | "bitcoin"
  | "key"
  | "select"
  | "cursor"
  | "exchange"
  | "user"
  | "lsp"
  | "alarm"
  | "code";

/** What a click on a piece of the screen means: a key's press, or one of many. */
export type Hit = { key: string } | { tab: number } | { pane: string } | { row: number } | { palette: number };

export interface Span {
  text: string;
  tone: Tone;
  hit?: Hit;
}
export type Line = readonly Span[];

const ELLIPSIS = "…";
const graphemes = new Intl.Segmenter();

export const cells = (text: string): number => Bun.stringWidth(text);

export function say(text: string, tone: Tone = "plain"): Span {
  return { text, tone };
}

/** Every piece of a line as one target of the mouse. */
export function hitting(line: Line, hit: Hit): Line {
  return line.map((span) => ({ ...span, hit }));
}

export const blank: Line = [];

export function widthOf(line: Line): number {
  return line.reduce((sum, span) => sum + cells(span.text), 0);
}

/** The longest beginning that fits, whole graphemes only. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += cells(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept;
}

/** Cut with an ellipsis where it is too long. */
export function shorten(text: string, width: number): string {
  if (cells(text) <= width) return text;
  return width < 1 ? "" : cut(text, width - 1) + ELLIPSIS;
}

export function padTo(text: string, width: number, align: "left" | "right" = "left"): string {
  const short = shorten(text, width);
  const space = " ".repeat(Math.max(width - cells(short), 0));
  return align === "left" ? short + space : space + short;
}

/** Exactly `width` cells: cut or filled up. */
export function sized(line: Line, width: number): Line {
  const out: Span[] = [];
  let left = width;
  for (const span of line) {
    if (left <= 0) break;
    const text = shorten(span.text, left);
    left -= cells(text);
    out.push(text === span.text ? span : { ...span, text });
  }
  if (left > 0) out.push(say(" ".repeat(left)));
  return out;
}

/** One part at the left edge, one at the right; the left one gives way. */
export function apart(left: Line, right: Line, width: number): Line {
  const room = width - widthOf(right);
  return room < 1 ? sized(left, width) : [...sized(left, room), ...right];
}

export function centred(line: Line, width: number): Line {
  const space = Math.max(Math.floor((width - widthOf(line)) / 2), 0);
  return sized([say(" ".repeat(space)), ...line], width);
}

/** Exactly `height` rows of exactly `width` cells. */
export function block(lines: readonly Line[], width: number, height: number): Line[] {
  return Array.from({ length: Math.max(height, 0) }, (_, i) => sized(lines[i] ?? blank, width));
}

/** Blocks of the same height, side by side. */
export function beside(blocks: readonly (readonly Line[])[], gap = 0): Line[] {
  const height = Math.max(0, ...blocks.map((lines) => lines.length));
  return Array.from({ length: height }, (_, i) =>
    blocks.flatMap((lines, n) => [...(n > 0 && gap > 0 ? [say(" ".repeat(gap))] : []), ...(lines[i] ?? blank)]),
  );
}

/** A frame with a title in its upper edge. */
export function panel(title: Line, body: readonly Line[], width: number, height: number, edge: Tone = "faint"): Line[] {
  const inner = width - 4;
  const head = widthOf(title) === 0 ? blank : [say(" ", edge), ...fitted(title, width - 5), say(" ", edge)];
  const rest = Math.max(width - 3 - widthOf(head), 0);
  return [
    [say("╭─", edge), ...head, say(`${"─".repeat(rest)}╮`, edge)],
    ...block(body, inner, height - 2).map((line) => [say("│ ", edge), ...line, say(" │", edge)]),
    [say(`╰${"─".repeat(Math.max(width - 2, 0))}╯`, edge)],
  ];
}

function fitted(line: Line, width: number): Line {
  return widthOf(line) <= width ? line : sized(line, width);
}

/** A heading with a rule behind it. */
export function heading(title: Line, width: number): Line {
  const rest = Math.max(width - widthOf(title) - 1, 0);
  return sized([...title, say(` ${"─".repeat(rest)}`, "faint")], width);
}

export function plainText(line: Line): string {
  return line.map((span) => span.text).join("");
}

/** Words of a text on rows of at most `width` cells. */
export function wrap(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(" ")) {
    if (row !== "" && cells(row) + 1 + cells(word) > width) {
      rows.push(row);
      row = word;
    } else row = row === "" ? word : `${row} ${word}`;
    while (cells(row) > width) {
      const head = cut(row, Math.max(width, 1));
      rows.push(head);
      row = row.slice(head.length);
    }
  }
  return row === "" && rows.length > 0 ? rows : [...rows, row];
}
