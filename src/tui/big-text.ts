/** Digits three rows high, out of half blocks. */
import { type Line, type Span, say } from "./line.ts";

const glyphs: Readonly<Record<string, readonly [string, string, string]>> = {
  "0": ["█▀█", "█ █", "▀▀▀"],
  "1": ["▀█ ", " █ ", "▀▀▀"],
  "2": ["▀▀█", "█▀▀", "▀▀▀"],
  "3": ["▀▀█", " ▀█", "▀▀▀"],
  "4": ["█ █", "▀▀█", "  ▀"],
  "5": ["█▀▀", "▀▀█", "▀▀▀"],
  "6": ["█▀▀", "█▀█", "▀▀▀"],
  "7": ["▀▀█", "  █", "  ▀"],
  "8": ["█▀█", "█▀█", "▀▀▀"],
  "9": ["█▀█", "▀▀█", "▀▀▀"],
  $: ["█▀▀", "▀▀█", "▀▀▀"],
  ".": [" ", " ", "▀"],
  ",": [" ", " ", "▄"],
};

export function bigText(text: string, tone: Span["tone"]): Line[] {
  const rows: [string, string, string] = ["", "", ""];
  for (const char of text) {
    if (char === "$") continue;
    const glyph = glyphs[char] ?? [" ", " ", " "];
    rows[0] += `${glyph[0]} `;
    rows[1] += `${glyph[1]} `;
    rows[2] += `${glyph[2]} `;
  }
  return rows.map((row, i) => [say(i === 1 ? "$ " : "  ", tone), say(row, tone)]);
}
