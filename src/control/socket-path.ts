import { join } from "node:path";
import { ControlError } from "./control-error.ts";

const NAME = "control.sock";
/** `sun_path` of macOS, the shorter one, without its final zero. */
const LONGEST_BYTES = 103;

export function socketPath(roleFolder: string): string {
  return join(roleFolder, NAME);
}

/** @throws ControlError `data_dir_unwritable`: the system would cut the path off without a word */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= LONGEST_BYTES) return;
  throw new ControlError(
    "data_dir_unwritable",
    `The control socket's path ${path} has ${bytes} bytes, and ${LONGEST_BYTES} is the most a socket can have; choose a shorter --data-dir.`,
  );
}
