/**
 * Whether the native library belongs to the sources beside it. Cargo could say so too, but takes a good part of a
 * second; hashing the few files takes two milliseconds, and is not fooled by the times of a fresh checkout.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface NativePaths {
  folder: string;
  target: string;
  /** The shared library, where src/ffi looks for it. */
  library: string;
  stamp: string;
  log: string;
}

const libraryNames: Partial<Record<NodeJS.Platform, string>> = {
  darwin: "libpeer_stables_native.dylib",
  win32: "peer_stables_native.dll",
};

export function nativePaths(root: string, platform: NodeJS.Platform): NativePaths {
  const folder = join(root, "native");
  const target = join(folder, "target");
  return {
    folder,
    target,
    library: join(target, "release", libraryNames[platform] ?? "libpeer_stables_native.so"),
    stamp: join(target, ".peer-stables-built"),
    log: join(root, ".cache", "native-build.log"),
  };
}

/** Neither built output nor what does not go into the library. */
const notSources = new Set(["target", "tests", "examples", "benches"]);
const isSource = (name: string): boolean => name.endsWith(".rs") || name.endsWith(".toml") || name === "Cargo.lock";

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return notSources.has(entry.name) ? [] : sourceFiles(path);
      return isSource(entry.name) ? [path] : [];
    })
    .sort();
}

/** What the library is built from, as one hash. */
export function sourceDigest(paths: NativePaths): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const path of sourceFiles(paths.folder)) {
    hasher
      .update(`${relative(paths.folder, path)}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return hasher.digest("hex");
}

/** Of the built file too: a library that something else has rebuilt since is not trusted. */
function stampOf(paths: NativePaths, digest: string): string {
  const { size, mtimeMs } = statSync(paths.library);
  return `${digest} ${size} ${mtimeMs}`;
}

export function nativeIsBuilt(paths: NativePaths): boolean {
  if (!existsSync(paths.stamp) || !existsSync(paths.library)) return false;
  return readFileSync(paths.stamp, "utf8") === stampOf(paths, sourceDigest(paths));
}

/** `digest` is that of the sources from before the build: what was edited meanwhile may not be in it. */
export function markNativeBuilt(paths: NativePaths, digest: string): void {
  writeFileSync(paths.stamp, stampOf(paths, digest));
}
