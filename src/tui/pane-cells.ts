/** What a list is made of: columns, rows, cells. */

import { cardView, type JsonObject, type View } from "../commands/view.ts";
import type { Role } from "../node/port.ts";
import { type Line, say, type Tone } from "./line.ts";
import { sats } from "./money-text.ts";
import type { PaneName, RoleState, State } from "./state.ts";

export interface Cell {
  line: Line;
  /** What it is sorted by; left out, its text. */
  rank?: bigint | number;
}

export interface Row {
  role: Role;
  id: string;
  /** Made only for rows that are seen, or looked through. */
  cells(): readonly Cell[];
  detail(): View;
  /** Where the rows of several roles are one list: its time. */
  at?: string;
}

export interface Column {
  title: string;
  align: "left" | "right";
  /** Cells; 0 takes what is left. */
  width: number;
  /** Left out first where there is little room: the highest number. */
  spare?: number;
}

export interface Pane {
  name: Exclude<PaneName, "overview">;
  columns: readonly Column[];
  /** Said where there are no rows. */
  empty: string;
  /** Newest at the end, and the screen follows it. */
  newestLast: boolean;
  rows(role: RoleState, of: Role, state: State): Row[];
}

/** A column with what it shows of a record. */
export interface RecordColumn<T> extends Column {
  cell(one: T, state: State): Cell;
}

export interface Records<T> extends Pick<Pane, "name" | "empty" | "newestLast"> {
  of(role: RoleState): readonly T[];
  id(one: T, index: number): string;
  /** RFC 3339, where there is a time. */
  at?(one: T): string;
  columns: readonly RecordColumn<T>[];
}

/** A list with a row for each record of a reading. */
export function recordPane<T extends object>({ of, id, at, columns, ...pane }: Records<T>): Pane {
  return {
    ...pane,
    columns,
    rows: (own, role, state) =>
      of(own).map((one, index) => ({
        role,
        id: id(one, index),
        ...(at === undefined ? {} : { at: at(one) }),
        cells: () => columns.map((column) => column.cell(one, state)),
        detail: () => card(one),
      })),
  };
}

export const text = (value: string, tone: Tone = "plain"): Cell => ({ line: [say(value, tone)] });
export const amount = (value: bigint | null, tone: Tone = "plain"): Cell =>
  value === null ? { line: [say("–", "faint")], rank: -1n } : { line: [say(sats(value / 1000n), tone)], rank: value };
export const short = (id: string): string => id.slice(0, 10);

export function card(reading: object): View {
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(reading))
    fields[name] = typeof value === "bigint" ? value.toString() : value;
  return cardView(fields);
}
