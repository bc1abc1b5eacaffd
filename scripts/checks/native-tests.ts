/** The native library's tests, with a real bitcoind in `BITCOIND_PATH` for those that compare with one. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getBitcoind } from "../../test/support/bitcoind-binary.ts";

const root = join(import.meta.dir, "../..");

/** One program to run: a fetched bitcoind needs a loader and a library path in front, which go into a script. */
async function bitcoindProgram(): Promise<string> {
  const command = await getBitcoind();
  const [program] = command;
  if (command.length === 1 && program !== undefined) return program;
  const script = join(root, ".cache/bitcoind/bitcoind.sh");
  const quoted = command.map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(" ");
  writeFileSync(script, `#!/bin/sh\nexec ${quoted} "$@"\n`);
  chmodSync(script, 0o755);
  return script;
}

const child = Bun.spawn(
  [
    ...["cargo", "test", "--workspace", "--release", "--locked", "--no-fail-fast"],
    ...["--manifest-path", "native/Cargo.toml", "--", "--include-ignored"],
  ],
  {
    cwd: root,
    env: { ...process.env, BITCOIND_PATH: await bitcoindProgram() },
    stdio: ["ignore", "inherit", "inherit"],
  },
);
process.exit(await child.exited);
