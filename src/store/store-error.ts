/** The storage layer's one error class, and the table that turns SQLite's and the system's codes into remedies. */
import { CodedError } from "../errors.ts";

export class StoreError extends CodedError {}

/** By prefix of SQLite's (or the system's) code; the first that fits counts. */
const remedies: ReadonlyArray<readonly [prefix: string, remedy: string]> = [
  ["SQLITE_FULL", "free space on its disk, then try again"],
  ["ENOSPC", "free space on its disk, then try again"],
  ["SQLITE_IOERR", "check its disk for errors and free space, then try again"],
  ["SQLITE_READONLY", "make the file and its directory writable for this user"],
  ["SQLITE_CANTOPEN", "make sure that its directory exists and is writable for this user"],
  ["EACCES", "make the file and its directory writable for this user"],
  ["ENOENT", "choose a data directory that can be made"],
  ["ENOTDIR", "choose a data directory that can be made"],
  ["EROFS", "choose a data directory on a writable disk"],
  ["EEXIST", "choose a name that is not taken"],
  ["SQLITE_BUSY", "another process holds the write lock: end it or wait, then try again"],
];

/** What a look at the contents found wrong; `openStore` adds where the copy is. */
export function damaged(reason: string, options?: { cause?: unknown }): StoreError {
  return new StoreError("database_corrupt", reason, options);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Any value thrown while the file at `path` was used, as a StoreError that names it and the remedy. */
export function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return damaged(message, { cause: error });
  // a broken constraint or statement comes from our own code, never from what a person did
  if (code === "" || code.startsWith("SQLITE_CONSTRAINT") || code === "SQLITE_ERROR") {
    return new StoreError("internal", `${path} refused a request (${message}): a bug; nothing was written`, {
      cause: error,
    });
  }
  const remedy = remedies.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "check its disk, then try again";
  return new StoreError("store_failure", `${path} could not be used (${code}: ${message}): ${remedy}`, {
    cause: error,
  });
}
