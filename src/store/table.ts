/**
 * One record type, one SQL table: field names in camelCase become columns in snake_case, and each row carries a digest
 * of its columns, so that a flipped bit or a hand-made edit is refused when it is read and never becomes an amount.
 */
import { z } from "zod";
import { sha256Hex } from "../stable/canonical.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Cell, Connection } from "./connection.ts";
import { damaged, StoreError } from "./store-error.ts";

export interface Table<T> {
  name: string;
  row: z.ZodType<T>;
  upsert: string;
  select: string;
  remove: string;
  fields: readonly string[];
}

const cells = z.record(z.string(), z.union([z.string(), z.bigint()]));
const storedRow = z.looseObject({ position: z.bigint(), digest: z.string() });

const snake = (field: string): string => field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

/** `key` names the fields by which a second `put` updates instead of adding. */
export function defineTable<T>(name: string, key: readonly (keyof T & string)[], row: RowSchema<T>): Table<T> {
  const fields = Object.keys(row.shape);
  const columns = [...fields.map(snake), "digest"];
  const keyColumns = key.map(snake);
  const updates = columns.filter((column) => !keyColumns.includes(column)).map((c) => `${c} = excluded.${c}`);
  return {
    name,
    row,
    fields,
    upsert:
      `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")}) ` +
      `ON CONFLICT (${keyColumns.join(", ")}) DO UPDATE SET ${updates.join(", ")}`,
    select: `SELECT position, digest, ${fields.map((f) => `${snake(f)} AS "${f}"`).join(", ")} FROM ${name}`,
    remove: `DELETE FROM ${name} WHERE ${keyColumns.map((c) => `${c} = ?`).join(" AND ")}`,
  };
}

/** Reads a `T` and takes every `T`: a contract that grows or widens no longer compiles here. */
type RowSchema<T> = z.ZodType<T> & {
  shape: { [K in keyof Required<T>]: z.ZodType };
  encode: (value: T) => unknown;
};

/**
 * SHA-256, hex, of the table's name and the columns that are not null. New columns must therefore start out null:
 * the digests of old rows stay true then.
 */
function digestOf(table: string, row: Readonly<Record<string, string | bigint>>): string {
  const columns = Object.fromEntries(Object.entries(row).map(([field, cell]) => [field, String(cell)]));
  return sha256Hex(canonicalJson({ table, columns }));
}

/** Adds the record or replaces the one with the same key. @throws StoreError `internal` for a value out of its range */
export function put<T>(connection: Connection, table: Table<T>, value: T): void {
  const encoded = z.safeEncode(table.row, value);
  if (!encoded.success) {
    const reason = z.prettifyError(encoded.error);
    throw new StoreError("internal", `a record for ${table.name} is malformed (${reason}); nothing was written`);
  }
  const row = cells.parse(withoutAbsent(encoded.data));
  connection.run(table.upsert, ...table.fields.map((field) => row[field] ?? null), digestOf(table.name, row));
}

/** Removes the record with this key, if there is one. */
export function drop<T>(connection: Connection, table: Table<T>, ...key: string[]): void {
  connection.run(table.remove, ...key);
}

/** The records that `rest` (WHERE, ORDER BY, LIMIT) selects. @throws StoreError `database_corrupt` for a damaged row */
export function find<T>(connection: Connection, table: Table<T>, rest: string, ...values: Cell[]): T[] {
  return connection.all(`${table.select} ${rest}`, ...values).map((raw) => parseRow(table, raw).record);
}

/** Reads every row of the table, a thousand at a time; the number of rows. @throws as `find` */
export function readThrough<T>(connection: Connection, table: Table<T>): number {
  let rows = 0;
  for (let after = -1n; ; ) {
    const page = connection.all(`${table.select} WHERE position > ? ORDER BY position LIMIT 1000`, after);
    if (page.length === 0) return rows;
    for (const raw of page) after = parseRow(table, raw).position;
    rows += page.length;
  }
}

function parseRow<T>(table: Table<T>, raw: unknown): { position: bigint; record: T } {
  const { position, digest, ...columns } = storedRow.parse(raw);
  try {
    const row = cells.parse(withoutAbsent(columns));
    if (digestOf(table.name, row) !== digest) throw new Error("its contents do not match its digest");
    return { position, record: z.decode(table.row, row) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw damaged(`row ${position} of ${table.name}: ${reason}`, { cause: error });
  }
}

function withoutAbsent(row: unknown): Record<string, unknown> {
  const entries = Object.entries(z.record(z.string(), z.unknown()).parse(row));
  return Object.fromEntries(entries.filter(([, cell]) => cell !== null && cell !== undefined));
}
