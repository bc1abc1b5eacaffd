/** The packages of a release: the program, and the native library of each platform it was built for. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { ABI_VERSION } from "../../src/ffi/symbols.ts";
import { bundleProgram } from "../build/executable.ts";
import { packageName, type Target, targets } from "./targets.ts";

const { version, description, license, devDependencies } = packageJson;
const licences = ["LICENSE-MIT", "LICENSE-APACHE"];

export interface Packed {
  name: string;
  version: string;
  /** The tarball. */
  file: string;
  manifest: Readonly<Record<string, unknown>>;
}

/** @param library built for `target` */
export async function packNative(root: string, out: string, target: Target, library: string): Promise<Packed> {
  const { platform, arch, libc, library: file } = target;
  const bytes = readFileSync(library);
  const manifest = {
    name: packageName(target),
    version,
    description: `The native library of peer-stables for ${platform} ${arch}`,
    license,
    os: [platform],
    cpu: [arch],
    ...(libc === undefined ? {} : { libc: [libc] }),
    main: file,
    files: [file, "checksum.json", ...licences],
  };
  const checksum = { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length, abi: ABI_VERSION };
  return pack(root, out, manifest, (folder) => {
    copyFileSync(library, join(folder, file));
    writeFileSync(join(folder, "checksum.json"), `${JSON.stringify(checksum)}\n`);
  });
}

/** The program as one file of JavaScript: it needs a Bun and its library, and nothing else. */
export async function packProgram(root: string, out: string): Promise<Packed> {
  const manifest = {
    name: "peer-stables",
    version,
    description,
    license,
    bin: { "peer-stables": "bin/peer-stables" },
    files: ["bin", "lib", "README.md", "CHANGELOG.md", ...licences],
    optionalDependencies: Object.fromEntries(
      targets.flatMap((target) => [
        [packageName(target), version],
        // Bun's own packages rather than `bun`, which needs a script to be run at its installation.
        [target.bun, devDependencies.bun],
      ]),
    ),
  };
  const main = await bundleProgram(root);
  return pack(root, out, manifest, (folder) => {
    for (const name of ["README.md", "CHANGELOG.md"]) copyFileSync(join(root, name), join(folder, name));
    mkdirSync(join(folder, "lib/app"), { recursive: true });
    writeFileSync(join(folder, "lib/app/main.js"), main);
    mkdirSync(join(folder, "bin"));
    copyFileSync(join(root, "scripts/release/launcher.sh"), join(folder, "bin/peer-stables"));
    chmodSync(join(folder, "bin/peer-stables"), 0o755);
  });
}

/** The same files give the same bytes: `bun pm pack` sets times, owners and order. */
async function pack(
  root: string,
  out: string,
  manifest: { name: string; version: string },
  fill: (folder: string) => void,
): Promise<Packed> {
  const folder = join(out, manifest.name.replace(/[@/]+/g, "-").replace(/^-/, ""));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const name of licences) copyFileSync(join(root, name), join(folder, name));
  fill(folder);
  const file = `${folder}-${manifest.version}.tgz`;
  const command = [process.execPath, "pm", "pack", "--ignore-scripts", "--filename", `${basename(folder)}.tgz`];
  const packed = Bun.spawnSync(command, { cwd: folder, stderr: "pipe" });
  const made = join(folder, `${basename(folder)}.tgz`);
  if (!packed.success || !existsSync(made)) throw new Error(`${manifest.name} was not packed: ${packed.stderr}`);
  renameSync(made, file);
  rmSync(folder, { recursive: true });
  return { name: manifest.name, version: manifest.version, file, manifest };
}
