/**
 * One process at a time. The lock is SQLite's own on an otherwise empty database file: it works on every platform, and
 * the system lets go of it when the holder dies, however it dies.
 */
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

const RETRY_MS = 100;

function tryLock(database: Database): boolean {
  try {
    database.run("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return false;
    throw error;
  }
}

/** Runs `work` while holding the lock at `path`, whose folder is made if need be; `onWait` is called once if another holds it. */
export async function withFileLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const database = new Database(path, { create: true });
  try {
    for (let waits = 0; !tryLock(database); waits++) {
      if (waits === 0) onWait();
      await Bun.sleep(RETRY_MS);
    }
    return await work();
  } finally {
    database.close();
  }
}
