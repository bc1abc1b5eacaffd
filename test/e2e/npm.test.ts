/** The packages as someone installs them: bunx, and npx without any Bun of its own, from a registry on this machine. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { Packed } from "../../scripts/release/packages.ts";
import { targets } from "../../scripts/release/targets.ts";
import { chainArgument, openChainControl } from "./chains.ts";
import { temporaryFolder } from "./program.ts";
import { type Registry, startRegistry } from "./registry.ts";

const LONG_MS = 180_000;
const root = join(import.meta.dir, "../..");
const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const native = `@peer-stables/native-${process.platform}-${process.arch}`;
let packed: Packed[] = [];
let registry: Registry;

/** Bun's package for this machine as its registry has it, but hardly compressed: the very Bun that runs this test. */
function packBun(): Packed {
  const target = targets.find(({ platform, arch }) => platform === process.platform && arch === process.arch);
  if (target === undefined) throw new Error(`there is no package for ${process.platform} ${process.arch}`);
  const source = at("bun/package");
  mkdirSync(join(source, "bin"), { recursive: true });
  copyFileSync(process.execPath, join(source, "bin/bun"));
  chmodSync(join(source, "bin/bun"), 0o755);
  const manifest = { name: target.bun, version: packageJson.devDependencies.bun };
  writeFileSync(join(source, "package.json"), JSON.stringify(manifest));
  const file = at("bun.tgz");
  const made = Bun.spawnSync(["sh", "-c", 'tar -cf - -C "$1" package | gzip -1 > "$2"', "sh", at("bun"), file]);
  if (!made.success) throw new Error(`${target.bun}: ${made.stderr}`);
  return { ...manifest, file, manifest };
}

/** In a process of its own, as a release is packed. */
function pack(out: string): Packed[] {
  const script = `
    import { packNative, packProgram } from ${JSON.stringify(join(root, "scripts/release/packages.ts"))};
    import { isThisMachine, targets } from ${JSON.stringify(join(root, "scripts/release/targets.ts"))};
    import { findLibrary } from ${JSON.stringify(join(root, "src/ffi/library.ts"))};
    const packed = [await packProgram(${JSON.stringify(root)}, ${JSON.stringify(out)})];
    for (const target of targets.filter(isThisMachine)) packed.push(await packNative(${JSON.stringify(root)}, ${JSON.stringify(out)}, target, findLibrary()));
    console.log(JSON.stringify(packed));`;
  mkdirSync(out);
  const made = Bun.spawnSync([process.execPath, "-e", script], { cwd: root });
  expect(made.stderr.toString()).toBe("");
  return JSON.parse(made.stdout.toString());
}

beforeAll(() => {
  packed = pack(at("first"));
  registry = startRegistry([...packed, packBun()]);
  for (const name of ["bin", "with-bun"]) mkdirSync(at(name));
  symlinkSync(process.execPath, at("with-bun/bun"));
  for (const name of ["node", "npm", "npx", "sh", "dirname", "readlink", "uname", "env"]) {
    const path = Bun.which(name);
    if (path !== null) symlinkSync(path, at(`bin/${name}`));
  }
}, LONG_MS);
afterAll(async () => {
  await registry?.stop();
  folder.remove();
});

async function run(command: readonly string[], env: Record<string, string>) {
  const home = at(`home-${Bun.hash(command.join(" ")).toString(36)}`);
  mkdirSync(home, { recursive: true });
  const child = Bun.spawn([...command], {
    cwd: home,
    env: { HOME: home, TMPDIR: home, npm_config_registry: registry.url, BUN_CONFIG_REGISTRY: registry.url, ...env },
    stdout: "pipe",
    stderr: "pipe",
    timeout: LONG_MS,
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

test(
  "the same input packs to the same bytes",
  () => {
    const again = pack(at("again"));
    expect(again.map(({ name }) => name)).toEqual(packed.map(({ name }) => name));
    for (const [i, { file }] of again.entries())
      expect(readFileSync(file).equals(readFileSync(packed[i]?.file ?? ""))).toBe(true);
  },
  LONG_MS,
);

test(
  "bunx peer-stables --role lsp",
  async () => {
    const chain = await openChainControl("embedded");
    try {
      const PATH = `${at("with-bun")}:${at("bin")}`;
      const role = [
        "--role",
        "lsp",
        "--network",
        "regtest",
        "--chain",
        chainArgument(chain.source),
        "--listen",
        "127.0.0.1:0",
      ];
      const ran = await run(
        [process.execPath, "x", "peer-stables", ...role, "--price", "fixed=100000", "--json", "--", "nodeinfo"],
        { PATH },
      );
      expect({ code: ran.code, stderr: ran.stderr.includes("error") ? ran.stderr : "" }).toEqual({
        code: 0,
        stderr: "",
      });
      expect(JSON.parse(ran.stdout).result).toMatchObject({ role: "lsp", network: "regtest", block_height: 110 });
    } finally {
      await chain.close();
    }
  },
  LONG_MS,
);

test(
  "npx peer-stables, with the Bun that npm brings and no other",
  async () => {
    const ran = await run([at("bin/npx"), "-y", "peer-stables", "demo", "--json", "--", "user", "balance"], {
      PATH: at("bin"),
    });
    expect(ran).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: true, command: "balance", result: { onchain_sat: "0" } });
    const version = await run([at("bin/npx"), "-y", "peer-stables", "--version"], { PATH: at("bin") });
    expect(version.stdout).toBe(`peer-stables ${packageJson.version}\n`);
  },
  LONG_MS,
);

test(
  "where there is no package for the platform, it says how to build",
  async () => {
    const without = startRegistry(packed.filter(({ name }) => name === "peer-stables"));
    try {
      const PATH = `${at("with-bun")}:${at("bin")}`;
      const command = [process.execPath, "x", "peer-stables", "demo", "--", "user", "balance"];
      const ran = await run(command, { PATH, npm_config_registry: without.url, BUN_CONFIG_REGISTRY: without.url });
      expect(ran.code).toBe(3);
      expect(ran.stderr).toContain(`the package ${native} is not installed (there may be none for this platform)`);
      expect(ran.stderr).toContain('build it with "bun run setup" in the sources');
    } finally {
      await without.stop();
    }
  },
  LONG_MS,
);
