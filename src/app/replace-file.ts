import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { syncPath } from "../store/keep-copy.ts";

/** Puts a file in the place of another, mode 0600, whole and on disk or not at all. @throws system errors */
export function replaceFile(path: string, text: string): void {
  const next = `${path}.${process.pid}.next`;
  const file = openSync(next, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  syncPath(dirname(path));
}
