/** A backup as one file: a tar of what its folder would hold, plain or compressed by Zstandard (RFC 8878). */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { reasonOf } from "../errors.ts";
import { writeNew } from "../keys/private-file.ts";
import { BackupError } from "./backup-error.ts";
import { checkFiles, MANIFEST, readBackup, sha256, USED } from "./manifest.ts";

const plainName = /\.tar$/;
const packedName = /\.tar\.zst$/;

export function isArchive(path: string): boolean {
  return plainName.test(path) || packedName.test(path);
}

/**
 * Puts a backup's folder into one new file, 0600, which is read back and checked.
 * @throws BackupError `store_failure`; system errors. The file may be there then
 */
export async function packBackup(folder: string, path: string): Promise<void> {
  const manifest = readBackup(folder);
  const names = [MANIFEST, ...manifest.files.map(({ name }) => name)];
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
  const tar = await new Bun.Archive(files).bytes();
  writeNew(path, packedName.test(path) ? await Bun.zstdCompress(tar) : tar);
  const written = await entriesOf(path);
  checkFiles(manifest, path, (name) => {
    const bytes = written.get(name);
    return bytes && { bytes: bytes.length, sha256: sha256(bytes) };
  });
}

export interface OpenedBackup {
  folder: string;
  /** As a person knows it. */
  name: string;
  /** Where it is noted that it was restored. */
  usedMark: string;
  /** Takes away what was unpacked. */
  close(): void;
}

/**
 * A backup's folder as it is, or unpacked below `root`, where nobody else may read.
 * @throws BackupError `backup_damaged`
 */
export async function openBackup(path: string, root: string): Promise<OpenedBackup> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    return { folder: path, name: path, usedMark: join(path, USED), close: () => undefined };
  }
  const entries = await entriesOf(path);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(root, ".unpacked-"));
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const [name, bytes] of entries) writeNew(join(folder, name), bytes);
  } catch (error) {
    close();
    throw error;
  }
  return { folder, name: path, usedMark: `${path}.${USED}`, close };
}

async function entriesOf(path: string): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    const bytes = readFileSync(path);
    const archive = new Bun.Archive(isPacked(bytes) ? await Bun.zstdDecompress(bytes) : bytes);
    const entries = new Map<string, Uint8Array>();
    for (const [name, file] of await archive.files()) {
      // Nothing but files side by side was ever put in.
      if (basename(name) !== name || !/^\w[\w.-]*$/.test(name)) throw new Error(`it holds ${JSON.stringify(name)}`);
      entries.set(name, await file.bytes());
    }
    return entries;
  } catch (cause) {
    const reason = reasonOf(cause).trim();
    throw new BackupError("backup_damaged", `The backup ${path} is not whole: ${reason}. Use another one.`, { cause });
  }
}

/** By its first bytes, whatever its name is by now. */
function isPacked(bytes: Uint8Array): boolean {
  return [0x28, 0xb5, 0x2f, 0xfd].every((byte, i) => bytes[i] === byte);
}
