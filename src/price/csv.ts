/** A price file as a stream of batches, in memory that does not grow with the file. */
import { priceField, textOf, timeField } from "./csv-fields.ts";
import { type Layout, type Role, readHeader } from "./csv-header.ts";
import { PriceError } from "./errors.ts";

/** Rows in columns; the arrays are used again for the next batch. Prices are whole micro-dollars. */
export interface Bars {
  length: number;
  timeMs: Float64Array;
  open: Float64Array;
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
}

export interface CsvFile {
  ohlc: boolean;
  bars: AsyncGenerator<Bars>;
}

const BATCH = 8_192;
/** A line longer than this is no row of prices. */
const MAX_LINE = 64 * 1_024;
const NEWLINE = 10;
const RETURN = 13;

/**
 * Recognises the columns and returns the rows, oldest first. `file` names it in errors.
 * @throws PriceError `bad_argument` as `FILE:LINE:COLUMN: what is wrong`
 */
export async function readCsv(file: string, chunks: AsyncIterable<Uint8Array>): Promise<CsvFile> {
  const lines = linesOf(file, chunks);
  const head: { bytes: Uint8Array; ended: boolean } = { bytes: new Uint8Array(), ended: false };
  // The header and the line above it that some files have: at most the first two lines.
  while (!head.ended && countLines(head.bytes) < 2) {
    const next = await lines.next();
    if (next.done) head.ended = true;
    else head.bytes = Buffer.concat([head.bytes, next.value]);
  }
  const layout = readHeader(file, new TextDecoder().decode(head.bytes.subarray(0, MAX_LINE)).split(/\r?\n/));
  return { ohlc: layout.ohlc, bars: rows(file, layout, head.bytes, lines) };
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (const byte of bytes) if (byte === NEWLINE) lines++;
  return lines;
}

/** Cuts chunks at line ends: each piece holds whole lines, the last one gets its missing newline. */
async function* linesOf(file: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      rest = Buffer.concat([rest, chunk]);
      if (rest.length > MAX_LINE)
        throw new PriceError("bad_argument", `${file} holds a line of more than 64 KiB; is it a CSV?`);
      continue;
    }
    yield rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([rest, chunk.subarray(0, end)]);
    rest = chunk.slice(end);
  }
  if (rest.length > 0) yield Buffer.concat([rest, Uint8Array.of(NEWLINE)]);
}

function newBars(): Bars {
  const column = () => new Float64Array(BATCH);
  return { length: 0, timeMs: column(), open: column(), high: column(), low: column(), close: column() };
}

async function* rows(
  file: string,
  layout: Layout,
  head: Uint8Array,
  more: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Bars> {
  const bars = newBars();
  const read = rowReader(file, layout, bars);
  let line = 1;
  let previousMs = Number.NEGATIVE_INFINITY;
  const pieces = (async function* () {
    yield head;
    yield* more;
  })();
  for await (const piece of pieces) {
    let at = 0;
    while (at < piece.length) {
      const newline = piece.indexOf(NEWLINE, at);
      const end = newline < 0 ? piece.length : newline;
      const stop = end > at && piece[end - 1] === RETURN ? end - 1 : end;
      if (line > layout.headerLines && stop > at) {
        read(piece, at, stop, line);
        const now = bars.timeMs[bars.length] ?? 0;
        if (now < previousMs) {
          throw new PriceError(
            "bad_argument",
            `${file}:${line}: time goes backward; sort the file by time, oldest first`,
          );
        }
        previousMs = now;
        if (++bars.length === BATCH) {
          yield bars;
          bars.length = 0;
        }
      }
      at = end + 1;
      line++;
    }
  }
  if (bars.length > 0) yield bars;
}

/** Returns a function that parses one line into the next row of `bars`. */
function rowReader(
  file: string,
  layout: Layout,
  bars: Bars,
): (b: Uint8Array, from: number, to: number, line: number) => void {
  const { delimiter, roles, ohlc } = layout;
  const columns: Record<Role, Float64Array> = {
    time: bars.timeMs,
    open: bars.open,
    high: bars.high,
    low: bars.low,
    close: bars.close,
  };
  const targets = roles.map((role) => (role === undefined ? undefined : columns[role]));
  const wanted = roles.length - [...roles].reverse().findIndex((role) => role !== undefined);

  return (bytes, from, to, line) => {
    let at = from;
    let column = 0;
    for (; column < wanted; column++) {
      let end = at;
      while (end < to && bytes[end] !== delimiter) end++;
      const target = targets[column];
      if (target !== undefined) {
        const isTime = target === bars.timeMs;
        const value = isTime ? timeField(bytes, at, end) : priceField(bytes, at, end);
        if (Number.isNaN(value)) throw badField(file, line, at - from + 1, textOf(bytes, at, end), isTime);
        target[bars.length] = value;
      }
      if (end >= to && column + 1 < wanted) throw tooShort(file, line, to - from + 1, wanted);
      at = end + 1;
    }
    if (!ohlc) return;
    const i = bars.length;
    if ((bars.high[i] ?? 0) < (bars.low[i] ?? 0)) {
      throw new PriceError("bad_argument", `${file}:${line}: the high is below the low`);
    }
  };
}

function badField(file: string, line: number, column: number, text: string, isTime: boolean): PriceError {
  const wanted = isTime ? "a time: unix seconds or YYYY-MM-DD hh:mm:ss UTC" : "a price in dollars";
  return new PriceError("bad_argument", `${file}:${line}:${column}: "${text.slice(0, 40)}" is not ${wanted}`);
}

function tooShort(file: string, line: number, column: number, wanted: number): PriceError {
  return new PriceError("bad_argument", `${file}:${line}:${column}: the line ends before column ${wanted}`);
}
