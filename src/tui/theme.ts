/** Tones as escape sequences, one column for each theme. No colour at all still has bold, dim and reverse. */
import type { Line, Tone } from "./line.ts";

export const themeNames = ["dark", "light", "contrast", "plain"] as const;
export type ThemeName = (typeof themeNames)[number];

/** SGR parameters by tone: dark, light, high contrast, no colour. */
const palette: Record<Tone, readonly [dark: string, light: string, contrast: string, plain: string]> = {
  plain: ["", "", "", ""],
  strong: ["1", "1", "1;97", "1"],
  dim: ["38;5;246", "38;5;242", "37", ""],
  faint: ["38;5;239", "38;5;250", "37", "2"],
  good: ["38;5;114", "38;5;28", "1;92", ""],
  warn: ["38;5;221", "38;5;130", "1;93", "1"],
  bad: ["38;5;210", "38;5;160", "1;91", "1"],
  accent: ["38;5;117", "38;5;25", "1;96", ""],
  dollar: ["1;38;5;120", "1;38;5;28", "1;92", "1"],
  bitcoin: ["38;5;215", "38;5;166", "93", ""],
  key: ["1;38;5;117", "1;38;5;25", "1;96", "1"],
  select: ["48;5;237;1", "48;5;254;1", "7", "7"],
  cursor: ["7", "7", "7", "7"],
  exchange: ["38;5;180", "38;5;94", "97", ""],
  user: ["38;5;114", "38;5;28", "92", ""],
  lsp: ["38;5;111", "38;5;25", "96", ""],
  // A camera wants dark on light, whatever the terminal's own colours are.
  code: ["38;5;231;48;5;16", "38;5;231;48;5;16", "38;5;231;48;5;16", ""],
  alarm: ["1;48;5;124;38;5;231", "1;48;5;160;38;5;231", "1;41;97", "7;1"],
};

/** Tones that are seen where there is no text; of the others a blank needs no sequence. */
const onBlanks: ReadonlySet<Tone> = new Set(["select", "cursor", "alarm", "code"]);
const RESET = "\u001b[0m";

/** A row as it goes to the terminal: neighbours of one style share its sequences, blanks go with what is before them. */
export function paint(line: Line, theme: ThemeName): string {
  const column = themeNames.indexOf(theme);
  let text = "";
  let style = "";
  /** The style would not be seen where there is no text. */
  let unseen = true;
  for (const span of line) {
    const visible = onBlanks.has(span.tone);
    const bare = !visible && span.text.trim() === "";
    const code = bare ? (unseen ? style : "") : (palette[span.tone][column] ?? "");
    if (code !== style) text += (style === "" ? "" : RESET) + (code === "" ? "" : `\u001b[${code}m`);
    text += span.text;
    style = code;
    if (!bare || code === "") unseen = !visible;
  }
  if (style === "") return text;
  // What is blank at the end of a row need not be written at all, if it is nothing but blank.
  const end = unseen ? text.trimEnd().length : text.length;
  return text.slice(0, end) + RESET + text.slice(end);
}

/** @param asked by the person, if at all; light terminals say so in COLORFGBG */
export function themeFor(asked: ThemeName | undefined, env: Record<string, string | undefined>): ThemeName {
  if ((env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb") return "plain";
  if (asked !== undefined) return asked;
  const background = Number(env["COLORFGBG"]?.split(";").at(-1));
  return background === 7 || background === 15 ? "light" : "dark";
}
