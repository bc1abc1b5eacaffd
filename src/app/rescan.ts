/** The mark of a seed that was in use before and came back by its words: what was paid to it has to be looked for. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Since } from "../config/since.ts";
import { writeNew } from "../keys/private-file.ts";

const MARK = "rescan";
const markSchema = z.strictObject({
  since: z.union([z.strictObject({ height: z.int().min(0) }), z.strictObject({ time: z.int().min(0) })]).optional(),
});

/** @param since when the seed was made, where that is known */
export function askForRescan(folder: string, since?: Since): void {
  forgetRescan(folder);
  writeNew(join(folder, MARK), Buffer.from(JSON.stringify({ since })));
}

/** Undefined where nothing has to be looked for. */
export function wantedRescan(folder: string): { since?: Since } | undefined {
  const path = join(folder, MARK);
  if (!existsSync(path)) return undefined;
  try {
    const { since } = markSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return since === undefined ? {} : { since };
  } catch {
    return {}; // an earlier version's mark is empty: the whole chain
  }
}

export function forgetRescan(folder: string): void {
  rmSync(join(folder, MARK), { force: true });
}
