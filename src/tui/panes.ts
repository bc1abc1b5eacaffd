/** The lists: found by name, filtered and sorted. */

import type { Cell, Pane, Row } from "./pane-cells.ts";
import { channelsPane } from "./pane-channels.ts";
import { recordPanes } from "./pane-records.ts";
import { type PaneName, rolesShown, type State } from "./state.ts";

export const panes: readonly Pane[] = [channelsPane, ...recordPanes];

export function paneOf(name: PaneName): Pane | undefined {
  return panes.find((pane) => pane.name === name);
}

const textOf = (row: Row): string =>
  row
    .cells()
    .map((cell) => cell.line.map((span) => span.text).join(""))
    .join(" ");

function compare(a: Cell | undefined, b: Cell | undefined): number {
  if (a?.rank !== undefined && b?.rank !== undefined) return a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0;
  const left = a?.line.map((span) => span.text).join("") ?? "";
  const right = b?.line.map((span) => span.text).join("") ?? "";
  return left.localeCompare(right);
}

/** Of all roles shown, filtered and sorted as the list says. */
export function rowsOf(state: State, pane: Pane): Row[] {
  const roles = rolesShown(state);
  const each = roles.flatMap((role) => pane.rows(state.roles[role], role, state));
  const all =
    roles.length > 1 && pane.newestLast ? each.toSorted((a, b) => (a.at ?? "").localeCompare(b.at ?? "")) : each;
  const wanted = state.list.filter.toLowerCase();
  const kept =
    wanted === "" ? all : all.filter((row) => `${row.role} ${row.id} ${textOf(row)}`.toLowerCase().includes(wanted));
  const { sort, reverse } = state.list;
  if (sort < 0) return kept;
  const sorted = kept
    .map((row) => ({ row, cell: row.cells()[sort] }))
    .toSorted((a, b) => compare(a.cell, b.cell))
    .map(({ row }) => row);
  return reverse ? sorted.toReversed() : sorted;
}
