/** Charts as text: a line of braille dots, gauges and bars of cells. Numbers here are for drawing only. */
import type { Line, Span, Tone } from "./line.ts";
import { say } from "./line.ts";

/** Dots of a braille cell by column and row from above. */
const LEFT_DOTS = [0x01, 0x02, 0x04, 0x40];
const RIGHT_DOTS = [0x08, 0x10, 0x20, 0x80];

export interface Scale {
  low: number;
  high: number;
}

/** 1, 2 or 5 times a power of ten, the next above. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * ([1, 2, 5].find((one) => one * power >= size) ?? 10);
}

/**
 * Room around what is drawn, at least so much; a flat series is in the middle. The ends are round numbers, so that
 * labels stand still while values move a little.
 */
export function scaleOf(values: readonly number[], least: number): Scale {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const extra = Math.max(least - (high - low), (high - low) * 0.1) / 2;
  const step = roundStep((high - low + 2 * extra) / 4);
  return { low: Math.floor((low - extra) / step) * step, high: Math.ceil((high + extra) / step) * step };
}

/** The newest values at the right edge, two to a cell, joined by a line. */
export function brailleChart(values: readonly number[], width: number, height: number, scale: Scale): string[] {
  const grid = Array.from({ length: height }, () => new Uint8Array(width));
  const shown = values.slice(-width * 2);
  const start = width * 2 - shown.length;
  const rows = height * 4;
  const rowOf = (value: number) => {
    const share = (value - scale.low) / Math.max(scale.high - scale.low, Number.EPSILON);
    return Math.min(Math.max(rows - 1 - Math.round(share * (rows - 1)), 0), rows - 1);
  };
  let before: number | undefined;
  shown.forEach((value, i) => {
    const x = start + i;
    const y = rowOf(value);
    const from = before === undefined ? y : before + Math.sign(y - before);
    for (let at = Math.min(from, y); at <= Math.max(from, y); at += 1) {
      const row = grid[Math.floor(at / 4)];
      const bit = (x % 2 === 0 ? LEFT_DOTS : RIGHT_DOTS)[at % 4] ?? 0;
      const cell = Math.floor(x / 2);
      if (row !== undefined) row[cell] = (row[cell] ?? 0) | bit;
    }
    before = y;
  });
  return grid.map((row) => [...row].map((bits) => (bits === 0 ? " " : String.fromCodePoint(0x2800 + bits))).join(""));
}

const EIGHTHS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  if (shown.length === 0) return "";
  const { low, high } = scaleOf(shown, Number.EPSILON);
  return shown
    .map((value) => EIGHTHS[Math.min(Math.floor(((value - low) / Math.max(high - low, Number.EPSILON)) * 8), 7)] ?? "▁")
    .join("");
}

/** Where a drift stands: `├──━━●━┼━━━──┤`, the band thick. Beyond the gauge's ends the mark is at its edge. */
export function gauge(bps: number, bandBps: number, mostBps: number, width: number): Line {
  const half = Math.max(Math.floor((width - 3) / 2), 1);
  const share = Math.max(-1, Math.min(1, bps / mostBps));
  const middle = half + 1;
  const mark = middle + Math.round(share * half);
  const band = Math.round(Math.min(bandBps / mostBps, 1) * half);
  const size = half * 2 + 3;
  const tone: Tone = Math.abs(bps) <= bandBps ? "good" : Math.abs(bps) <= mostBps ? "warn" : "bad";
  const track = Array.from({ length: size }, (_, i) => {
    if (i === 0) return "├";
    if (i === size - 1) return "┤";
    if (i === middle) return "┼";
    return Math.abs(i - middle) <= band ? "━" : "─";
  });
  return [say(track.slice(0, mark).join(""), "faint"), say("●", tone), say(track.slice(mark + 1).join(""), "faint")];
}

export interface Part {
  size: bigint;
  char: string;
  tone: Tone;
}

/** Parts of a whole as cells; a part that is there has at least one. */
export function bar(parts: readonly Part[], width: number): Line {
  const total = parts.reduce((sum, part) => sum + part.size, 0n);
  if (total <= 0n) return [say("·".repeat(width), "faint")];
  const wanted = parts.map((part) =>
    part.size <= 0n ? 0 : Math.max(Math.round((Number(part.size) / Number(total)) * width), 1),
  );
  let spare = width - wanted.reduce((sum, n) => sum + n, 0);
  while (spare !== 0) {
    const largest = wanted.indexOf(Math.max(...wanted));
    wanted[largest] = (wanted[largest] ?? 0) + Math.sign(spare);
    spare -= Math.sign(spare);
  }
  return parts.flatMap((part, i): Span[] =>
    (wanted[i] ?? 0) > 0 ? [say(part.char.repeat(wanted[i] ?? 0), part.tone)] : [],
  );
}
