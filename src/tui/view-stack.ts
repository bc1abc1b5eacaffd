/** How sections of an overview share a screen's height. */
import { apart, blank, block, type Line, say } from "./line.ts";
import { nextOf } from "./next.ts";
import type { State } from "./state.ts";
import { paragraph } from "./view-parts.ts";

export const ROOMY = 30;

/** Sections from above until there is no more room; the last one takes what is left. */
export function stack(
  sections: readonly { lines: Line[] }[],
  last: (height: number) => Line[],
  width: number,
  height: number,
): Line[] {
  const lines: Line[] = [];
  // A tall screen has room to breathe.
  const between = height >= ROOMY ? [blank] : [];
  for (const section of sections) {
    if (section.lines.length === 0) continue;
    if (lines.length + section.lines.length + between.length > height) break;
    lines.push(...section.lines, ...between);
  }
  return block([...lines, ...last(height - lines.length)], width, height);
}

export function whatNext(state: State, width: number, rows: number): Line[] {
  const next = nextOf(state);
  if (next === undefined) return [];
  const line: Line[] = next.line === undefined ? [] : [[say("/", "key"), say(next.line, "key")]];
  const text = paragraph(next.text, width - 2, "plain").slice(0, rows);
  return [...text, ...line].map((row, i) => [say(i === 0 ? "› " : "  ", "accent"), ...row]);
}

export const pair = (label: string, value: Line, width: number): Line =>
  apart([say(label, "dim")], [say(" "), ...value], width);
