import { renameSync } from "node:fs";
import { dirname } from "node:path";
import { syncPath, writeDurably } from "../durable-file.ts";

/** Puts a file in the place of another, mode 0600, whole and on disk or not at all. @throws system errors */
export function replaceFile(path: string, text: string): void {
  const next = `${path}.${process.pid}.next`;
  writeDurably(next, text, "w");
  renameSync(next, path);
  syncPath(dirname(path));
}
