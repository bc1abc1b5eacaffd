/** Which columns of a price file hold what: recognised by the names exchanges and data sets give them. */
import { PriceError } from "./errors.ts";

export type Role = "time" | "open" | "high" | "low" | "close";

export interface Layout {
  delimiter: number;
  /** The role of each column, by position; undefined: skipped. */
  roles: readonly (Role | undefined)[];
  ohlc: boolean;
  /** Lines up to and including the header. */
  headerLines: number;
}

/** Names of each column in the order they are preferred. */
const names: Record<Role, readonly string[]> = {
  time: ["time", "timestamp", "unix", "unix timestamp", "open time", "open_time", "opentime", "datetime", "date", "ts"],
  open: ["open", "open price", "o"],
  high: ["high", "high price", "h"],
  low: ["low", "low price", "l"],
  close: ["close", "close price", "c", "price", "price_usd", "last", "value", "closing price (usd)"],
};

const delimiters = [",", ";", "\t"];

/**
 * Reads the layout from a file's first two lines (some files carry a line with their origin above the header).
 * @throws PriceError `bad_argument` naming the file, the line and the columns that are understood
 */
export function readHeader(file: string, lines: readonly string[]): Layout {
  for (const [i, line] of lines.slice(0, 2).entries()) {
    const layout = layoutOf(line, i + 1);
    if (layout !== undefined) return layout;
  }
  const first = (lines[0] ?? "").slice(0, 60);
  throw new PriceError(
    "bad_argument",
    `${file}:1:1: no header with a time and a price in "${first}"; name the columns time,close or time,open,high,low,close`,
  );
}

function layoutOf(line: string, headerLines: number): Layout | undefined {
  const delimiter = delimiters.find((d) => line.includes(d));
  if (delimiter === undefined) return undefined;
  const columns = line.split(delimiter).map((c) => c.trim().replace(/^"|"$/g, "").toLowerCase());
  const roles: (Role | undefined)[] = columns.map(() => undefined);
  const place = (role: Role): boolean => {
    const at = names[role].map((name) => columns.indexOf(name)).find((i) => i >= 0);
    if (at !== undefined) roles[at] = role;
    return at !== undefined;
  };
  if (!place("time") || !place("close")) return undefined;
  const bars = (["open", "high", "low"] as const).map(place);
  const ohlc = bars.every(Boolean);
  const needed = ohlc ? roles : roles.map((role) => (role === "time" || role === "close" ? role : undefined));
  return { delimiter: delimiter.charCodeAt(0), roles: needed, ohlc, headerLines };
}
