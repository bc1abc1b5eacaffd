/** Finds, checks and loads the native library. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { embeddedLibrary } from "./embedded-library.ts";
import { FfiError } from "./errors.ts";
import { ABI_VERSION, bindLibrary, type NativeLibrary, readAbiVersion } from "./symbols.ts";
import { traceLibrary } from "./trace.ts";
import { unpackLibrary } from "./unpack-library.ts";

export interface LibraryOptions {
  /** `PEER_STABLES_LIBRARY` names the library, `PEER_STABLES_FFI_TRACE` a file to trace calls to. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where this project lies, for the build in the tree and its installed packages. */
  root?: string;
  /** The ABI version asked for. */
  abi?: number;
}

const projectRoot = fileURLToPath(new URL("../..", import.meta.url));
const remedy = 'build it with "bun run setup"';
const loaded = new Map<string, NativeLibrary>();

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Resolved from the project, so that a package hoisted above it is found as well. */
function packagedLibrary(name: string, root: string): string | undefined {
  try {
    return Bun.resolveSync(name, root);
  } catch {
    return undefined;
  }
}

/**
 * The library's path: `PEER_STABLES_LIBRARY`, else what an executable carries, else the build in the tree, else the platform package
 * `@peer-stables/native-PLATFORM-ARCH`, whose `main` is the library. An override that is not there is an error, not a
 * reason to take another.
 * @throws FfiError `library_missing`, naming every place looked at
 */
export function findLibrary({ env = process.env, root = projectRoot }: LibraryOptions = {}): string {
  const override = env["PEER_STABLES_LIBRARY"];
  if (override) {
    if (existsSync(override)) return resolve(override);
    throw new FfiError(
      "library_missing",
      `PEER_STABLES_LIBRARY names ${override}, which is not there; unset it or ${remedy}`,
    );
  }
  // An executable has no tree around it.
  if (embeddedLibrary !== undefined) return unpackLibrary(embeddedLibrary, env);
  const extension = process.platform === "darwin" ? "dylib" : "so";
  const built = join(root, "native", "target", "release", `libpeer_stables_native.${extension}`);
  if (existsSync(built)) return built;
  const name = `@peer-stables/native-${process.platform}-${process.arch}`;
  const packaged = packagedLibrary(name, root);
  if (packaged !== undefined && existsSync(packaged)) return wholePackage(packaged, name);
  throw new FfiError(
    "library_missing",
    `the native library was not found: PEER_STABLES_LIBRARY is not set, there is no ${built}, and the package ${name} is not installed (there may be none for this platform); ${remedy} in the sources, or install the package`,
  );
}

const checksumSchema = z.object({ sha256: z.string(), bytes: z.int() });

/** @throws FfiError `library_missing` when the package is not what was released: an install that was cut short */
function wholePackage(path: string, name: string): string {
  try {
    const { sha256, bytes } = checksumSchema.parse(
      JSON.parse(readFileSync(join(dirname(path), "checksum.json"), "utf8")),
    );
    const found = readFileSync(path);
    if (found.length === bytes && createHash("sha256").update(found).digest("hex") === sha256) return path;
  } catch (cause) {
    throw new FfiError("library_missing", `the package ${name} cannot be read: ${wordsOf(cause)}; install it anew`, {
      cause,
    });
  }
  throw new FfiError("library_missing", `the library in the package ${name} is not what was released; install it anew`);
}

/**
 * Loads the library once per path.
 * @throws FfiError `library_missing` when there is none or the file is no library of ours; `library_abi` when it speaks
 *   another version of docs/native-abi.md
 */
export function loadLibrary(options: LibraryOptions = {}): NativeLibrary {
  const { env = process.env, abi = ABI_VERSION } = options;
  const path = findLibrary(options);
  const known = loaded.get(path);
  const found = readVersion(path);
  if (found !== abi) {
    throw new FfiError("library_abi", `${path} has ABI version ${found}, this program needs ${abi}; re${remedy}`);
  }
  const library = known ?? bind(path);
  loaded.set(path, library);
  const traceFile = env["PEER_STABLES_FFI_TRACE"];
  return traceFile ? traceLibrary(library, traceFile) : library;
}

function readVersion(path: string): number {
  try {
    return readAbiVersion(path);
  } catch (cause) {
    throw notOurs(path, cause);
  }
}

function bind(path: string): NativeLibrary {
  try {
    return bindLibrary(path);
  } catch (cause) {
    throw notOurs(path, cause);
  }
}

function notOurs(path: string, cause: unknown): FfiError {
  return new FfiError("library_missing", `${path} is not the native library: ${wordsOf(cause)}; re${remedy}`, {
    cause,
  });
}
