/** Copies of a ledger's files: kept beside it before anything risky, and whenever it is refused. */
import { chmodSync, constants, copyFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncPath } from "../durable-file.ts";

/** A database's own file and its write-ahead log; the `-shm` index is made anew from them. */
const suffixes = ["", "-wal"] as const;

/** `20251121T165300Z` */
export function stamp(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(/\.\d+|[-:]/g, "");
}

/** The first of NAME.LABEL, NAME.LABEL-2, ... that is free. */
export function freeName(path: string, label: string): string {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? `${path}.${label}` : `${path}.${label}-${n}`;
    if (!suffixes.some((suffix) => existsSync(name + suffix))) return name;
  }
}

/**
 * Copies the file and its write-ahead log to NAME.corrupt-TIME, mode 0600, synced; returns the copy's path. The same
 * damage met again at the next start is not copied again. No connection of this process may have the file open:
 * closing a second descriptor would drop SQLite's locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
 * @throws system errors
 */
export function keepDamaged(path: string, now: number): string {
  const kept = earlierCopies(path).find((copy) => suffixes.every((suffix) => sameFile(path + suffix, copy + suffix)));
  if (kept !== undefined) return kept;
  const copy = freeName(path, `corrupt-${stamp(now)}`);
  for (const suffix of suffixes) {
    if (isAbsent(path + suffix)) continue;
    copyFileSync(path + suffix, copy + suffix, constants.COPYFILE_EXCL);
    chmodSync(copy + suffix, 0o600);
    syncPath(copy + suffix);
  }
  syncPath(dirname(path));
  return copy;
}

function earlierCopies(path: string): string[] {
  const prefix = `${basename(path)}.corrupt-`;
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
  return [...new Set(names.map((name) => join(dirname(path), name.replace(/-wal$/, ""))))];
}

/** An empty log counts as none: that is what looking at a database leaves. */
function isAbsent(path: string): boolean {
  return !existsSync(path) || (path.endsWith("-wal") && statSync(path).size === 0);
}

function sameFile(a: string, b: string): boolean {
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) === isAbsent(b);
  return readFileSync(a).equals(readFileSync(b));
}
