/**
 * `bun scripts/ledger-fixture.ts N`: writes test/store/fixtures/version-N.sql, a ledger as schema version N has it, from
 * that of version N-1. Run once when a migration is released; the fixture stays as it is from then on.
 */
import { Database } from "bun:sqlite";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { connectionOver } from "../src/store/connection.ts";
import { APPLICATION_ID, applyStep, migrations } from "../src/store/schema.ts";

const fixtures = join(dirname(import.meta.dir), "test/store/fixtures");
const fixture = (version: number): string => join(fixtures, `version-${version}.sql`);

const schemaRows = z.array(z.object({ type: z.string(), name: z.string(), sql: z.string() }));
const cells = z.array(z.array(z.union([z.string(), z.bigint(), z.null()])));

function literal(cell: string | bigint | null): string {
  if (cell === null) return "NULL";
  return typeof cell === "bigint" ? String(cell) : `'${cell.replaceAll("'", "''")}'`;
}

/** Tables with their rows, then indices and triggers, as sqlite3's .dump orders them. */
function dump(database: Database, version: number): string {
  const made = schemaRows.parse(
    database.query("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").all(),
  );
  const tables = made
    .filter(({ type }) => type === "table")
    .flatMap(({ name, sql }) => {
      const rows = cells.parse(database.query(`SELECT * FROM ${name}`).values());
      return [`${sql};`, ...rows.map((row) => `INSERT INTO ${name} VALUES(${row.map(literal).join(",")});`)];
    });
  return [
    `-- A ledger of schema version ${version}, as sqlite3's .dump gives it, with the two header fields that .dump leaves out.`,
    `PRAGMA application_id = ${APPLICATION_ID};`,
    `PRAGMA user_version = ${version};`,
    "PRAGMA foreign_keys=OFF;",
    "BEGIN TRANSACTION;",
    ...tables,
    ...made.filter(({ type }) => type !== "table").map(({ sql }) => `${sql};`),
    "COMMIT;",
    "",
  ].join("\n");
}

const version = Number(process.argv[2]);
const step = migrations.find((one) => one.version === version);
if (step === undefined || existsSync(fixture(version)) || !existsSync(fixture(version - 1))) {
  process.stderr.write("Name a schema version that has no fixture yet and whose predecessor has one.\n");
  process.exit(2);
}
const database = new Database(":memory:", { safeIntegers: true });
database.run(readFileSync(fixture(version - 1), "utf8"));
applyStep(connectionOver(database), step);
writeFileSync(fixture(version), dump(database, version));
process.stdout.write(`${fixture(version)}\n`);
