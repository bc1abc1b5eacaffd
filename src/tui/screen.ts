/** The whole screen: exactly as many rows and cells as the terminal has. Pure. */
import { visible } from "../commands/text.ts";
import { blank, block, heading, type Line, type Span, say, sized } from "./line.ts";
import type { State } from "./state.ts";
import { paint } from "./theme.ts";
import { footer, header, hint, prompt, tabs } from "./view-frame.ts";
import { listPane } from "./view-list.ts";
import { overlaid } from "./view-overlay.ts";
import { overview } from "./view-overview.ts";

export const LEAST = { columns: 60, rows: 20 };

export function screenOf(state: State): Line[] {
  const { columns, rows } = state.size;
  if (columns < LEAST.columns || rows < LEAST.rows) return tooSmall(state);
  const edges = 5;
  const body = rows - edges;
  const output = outputPane(state, columns, Math.max(Math.floor(body * 0.6), 5));
  const main = body - output.length;
  const drawn = state.pane === "overview" ? overview(state, columns, main) : listPane(state, columns, main);
  const middle = overlaid([...block(drawn, columns, main), ...output], state, columns);
  return [
    header(state, columns),
    tabs(state, columns),
    ...middle,
    toastLine(state) ?? hint(state, columns),
    prompt(state, columns),
    footer(state, columns),
  ].map((line) => sized(line.map(printable), columns));
}

/** Whatever found its way here: nothing but text goes to the terminal. */
function printable(span: Span): Span {
  const text = visible(span.text);
  return text === span.text ? span : { ...span, text };
}

/** Rows as they go to the terminal. */
export function paintedScreen(state: State): string[] {
  return screenOf(state).map((line) => paint(line, state.theme));
}

function tooSmall({ size }: State): Line[] {
  const text = `peer-stables needs ${LEAST.columns}x${LEAST.rows}; this is ${size.columns}x${size.rows}.`;
  const rows: Line[] = [[say(text, "warn")], [say("Make the window larger. q leaves.", "dim")]];
  return block(rows, size.columns, size.rows);
}

function toastLine(state: State): Line | undefined {
  if (state.phase === "leaving" && !state.setting.attached)
    return [say(" ● ", "warn"), say("Stopping cleanly; a moment.", "warn")];
  const toast = state.toasts.at(-1);
  return toast === undefined ? undefined : [say(" ● ", toast.tone), say(toast.text, toast.tone)];
}

/** What the last command said, under the rest of the screen. */
function outputPane(state: State, width: number, most: number): Line[] {
  const { output } = state;
  if (output === undefined || output.status === "running") return [];
  const room = Math.min(output.rows.length, most - 1);
  const from = Math.min(output.scroll, Math.max(output.rows.length - room, 0));
  const more = output.rows.length > room ? `${from + 1}-${from + room} of ${output.rows.length}, pgdn  ` : "";
  const failed = output.status === "failed";
  const title: Span[] = [
    say(failed ? " ✗ " : " ✓ ", failed ? "bad" : "good"),
    say(output.line, "strong"),
    say(`  ${more}esc closes`, "faint"),
  ];
  const rows = output.rows.slice(from, from + room).map((row): Line => [say(" "), say(row, failed ? "bad" : "plain")]);
  return block([heading(title, width), ...(rows.length === 0 ? [blank] : rows)], width, Math.max(rows.length, 1) + 1);
}
