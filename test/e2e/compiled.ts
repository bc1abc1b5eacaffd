import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A shared object of this C source, in `folder`. */
export async function compiled(folder: string, source: string): Promise<string> {
  const compiler = Bun.which("cc");
  if (compiler === null) throw new Error("This test needs a C compiler, as building the native library does.");
  const name = `lib${Bun.hash(source).toString(16)}`;
  writeFileSync(join(folder, `${name}.c`), source);
  const object = join(folder, `${name}.so`);
  const made = Bun.spawnSync([compiler, "-shared", "-fPIC", "-o", object, join(folder, `${name}.c`)]);
  if (!made.success) throw new Error(`cc: ${made.stderr}`);
  return object;
}
