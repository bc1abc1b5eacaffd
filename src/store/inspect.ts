/**
 * A look at a ledger's files before anything is allowed to write to them. It opens the database for reading only, so
 * that a damaged one stays as it was found: even closing a writer would move the write-ahead log into it.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { walkAudit } from "./audit-log.ts";
import { type Connection, openConnection } from "./connection.ts";
import { APPLICATION_ID, applyStep, type Migration } from "./schema.ts";
import { damaged, StoreError } from "./store-error.ts";
import { walDamage } from "./wal-check.ts";

/** Up to here the indices are compared with their tables too; above, only the structure is checked at start. */
const FULL_CHECK_BYTES = 32 * 1024 * 1024;
/** Lines of the audit chain that are checked at start; `verify()` follows all of it. */
const AUDIT_TAIL = 1_000;

/**
 * The schema version of the ledger at `path`, or nothing if there is no file yet.
 * @throws StoreError `database_corrupt` for damage or another program's file, `database_newer`; SQLiteError
 */
export function inspect(path: string, migrations: readonly Migration[], busyTimeoutMs: number): number | undefined {
  const bytes = sizeOf(path);
  const walBytes = sizeOf(`${path}-wal`) ?? 0;
  // SQLite would take either for a new database, and delete the log
  if (bytes === undefined && walBytes > 0) throw damaged("the file is missing beside its write-ahead log");
  if (bytes === 0) throw damaged("the file is empty");
  if (bytes === undefined) return undefined;
  checkWal(`${path}-wal`);
  // a reader may not roll back the journal that an interrupted switch to WAL leaves (a backup put in its place)
  const mode = existsSync(`${path}-journal`) ? "write" : "read";
  const connection = openConnection(path, mode, busyTimeoutMs);
  try {
    return checkContents(connection, path, migrations, bytes + walBytes);
  } finally {
    connection.close();
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Read again before it is believed: another process may be writing to the log meanwhile. */
function checkWal(path: string): void {
  let damage: string | undefined;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    damage = existsSync(path) ? walDamage(readFileSync(path)) : undefined;
    if (damage === undefined) return;
  }
  throw damaged(damage ?? "its write-ahead log is damaged");
}

function checkContents(connection: Connection, path: string, migrations: readonly Migration[], bytes: number): number {
  const version = pragmaNumber(connection, "user_version");
  if (pragmaNumber(connection, "application_id") !== APPLICATION_ID) throw damaged("it is not a peer-stables ledger");
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new StoreError(
      "database_newer",
      `${path} has version ${version} and this program knows up to ${newest}: update the program or choose another data directory`,
    );
  }
  const problems = integrityProblems(connection, bytes <= FULL_CHECK_BYTES ? "integrity_check" : "quick_check");
  if (problems[0] !== undefined) throw damaged(problems[0]);
  const wrong = schemaDifferences(schemaOf(connection), expectedSchema(migrations, version));
  if (wrong.length > 0) throw damaged(`its schema is not that of version ${version}: ${wrong.join(", ")}`);
  const audit = walkAudit(connection, AUDIT_TAIL);
  if (!audit.ok) throw damaged(`audit line ${audit.seq}: ${audit.reason}`);
  return version;
}

export function pragmaNumber(connection: Connection, name: "user_version" | "application_id"): number {
  const [row] = z.tuple([z.record(z.string(), z.bigint())]).parse(connection.all(`PRAGMA ${name}`));
  return Number(row[name]);
}

/** What SQLite finds wrong, at most ten lines; empty for a sound file. */
export function integrityProblems(connection: Connection, check: "integrity_check" | "quick_check"): string[] {
  const rows = z.array(z.record(z.string(), z.string())).parse(connection.all(`PRAGMA ${check}(10)`));
  return rows.flatMap((row) => Object.values(row)).filter((line) => line !== "ok");
}

const schemaRows = z.array(z.object({ name: z.string(), sql: z.string().nullable() }));

/** The statement that made each table, index and trigger, by name; null for the indices SQLite makes itself. */
function schemaOf(connection: Connection): Map<string, string | null> {
  const rows = schemaRows.parse(connection.all("SELECT name, sql FROM sqlite_schema"));
  return new Map(rows.map(({ name, sql }) => [name, sql]));
}

function expectedSchema(migrations: readonly Migration[], version: number): Map<string, string | null> {
  const model = openConnection(":memory:", "write", 0);
  try {
    for (const step of migrations) if (step.version <= version) applyStep(model, step);
    return schemaOf(model);
  } finally {
    model.close();
  }
}

/** Names that are missing or were made otherwise; what a person or tool added is left alone. */
function schemaDifferences(found: Map<string, string | null>, expected: Map<string, string | null>): string[] {
  return [...expected].filter(([name, sql]) => found.get(name) !== sql).map(([name]) => name);
}
