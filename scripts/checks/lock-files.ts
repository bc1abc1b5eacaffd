/** What the lock files say by themselves: where from, with which checksum, and how old. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isOlder } from "../setup/versions.ts";
import { floors } from "./version-floors.ts";

const CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index";

const cargoLockSchema = z.object({
  package: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      source: z.string().optional(),
      checksum: z.string().optional(),
    }),
  ),
});

/** What is wrong with a Cargo.lock: foreign sources, missing checksums, versions with known weaknesses. */
export function cargoLockProblems(text: string): string[] {
  return cargoLockSchema.parse(Bun.TOML.parse(text)).package.flatMap(({ name, version, source, checksum }) => {
    // Without a source it is one of ours.
    if (source === undefined) return [];
    const crate = `${name} ${version}`;
    if (source !== CRATES_IO) return [`${crate} comes from ${source}, not from crates.io`];
    if (checksum === undefined) return [`${crate} has no checksum`];
    const floor = floors.find((row) => row.crate === name && isOlder(version, row.minimum));
    return floor ? [`${crate} is older than ${floor.minimum}: ${floor.why}`] : [];
  });
}

/** Each package line of bun.lock ends in its integrity hash. */
export function bunLockProblems(text: string): string[] {
  const entries = text.split("\n").filter((line) => /^ {4}"[^"]+": \["/.test(line));
  if (entries.length === 0) return ["bun.lock lists no packages"];
  return entries
    .filter((line) => !/"sha512-[A-Za-z0-9+/=]{88}"\],?$/.test(line))
    .map((line) => `bun.lock has no sha512 for ${line.trim().split(":")[0]}`);
}

export function lockFileProblems(root: string): string[] {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  return [...bunLockProblems(read("bun.lock")), ...cargoLockProblems(read("native/Cargo.lock"))];
}
