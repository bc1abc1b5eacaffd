/** Results as rows of text: tables drawn by ink-table, everything else as the plain text has it. */
import { renderToString, Text } from "ink";
import type { ComponentType, PropsWithChildren } from "react";
import { viewLines, visible } from "../commands/text.ts";
import type { View } from "../commands/view.ts";
import { cells, padTo, wrap } from "./line.ts";

interface TableProps {
  data: Record<string, string>[];
  columns: string[];
  cell: ComponentType<PropsWithChildren<{ column: number }>>;
  header: ComponentType<PropsWithChildren>;
  skeleton: ComponentType<PropsWithChildren>;
}

/**
 * ink-table is CommonJS and asks for Ink with `require`, which Bun refuses for a module with a top-level await unless
 * it is loaded already (vadimdemedes/ink-table#258). The import above has seen to that, which a second import
 * beside it would not wait for.
 */
const { default: Table }: { default: ComponentType<TableProps> } = require("ink-table");

type TableView = Extract<View, { kind: "table" }>;

/** Left and right edge of a cell with the frame's stroke. */
const CELL_EXTRA = 3;
const LEAST_COLUMN = 6;
const ID_SHOWN = 12;
/** Beyond that many rows frames are in the way, and slow. */
const MOST_FRAMED = 60;

const Plain = ({ children }: PropsWithChildren) => <Text>{children}</Text>;

/** Ids by their beginning, times without year and zone: what tells rows apart. */
function shortCell(cell: string): string {
  const time = /^\d{4}-(\d\d-\d\d)T(\d\d:\d\d:\d\d)Z$/.exec(cell);
  if (time !== null) return `${time[1]} ${time[2]}`;
  return /^(?:[0-9a-f]{40,}|ln[a-z0-9]{40,})$/.test(cell) ? `${cell.slice(0, ID_SHOWN)}…` : cell;
}

/** The widest columns give way until all fit, amounts never; undefined where even that isn't enough. */
function widthsOf(view: TableView, rows: readonly (readonly string[])[], width: number): number[] | undefined {
  const widths = view.columns.map((column, i) =>
    Math.max(cells(column.title), ...rows.map((row) => cells(row[i] ?? ""))),
  );
  const yielding = widths.map((size, i) => (view.columns[i]?.align === "left" ? size : 0));
  const room = width - view.columns.length * CELL_EXTRA - 1;
  for (let over = widths.reduce((sum, one) => sum + one, 0) - room; over > 0; over -= 1) {
    const widest = yielding.indexOf(Math.max(...yielding));
    const size = (yielding[widest] ?? 0) - 1;
    if (size < LEAST_COLUMN) return undefined;
    yielding[widest] = size;
    widths[widest] = size;
  }
  return widths;
}

function tableRows(view: TableView, width: number): readonly string[] | undefined {
  const rows = view.rows.map((row) => row.map((cell) => shortCell(visible(cell))));
  if (rows.length === 0 || rows.length > MOST_FRAMED) return undefined;
  const widths = widthsOf(view, rows, width);
  if (widths === undefined) return undefined;
  const titles = view.columns.map((column, i) => padTo(column.title, widths[i] ?? 0, column.align));
  // They are the columns' keys.
  if (new Set(titles).size < titles.length) return undefined;
  // ink-table measures with String.length, which is wrong for wide characters: it is given the row's number filled up
  // to the column's width, and the cell puts the text in its place.
  const data = rows.map((_, row) =>
    Object.fromEntries(titles.map((title, i) => [title, String(row).padEnd(widths[i] ?? 0)])),
  );
  const cell = ({ column, children }: PropsWithChildren<{ column: number }>) => {
    const text = rows[Number(String(children))]?.[column] ?? "";
    return <Text>{` ${padTo(text, widths[column] ?? 0, view.columns[column]?.align)} `}</Text>;
  };
  const table = <Table data={data} columns={titles} cell={cell} header={Plain} skeleton={Plain} />;
  const lines = renderToString(table, { columns: width }).split("\n");
  // One rule under the titles is enough.
  return lines.filter((line, i) => i < 3 || !line.startsWith("├"));
}

/** Every row at most `width` cells. */
export function resultRows(view: View, width: number): readonly string[] {
  if (view.kind === "stack") return view.views.flatMap((one) => resultRows(one, width));
  const table = view.kind === "table" ? tableRows(view, width) : undefined;
  return table ?? viewLines(view, { color: false }).flatMap((line) => wrap(line, width));
}
