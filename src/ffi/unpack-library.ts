/** Puts the library of an executable where the loader can open it: a checked file in this user's cache. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { reasonOf } from "../errors.ts";
import type { EmbeddedLibrary } from "./embedded-library.ts";
import { FfiError } from "./errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The path of the unpacked library. What is in the cache is used only when it is byte for byte what is in the
 * executable, in a folder that nobody else can write to.
 * @throws FfiError `library_missing` when no folder can be written to
 */
export function unpackLibrary(embedded: EmbeddedLibrary, env: Env): string {
  const name = `native-${embedded.sha256.slice(0, 16)}.${process.platform === "darwin" ? "dylib" : "so"}`;
  const problems: string[] = [];
  for (const folder of [() => cacheFolder(env), passingFolder]) {
    try {
      const path = join(folder(), name);
      if (!isWhole(path, embedded)) write(path, embedded);
      return path;
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }
  throw new FfiError(
    "library_missing",
    `The native library could not be unpacked (${problems.join("; ")}): set XDG_CACHE_HOME to a folder of yours.`,
  );
}

function cacheFolder(env: Env): string {
  const xdg = env["XDG_CACHE_HOME"];
  const base = xdg?.startsWith("/")
    ? xdg
    : join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache");
  const folder = join(base, "peer-stables");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} can be written to by others`);
  }
  return folder;
}

/** Gone with the process: what is loaded needs no name any more. */
function passingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "peer-stables-native-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function isWhole(path: string, { sha256, bytes }: EmbeddedLibrary): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.size !== bytes) return false;
  return createHash("sha256").update(readFileSync(path)).digest("hex") === sha256;
}

/** Renamed into place, so that another process that starts meanwhile finds all of it or nothing. */
function write(path: string, embedded: EmbeddedLibrary): void {
  const draft = `${path}.new-${process.pid}`;
  try {
    writeFileSync(draft, readFileSync(embedded.file), { mode: 0o700 });
    if (!isWhole(draft, embedded)) throw new Error(`${draft} was not written as it is`);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}
