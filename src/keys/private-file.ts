/** Files only their owner may read, on disk when the call returns, and never in place of another. */
import { chmodSync, closeSync, fsyncSync, linkSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { syncPath, writeDurably } from "../durable-file.ts";

/** It gets its name when it is whole: a power cut leaves all of it or nothing. @throws system errors; EEXIST if taken */
export function writeNew(path: string, bytes: Uint8Array): void {
  const draft = `${path}.new-${process.pid}`;
  rmSync(draft, { force: true });
  try {
    writeDurably(draft, bytes, "wx");
    linkSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  syncPath(dirname(path));
}

/**
 * Overwrites what the file holds, then removes it. A disk that moves blocks about, a snapshot or a backup may keep the
 * old bytes all the same. @throws system errors
 */
export function removeSecret(path: string): void {
  chmodSync(path, 0o600); // LDK leaves its seed without the right to write
  const file = openSync(path, "r+");
  try {
    writeFileSync(file, new Uint8Array(statSync(path).size));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  rmSync(path);
  syncPath(dirname(path));
}
