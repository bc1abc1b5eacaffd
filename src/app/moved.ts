/** The mark of a folder whose node lives on elsewhere. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeNew } from "../keys/private-file.ts";
import { AppError } from "./app-error.ts";

const MARK = "moved.json";
const markSchema = z.object({ to: z.string(), at: z.string() });

export function markMoved(folder: string, to: string, at: string): void {
  writeNew(join(folder, MARK), Buffer.from(`${JSON.stringify({ to, at })}\n`));
}

/**
 * Two nodes with one seed lose money: each revokes what the other holds as its newest state.
 * @throws AppError `data_dir_moved`
 */
export function refuseMoved(folder: string): void {
  const path = join(folder, MARK);
  if (!existsSync(path)) return;
  const mark = markSchema.safeParse(readMark(path));
  const where = mark.success ? `to the backup ${mark.data.to} at ${mark.data.at}` : "elsewhere";
  throw new AppError(
    "data_dir_moved",
    `${folder} was moved ${where}, and the node may run there now. Restore that backup; only if it never ran, delete ${path}.`,
  );
}

function readMark(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined; // a mark that can't be read still marks
  }
}
