/** A list pane: heading, the rows that fit, the chosen one lit. */
import { block, cells, hitting, type Line, padTo, type Span, say, sized, type Tone } from "./line.ts";
import type { Column, Row } from "./pane-cells.ts";
import { paneOf, rowsOf } from "./panes.ts";
import { chosenIndex } from "./screen-keys.ts";
import { rolesShown, type State } from "./state.ts";
import { roleTone } from "./view-parts.ts";

const GAP = 2;
const LEAST_FREE = 10;
const ROLE_WIDTH = 8;

/** Which columns fit, and how wide each is. */
function layout(columns: readonly Column[], width: number): { index: number; width: number }[] {
  const kept = columns.map((column, index) => ({ column, index }));
  const used = () =>
    kept.reduce((sum, { column }) => sum + (column.width === 0 ? LEAST_FREE : column.width) + GAP, -GAP);
  while (used() > width) {
    const spare = kept
      .filter(({ column }) => column.spare !== undefined)
      .toSorted((a, b) => (b.column.spare ?? 0) - (a.column.spare ?? 0))[0];
    if (spare === undefined) break;
    kept.splice(kept.indexOf(spare), 1);
  }
  const free = Math.max(width - used() + LEAST_FREE, LEAST_FREE);
  return kept.map(({ column, index }) => ({ index, width: column.width === 0 ? free : column.width }));
}

function cellSpans(line: Line, width: number, align: Column["align"], lit: boolean): Span[] {
  const size = line.reduce((sum, span) => sum + cells(span.text), 0);
  const space = Math.max(width - size, 0);
  const fitted = size > width ? sized(line, width) : line;
  const filled = align === "right" ? [say(" ".repeat(space)), ...fitted] : [...fitted, say(" ".repeat(space))];
  return lit ? filled.map((span) => ({ ...span, tone: "select" as const })) : filled;
}

export function listPane(state: State, width: number, height: number): Line[] {
  const pane = paneOf(state.pane);
  if (pane === undefined) return [];
  const rows = rowsOf(state, pane);
  const roles = rolesShown(state).length > 1;
  const inner = width - 2;
  const places = layout(pane.columns, inner - (roles ? ROLE_WIDTH + GAP : 0));
  const gapBehind = (place: (typeof places)[number], tone: Tone = "plain"): Span[] =>
    place === places.at(-1) ? [] : [say(" ".repeat(GAP), tone)];
  const head: Span[] = [say(" ")];
  if (roles) head.push(say(padTo("role", ROLE_WIDTH + GAP), "dim"));
  for (const place of places) {
    const column = pane.columns[place.index];
    if (column === undefined) continue;
    const mark = state.list.sort === place.index ? (state.list.reverse ? " ↓" : " ↑") : "";
    head.push(
      say(padTo(column.title + mark, place.width, column.align), mark === "" ? "dim" : "accent"),
      ...gapBehind(place),
    );
  }
  if (rows.length === 0) {
    const why = state.list.filter === "" ? pane.empty : `Nothing here has "${state.list.filter}" in it.`;
    return block([head, [say(` ${why}`, "dim")]], width, height);
  }
  const at = chosenIndex(state, rows.length - 1);
  const room = Math.max(height - 2, 1);
  // By half a screen at a time: most steps change two rows and not all of them.
  const half = Math.max(Math.floor(room / 2), 1);
  const from = Math.max(0, Math.min(Math.floor((at - room / 4) / half) * half, rows.length - room));
  const shown = rows.slice(from, from + room).map((row, n) => rowLine(row, from + n, from + n === at));

  function rowLine(row: Row, at: number, lit: boolean): Line {
    const line: Span[] = [say(lit ? "▌" : " ", "accent")];
    if (roles) line.push(...cellSpans([say(row.role, roleTone[row.role])], ROLE_WIDTH + GAP, "left", lit));
    const all = row.cells();
    for (const place of places) {
      const column = pane?.columns[place.index];
      const cell = all[place.index];
      if (column === undefined || cell === undefined) continue;
      line.push(...cellSpans(cell.line, place.width, column.align, lit), ...gapBehind(place, lit ? "select" : "plain"));
    }
    return hitting(line, { row: at });
  }
  const filter = state.list.filter === "" ? "" : ` · filter "${state.list.filter}"`;
  const foot: Line = [say(` ${at + 1} of ${rows.length}${filter}`, "faint")];
  return [...block([head, ...shown], width, height - 1), sized(foot, width)];
}
