/** What lies over the screen: help, palette, details, QR code, questions. */

import { usageOf } from "../commands/bind.ts";
import { commands } from "../commands/table.ts";
import { viewLines } from "../commands/text.ts";
import { keyTable } from "./keys.ts";
import {
  beside,
  blank,
  cells,
  centred,
  heading,
  hitting,
  type Line,
  padTo,
  panel,
  type Span,
  say,
  sized,
  wrap,
} from "./line.ts";
import { paletteRows } from "./overlay-keys.ts";
import { qrLines } from "./qr.ts";
import type { Overlay, State } from "./state.ts";
import { paragraph } from "./view-parts.ts";

/** Put over the middle of a screen of these rows. */
export function overlaid(under: readonly Line[], state: State, width: number): Line[] {
  const { overlay } = state;
  if (overlay === undefined) return [...under];
  const height = under.length;
  const over = drawn(overlay, state, width, height);
  const top = Math.max(Math.floor((height - over.length) / 2), 0);
  return under.map((line, i) => {
    const row = over[i - top];
    return row === undefined ? dimmed(line) : centredOver(row, width);
  });
}

/** What is underneath steps back. */
function dimmed(line: Line): Line {
  return line.map((span) => say(span.text, "faint"));
}

function centredOver(row: Line, width: number): Line {
  return centred(row, width);
}

function drawn(overlay: Overlay, state: State, width: number, height: number): Line[] {
  switch (overlay.kind) {
    case "help":
      return helpBox(state, overlay.scroll, width, height);
    case "palette":
      return paletteBox(state, overlay, Math.min(width - 4, 76), Math.min(height, 16));
    case "detail":
      return detailBox(overlay, Math.min(width - 4, 100), height);
    case "qr":
      return qrBox(overlay.text, width, height);
    case "confirm":
      return questionBox(
        "Money moves",
        [
          [say(overlay.line, "strong")],
          blank,
          ...overlay.rows.flatMap((row) => paragraph(row, Math.min(width - 12, 66), "plain")),
        ],
        "Do it?",
        width,
      );
    case "leave": {
      const { attached, roles } = state.setting;
      const said = attached ? `The ${roles.join()} runs on.` : "The nodes are stopped cleanly; nothing is lost.";
      const question = attached ? "Leave?" : "Stop and leave?";
      return questionBox("Leave peer-stables", [[say(said, "plain")]], question, width);
    }
  }
}

function questionBox(title: string, rows: readonly Line[], question: string, width: number): Line[] {
  const wide = Math.min(width - 4, 74);
  const ask: Line = [
    say(question, "strong"),
    say("   "),
    ...hitting([say("y", "key"), say(" yes ", "dim")], { key: "y" }),
    say("  "),
    ...hitting([say("n", "key"), say(" no", "dim")], { key: "n" }),
  ];
  const body = [...rows, blank, ask];
  return panel([say(title, "warn")], body, wide, body.length + 2, "warn");
}

function windowed(lines: readonly Line[], scroll: number, room: number): Line[] {
  const from = Math.min(scroll, Math.max(lines.length - room, 0));
  return lines.slice(from, from + room);
}

export function helpLines(state: State, width: number): Line[] {
  const half = Math.floor((width - 2) / 2);
  const keys = keyTable.filter(
    (row) =>
      row.contexts.length > 0 && row.action !== "price-down" && (state.setting.demo || !row.contexts.includes("demo")),
  );
  const unique = [...new Map(keys.map((row) => [`${row.label} ${row.what}`, row])).values()];
  const keyRows = unique.map((row): Line => sized([say(padTo(row.label, 13), "key"), say(row.what, "dim")], half));
  const left = keyRows.slice(0, Math.ceil(keyRows.length / 2));
  const right = keyRows.slice(left.length);
  const columns = beside([left, left.map((_, i) => right[i] ?? sized(blank, half))], 2);
  const own = commands.filter((command) => command.roles.some((role) => state.setting.roles.includes(role)));
  const rows = [
    ...own.map((command) => ({ usage: usageOf(command.name, command.arguments), summary: command.summary })),
    ...state.setting.verbs.map((verb) => ({ usage: usageOf(verb.name, verb.arguments), summary: verb.summary })),
  ];
  const wide = Math.min(Math.max(...rows.map((row) => cells(row.usage))), Math.floor(width * 0.55));
  return [
    heading([say("keys", "strong")], width),
    ...columns,
    blank,
    heading([say("commands", "strong"), say(" type / first; help COMMAND tells more", "faint")], width),
    ...rows.map((row): Line => [say(padTo(row.usage, wide), "accent"), say(`  ${row.summary}`, "dim")]),
  ];
}

function helpBox(state: State, scroll: number, width: number, height: number): Line[] {
  const wide = Math.min(width, 116);
  const lines = helpLines(state, wide - 4);
  const room = height - 2;
  const more = lines.length > room ? " · j k to scroll, esc closes" : " · esc closes";
  return panel([say("help", "strong"), say(more, "dim")], windowed(lines, scroll, room), wide, height, "accent");
}

function paletteBox(
  state: State,
  overlay: Extract<Overlay, { kind: "palette" }>,
  width: number,
  height: number,
): Line[] {
  const rows = paletteRows(state, overlay.text);
  const room = height - 4;
  const from = Math.max(0, Math.min(overlay.chosen - Math.floor(room / 2), rows.length - room));
  const lines = rows.slice(from, from + room).map((row, n): Line => {
    const lit = from + n === overlay.chosen;
    const text = [say(padTo(row.word, 22), lit ? "select" : "accent"), say(` ${row.note}`, lit ? "select" : "dim")];
    return hitting(sized(text, width - 4), { palette: from + n });
  });
  const typed: Line = [say("› ", "key"), say(overlay.text), say(" ", "cursor")];
  return panel([say("commands", "strong")], [typed, blank, ...lines], width, height, "accent");
}

function detailBox(overlay: Extract<Overlay, { kind: "detail" }>, width: number, height: number): Line[] {
  const lines = viewLines(overlay.view, { color: false }).flatMap((row) => hanging(row, width - 4));
  const tall = Math.min(lines.length + 2, height);
  return panel(
    [say(overlay.title, "strong"), say(" · y copies the id", "dim")],
    windowed(lines, overlay.scroll, tall - 2),
    width,
    tall,
    "accent",
  );
}

/** A long value goes on under itself. */
function hanging(row: string, width: number): Line[] {
  const at = /^\S.*?\s{2,}/.exec(row)?.[0].length ?? 0;
  const [first = "", ...others] = wrap(row.slice(at).trimStart(), Math.max(width - at, 10));
  const label = row.slice(0, at);
  return [[say(label, "dim"), say(first)], ...others.map((text): Line => [say(" ".repeat(at)), say(text)])];
}

function qrBox(text: string, width: number, height: number): Line[] {
  const rows = qrLines(text);
  const wide = Math.max(0, ...rows.map(cells));
  const fits = rows.length + 4 <= height && wide + 4 <= width;
  const body: Line[] = fits
    ? rows.map((row): Line => [say(row, "code")])
    : [
        ...paragraph("The screen is too small for its QR code; y copies the text.", 56, "warn"),
        blank,
        ...wrap(text, 56).map((row): Line => [say(row)]),
      ];
  const inner = Math.max(fits ? wide : 56, 24);
  const keys: Span[] = [say("y", "key"), say(" copy   ", "dim"), say("esc", "key"), say(" close", "dim")];
  return panel([say("scan", "strong")], [...body, keys], inner + 4, Math.min(body.length + 3, height), "accent");
}
