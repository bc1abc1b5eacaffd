/** A terminal's cells as SVG: text where there is text, rectangles where there is a background. */
import type { IBuffer, IBufferCell } from "@xterm/headless";

export interface Picture {
  screen: IBuffer;
  columns: number;
  rows: number;
}

const CELL = { width: 8.4, height: 18 };
const MARGIN = 14;
const BACKGROUND = "#16181d";
const FOREGROUND = "#d8dee9";

const ansi = [
  "#2e3440",
  "#bf616a",
  "#a3be8c",
  "#ebcb8b",
  "#81a1c1",
  "#b48ead",
  "#88c0d0",
  "#e5e9f0",
  "#6b7280",
  "#d57780",
  "#b5d19c",
  "#f0d399",
  "#94b4d4",
  "#c7a2c2",
  "#9bd0df",
  "#ffffff",
];
/** The colour cube of xterm's 256: levels of red, green and blue. */
const levels = [0, 95, 135, 175, 215, 255];
const hex = (n: number): string => n.toString(16).padStart(2, "0");

function paletteColour(n: number): string {
  if (n < 16) return ansi[n] ?? FOREGROUND;
  if (n >= 232) return `#${hex(8 + (n - 232) * 10).repeat(3)}`;
  const at = n - 16;
  return `#${[Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((level) => hex(levels[level] ?? 0)).join("")}`;
}

interface Style {
  colour: string;
  background: string | undefined;
  bold: boolean;
}

function colourOf(cell: IBufferCell, side: "fg" | "bg"): string | undefined {
  const [isDefault, isPalette, colour] =
    side === "fg"
      ? [cell.isFgDefault(), cell.isFgPalette(), cell.getFgColor()]
      : [cell.isBgDefault(), cell.isBgPalette(), cell.getBgColor()];
  if (isDefault) return undefined;
  return isPalette ? paletteColour(colour) : `#${colour.toString(16).padStart(6, "0")}`;
}

function styleOf(cell: IBufferCell): Style {
  const front = colourOf(cell, "fg") ?? FOREGROUND;
  const back = colourOf(cell, "bg");
  const bold = cell.isBold() !== 0;
  if (cell.isInverse() !== 0) return { colour: back ?? BACKGROUND, background: front, bold };
  return { colour: front, background: back, bold };
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

interface Run extends Style {
  text: string;
  at: number;
  cells: number;
}

/** Neighbouring cells of one look. */
function runsOf({ screen, columns }: Picture, y: number): Run[] {
  const line = screen.getLine(screen.baseY + y);
  const runs: Run[] = [];
  for (let x = 0; x < columns; x += 1) {
    const cell = line?.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const text = cell.getChars() === "" ? " " : cell.getChars();
    const last = runs.at(-1);
    const same =
      last !== undefined &&
      last.colour === style.colour &&
      last.background === style.background &&
      last.bold === style.bold;
    if (same) {
      last.text += text;
      last.cells += cell.getWidth();
    } else {
      runs.push({ ...style, text, at: x, cells: cell.getWidth() });
    }
  }
  return runs;
}

function drawn(run: Run, y: number): string {
  const left = (MARGIN + run.at * CELL.width).toFixed(1);
  const top = MARGIN + y * CELL.height;
  const width = (run.cells * CELL.width).toFixed(1);
  const back =
    run.background === undefined
      ? ""
      : `<rect x="${left}" y="${top}" width="${width}" height="${CELL.height}" fill="${run.background}"/>`;
  if (run.text.trim() === "") return back;
  const weight = run.bold ? ' font-weight="bold"' : "";
  // Every run is given its width: a viewer's font may be a little wider than the cell.
  return `${back}<text x="${left}" y="${top + 13}" fill="${run.colour}"${weight} textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escaped(run.text)}</text>`;
}

export function svgOf(picture: Picture): string {
  const width = Math.ceil(picture.columns * CELL.width + 2 * MARGIN);
  const height = picture.rows * CELL.height + 2 * MARGIN;
  const rows = Array.from({ length: picture.rows }, (_, y) =>
    runsOf(picture, y)
      .map((run) => drawn(run, y))
      .join(""),
  );
  const font = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${font}" font-size="14">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    ...rows.filter((row) => row !== ""),
    "</svg>",
    "",
  ].join("\n");
}
