/** `bun run manual`: writes the manual page and the shells' completions from the tables. A test says when it is due. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { manualFiles } from "./manual-files.ts";

const root = dirname(import.meta.dir);
for (const [path, text] of Object.entries(manualFiles())) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path}\n`);
}
