/** What has to be on disk when a call returns. */
import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs";

/**
 * Writes a file of mode 0600, whole and synced. A disk that is nearly full may take the first part of a single write and
 * say so only by its count: this goes on until all is written.
 * @param flag `wx`: never over what is there @throws system errors
 */
export function writeDurably(path: string, data: string | Uint8Array, flag: "w" | "wx"): void {
  const file = openSync(path, flag, 0o600);
  try {
    writeFileSync(file, data);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Has a file or a directory's entries reach the disk. @throws system errors */
export function syncPath(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
