/** The mark of a seed that was in use before and came back by its words: what was paid to it has to be looked for. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeNew } from "../keys/private-file.ts";

const MARK = "rescan";

export function askForRescan(folder: string): void {
  if (!wantsRescan(folder)) writeNew(join(folder, MARK), new Uint8Array());
}

export function wantsRescan(folder: string): boolean {
  return existsSync(join(folder, MARK));
}

export function forgetRescan(folder: string): void {
  rmSync(join(folder, MARK), { force: true });
}
