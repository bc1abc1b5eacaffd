/** A copy of a ledger in use, checked before it gets its name. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { syncPath } from "../durable-file.ts";
import { type Connection, openConnection } from "./connection.ts";
import { freeName } from "./keep-copy.ts";
import { vacuumInto } from "./migrate.ts";
import { StoreError, storeErrorOf } from "./store-error.ts";
import { checkBackup, type Verification } from "./verify.ts";

export type Backup = Extract<Verification, { ok: true }>;

/**
 * A consistent copy of any SQLite database in a new file, mode 0600, on disk when it returns; its writers may go on
 * meanwhile, in another process. Not for a file the native library has open in this one.
 * @throws StoreError
 */
export function copyDatabase(path: string, target: string): void {
  try {
    const connection = openConnection(path, "read", COPY_BUSY_MS);
    try {
      vacuumInto(connection, target);
    } finally {
      connection.close();
    }
  } catch (error) {
    throw storeErrorOf(error, path);
  }
}

const COPY_BUSY_MS = 5_000;

/**
 * Writes a consistent copy to `target`, one file of mode 0600, on disk when it resolves, and says what it holds.
 * @throws StoreError `store_failure` when `target` is taken or cannot be written, or when the copy does not verify
 */
export async function backupTo(connection: Connection, target: string): Promise<Backup> {
  if (existsSync(target)) throw new StoreError("store_failure", `${target} exists: choose another name for the backup`);
  const partial = freeName(target, "partial");
  try {
    vacuumInto(connection, partial);
    const contents = await checkBackup(partial);
    if (!contents.ok) {
      const [problem] = contents.problems;
      throw new StoreError("store_failure", `the backup ${target} was not kept (${problem}): verify the ledger itself`);
    }
    renameSync(partial, target);
    syncPath(dirname(target));
    return contents;
  } catch (error) {
    rmSync(partial, { force: true });
    const known = storeErrorOf(error, target);
    // damage met while reading is the ledger's, not the target's: the caller deals with it
    throw known.code === "database_corrupt" ? error : known;
  }
}
