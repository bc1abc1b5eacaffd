/** Where the control socket of a role lies, however long the way there is. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** `sun_path` of macOS, the shorter one, without its final zero. The system cuts off what is longer without a word. */
const LONGEST_BYTES = 103;

export function socketPath(roleFolder: string): string {
  return join(roleFolder, "control.sock");
}

/** Binds or connects by a path that fits: a longer one is entered through a link that is gone afterwards. */
export async function byShortPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= LONGEST_BYTES) return use(path);
  const folder = mkdtempSync(join(tmpdir(), "ps-"));
  try {
    symlinkSync(dirname(path), join(folder, "d"));
    return await use(join(folder, "d", basename(path)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
