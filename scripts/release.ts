/**
 * `bun run release -- check | native [PLATFORM-ARCH...] | pack [PLATFORM-ARCH...] | deb [linux-ARCH...]`: what goes to npm
 * and Homebrew, in dist/npm and dist/homebrew, and Debian packages, in dist. It publishes nothing: docs/releasing.md says
 * how that is done, and what vouches for it.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { buildExecutable } from "./build/executable.ts";
import { packDebian } from "./release/debian.ts";
import { filledFormula } from "./release/homebrew.ts";
import { type Packed, packNative, packProgram } from "./release/packages.ts";
import { isThisMachine, type Target, targets } from "./release/targets.ts";
import { versionProblems } from "./release/versions.ts";
import { nativePaths } from "./setup/native-stamp.ts";

const root = dirname(import.meta.dir);
const dist = join(root, "dist");
const out = join(dist, "npm");
const say = (text: string): void => void process.stdout.write(`${text}\n`);

class ReleaseError extends Error {}

const nameOf = ({ platform, arch }: Target): string => `${platform}-${arch}`;

function chosen(names: readonly string[]): Target[] {
  if (names.length === 0) return targets.filter(isThisMachine);
  return names.map((name) => {
    const found = targets.find((target) => nameOf(target) === name);
    if (found === undefined) throw new ReleaseError(`${name} is none of ${targets.map(nameOf).join(", ")}.`);
    return found;
  });
}

/** Where `native` puts a target's library; for this machine the one of the set-up will do. */
function libraryOf(target: Target): string {
  const cross = join(root, "native/target", target.rust, "release", target.library);
  const own = nativePaths(root, process.platform).library;
  const path = existsSync(cross) || !isThisMachine(target) ? cross : own;
  if (existsSync(path)) return path;
  throw new ReleaseError(`There is no ${path}: build it first, with native ${nameOf(target)}.`);
}

function check(): void {
  const problems = versionProblems(root);
  if (problems.length > 0) throw new ReleaseError(problems.join("\n"));
  say("the versions agree");
}

/** Paths of this machine are taken out of what is built, so that another one builds the same. */
function buildNative(target: Target): void {
  if (target.platform !== process.platform) {
    throw new ReleaseError(
      `${nameOf(target)} is built on a machine of that system: its linker and headers are not here.`,
    );
  }
  const home = process.env["CARGO_HOME"] ?? join(process.env["HOME"] ?? "", ".cargo");
  const built = Bun.spawnSync(
    [
      "cargo",
      "build",
      "--release",
      "--locked",
      "--target",
      target.rust,
      "--manifest-path",
      join(root, "native/Cargo.toml"),
    ],
    {
      env: { ...process.env, RUSTFLAGS: `--remap-path-prefix=${root}=/source --remap-path-prefix=${home}=/cargo` },
      stdout: "inherit",
      stderr: "inherit",
    },
  );
  if (!built.success)
    throw new ReleaseError(
      `${nameOf(target)} was not built. It needs: ${target.cross ?? "Rust and a C and C++ compiler"}.`,
    );
}

async function pack(wanted: readonly Target[]): Promise<void> {
  check();
  mkdirSync(out, { recursive: true });
  const packed: Packed[] = [];
  for (const target of wanted) packed.push(await packNative(root, out, target, libraryOf(target)));
  const program = await packProgram(root, out);
  const sums = [...packed, program].map(({ file }) => `${sha256Of(file)}  ${basename(file)}\n`);
  writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
  say(sums.join("").trimEnd());
  const template = readFileSync(join(root, "packaging/homebrew/peer-stables.rb"), "utf8");
  mkdirSync(join(dist, "homebrew"), { recursive: true });
  const formula = join(dist, "homebrew/peer-stables.rb");
  writeFileSync(formula, filledFormula(template, { version: program.version, sha256: sha256Of(program.file) }));
  say(formula);
}

const sha256Of = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

async function debian(wanted: readonly Target[]): Promise<void> {
  check();
  const dated = process.env["SOURCE_DATE_EPOCH"] ?? commitTime();
  for (const target of wanted) {
    if (target.platform !== "linux")
      throw new ReleaseError(`${nameOf(target)} is no Debian; name linux-x64 or linux-arm64.`);
    const executable = join(dist, nameOf(target), "peer-stables");
    mkdirSync(dirname(executable), { recursive: true });
    // Bun fetches its runtime for another machine.
    const other = isThisMachine(target) ? {} : { target: `bun-linux-${target.arch}` as const };
    await buildExecutable({ root, library: libraryOf(target), outfile: executable, ...other });
    const file = packDebian({ root, out: dist, target, executable, dated });
    say(`${sha256Of(file)}  ${file}`);
  }
}

/** Seconds: nothing that a commit leads to is dated later. */
function commitTime(): string {
  const { success, stdout } = Bun.spawnSync(["git", "log", "-1", "--format=%ct"], { cwd: root });
  if (success) return stdout.toString().trim();
  throw new ReleaseError("Outside a clone SOURCE_DATE_EPOCH is needed: the package's date, in seconds.");
}

async function main([action, ...names]: readonly string[]): Promise<void> {
  if (action === "check") return check();
  if (action === "native") return chosen(names).forEach(buildNative);
  if (action === "pack") return pack(chosen(names));
  if (action === "deb") return debian(chosen(names));
  throw new ReleaseError("Say check, native, pack or deb; see docs/releasing.md.");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
