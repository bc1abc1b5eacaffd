/** LDK's own database: looked at before the node opens it, so that damage is named and kept, not met half-way. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { reasonOf } from "../errors.ts";
import { keepDamaged } from "./keep-copy.ts";
import { StoreError } from "./store-error.ts";

/** Up to here every page is checked; a larger file only in its structure. */
const SMALL_BYTES = 32 * 1024 * 1024;

/**
 * @param path `ldk_node_data.sqlite`, which no connection of this process may have open
 * @throws StoreError `database_corrupt` naming the file and its copy; the file is left as it is
 */
export function checkNodeDatabase(path: string, now: number): void {
  if (!existsSync(path)) return;
  const problem = nodeDatabaseProblem(path);
  if (problem === undefined) return;
  throw new StoreError(
    "database_corrupt",
    `The node's database ${path} is damaged (${problem}); it was left as it is and a copy is at ${keepDamaged(path, now)}: ` +
      "put a backup of the whole data directory in its place. Never start from an old copy of this file alone: it can cost the channels' money.",
  );
}

/** What SQLite finds wrong with it; changes nothing. */
export function nodeDatabaseProblem(path: string): string | undefined {
  let database: Database | undefined;
  try {
    database = new Database(path, { readonly: true });
    const pragma = Bun.file(path).size <= SMALL_BYTES ? "integrity_check" : "quick_check";
    const rows = database.query(`PRAGMA ${pragma}(1)`).values();
    const said = String(rows[0]?.[0] ?? "no answer");
    return said === "ok" ? undefined : said.replace(/\s+/g, " ");
  } catch (error) {
    return reasonOf(error);
  } finally {
    database?.close();
  }
}
