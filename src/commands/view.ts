/** What a result looks like, still as data: the plain text and the screen draw the same views. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Column {
  title: string;
  align: "left" | "right";
}

export type View =
  | { kind: "table"; columns: Column[]; rows: string[][]; empty: string }
  | { kind: "card"; fields: [label: string, value: string][] }
  | { kind: "lines"; lines: string[] }
  | { kind: "stack"; views: View[] };

const GROUPED = /\B(?=(\d{3})+(?!\d))/g;

/** `1234567` -> `1,234,567`; keeps sign and decimals. */
export function grouped(decimal: string): string {
  const [whole = "", fraction] = decimal.split(".");
  const text = whole.replace(GROUPED, ",");
  return fraction === undefined ? text : `${text}.${fraction}`;
}

/** Msat text as sats: whole where they are, three decimals otherwise. */
function satsOfMsat(text: string): string {
  const sign = text.startsWith("-") ? "-" : "";
  const digits = text.slice(sign.length).padStart(4, "0");
  const fraction = digits.slice(-3);
  return grouped(`${sign}${digits.slice(0, -3)}${fraction === "000" ? "" : `.${fraction}`}`);
}

/** `"4.000000"` -> `"$4.00"`. */
export function dollars(text: string): string {
  const sign = text.startsWith("-") ? "-" : "";
  const short = text.slice(sign.length).replace(/(\.\d{2}\d*?)0+$/, "$1");
  return `${sign}$${grouped(short)}`;
}

/** A field's unit is the end of its name; this is how each is shown. */
const units: readonly { suffix: string; show(text: string): string }[] = [
  { suffix: "_msat", show: (text) => `${satsOfMsat(text)} sat` },
  { suffix: "_sat", show: (text) => `${grouped(text)} sat` },
  { suffix: "_usd", show: dollars },
  { suffix: "_bps", show: (text) => `${(Number(text) / 100).toFixed(2)} %` },
  { suffix: "_ms", show: (text) => `${grouped(text)} ms` },
  { suffix: "_at", show: (text) => text },
];

function unitOf(name: string) {
  return units.find((unit) => name.endsWith(unit.suffix));
}

/** `fee_paid_msat` -> `fee paid`. */
export function labelOf(name: string): string {
  const unit = unitOf(name);
  const bare = unit === undefined || unit.suffix === "_at" ? name : name.slice(0, -unit.suffix.length);
  return bare.replaceAll("_", " ");
}

/** A value as a person reads it; null is a dash. */
export function cellOf(name: string, value: Json | undefined): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((item) => cellOf("", item)).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  return unitOf(name)?.show(text) ?? text;
}

/** A table with a row for each object and a column for each name given (or each of the first row). */
export function tableView(rows: readonly JsonObject[], empty: string, names = Object.keys(rows[0] ?? {})): View {
  return {
    kind: "table",
    empty,
    columns: names.map((name) => ({
      title: labelOf(name),
      align: unitOf(name) !== undefined && !name.endsWith("_at") ? "right" : "left",
    })),
    rows: rows.map((row) => names.map((name) => cellOf(name, row[name]))),
  };
}

/** One line for each label; the same thing in two units shares one. */
export function cardView(result: JsonObject, names = Object.keys(result)): View {
  const fields = new Map<string, string>();
  for (const name of names) {
    const label = labelOf(name);
    const cell = cellOf(name, result[name]);
    const before = fields.get(label);
    fields.set(label, before === undefined ? cell : `${before} · ${cell}`);
  }
  return { kind: "card", fields: [...fields] };
}

function isRow(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Plain fields as a card, each list as a table under it. */
export function resultView(result: JsonObject): View {
  const plain: string[] = [];
  const tables: View[] = [];
  for (const [name, value] of Object.entries(result)) {
    if (Array.isArray(value) && value.every(isRow)) tables.push(tableView(value, `no ${labelOf(name)}`));
    else plain.push(name);
  }
  const views = plain.length === 0 ? tables : [cardView(result, plain), ...tables];
  const [only] = views;
  return views.length === 1 && only !== undefined ? only : { kind: "stack", views };
}
