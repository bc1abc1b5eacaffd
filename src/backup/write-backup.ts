/** A copy of everything a role keeps, checked before it gets its name. */
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { syncPath } from "../durable-file.ts";
import { CodedError, reasonOf } from "../errors.ts";
import { writeNew } from "../keys/private-file.ts";
import { PLAIN_FILE, SEALED_FILE } from "../keys/seed-folder.ts";
import { checkBackup } from "../store/verify.ts";
import { isArchive, packBackup } from "./archive.ts";
import { BackupError } from "./backup-error.ts";
import { MANIFEST, type Manifest, readBackup, sha256 } from "./manifest.ts";
import { readNodeState } from "./node-state.ts";

export const NODE_FILE = "ldk_node_data.sqlite";
export const LEDGER_FILE = "ledger.sqlite";
/** What its owner chose while it ran: the LSPs of a user, the menu of an LSP. */
export const LSP_BOOK_FILE = "lsps.json";
export const LSP_POLICY_FILE = "lsp-policy.json";
const PLAIN_COPIES = [PLAIN_FILE, SEALED_FILE, LSP_BOOK_FILE, LSP_POLICY_FILE];

export interface BackupSource {
  /** The role's data folder. */
  folder: string;
  /** A consistent copy of LDK's database in a new file; of the ledger likewise. */
  copyNode(target: string): Promise<void>;
  copyLedger(target: string): Promise<void>;
  /** The config file in use, if there is one. */
  config?: string | undefined;
  about: Pick<Manifest, "network" | "role" | "source" | "moved" | "program">;
  /** Unix milliseconds. */
  nowMs: number;
}

/**
 * LDK's database is copied before the ledger, so that the ledger knows all that the node did: a state that a crash could
 * have left as well, and that a start mends.
 *
 * @param target a new folder, or a new file (`.tar`, `.tar.zst`)
 * @throws BackupError `bad_argument` when the target is taken, `store_failure`; nothing is left of the copy then
 */
export async function writeBackup(target: string, source: BackupSource): Promise<Manifest> {
  const path = resolve(target);
  if (existsSync(path)) throw new BackupError("bad_argument", `${path} exists; choose another name for the backup.`);
  const partial = join(dirname(path), `.${basename(path)}.partial-${process.pid}`);
  try {
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    mkdirSync(partial, { mode: 0o700 });
    const manifest = await fill(partial, source);
    syncPath(partial);
    await putInPlace(partial, path);
    syncPath(dirname(path));
    return manifest;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (error instanceof CodedError) throw error;
    throw new BackupError("store_failure", `The backup ${path} could not be written (${reasonOf(error)}).`, {
      cause: error,
    });
  }
}

/** A backup that is to be one file gets its name when it was read back, as one that is a folder does. */
async function putInPlace(folder: string, path: string): Promise<void> {
  if (!isArchive(path)) return renameSync(folder, path);
  const draft = join(folder, basename(path));
  await packBackup(folder, draft);
  // Unlike a renaming this replaces nothing that came to be there meanwhile.
  linkSync(draft, path);
  rmSync(folder, { recursive: true, force: true });
}

async function fill(folder: string, source: BackupSource): Promise<Manifest> {
  const at = (name: string) => join(folder, name);
  const has = (name: string) => existsSync(join(source.folder, name));
  if (has(NODE_FILE)) await source.copyNode(at(NODE_FILE));
  if (has(LEDGER_FILE)) await source.copyLedger(at(LEDGER_FILE));
  for (const name of PLAIN_COPIES) if (has(name)) copyPrivate(join(source.folder, name), at(name));
  if (source.config !== undefined) copyPrivate(source.config, at("config.toml"));
  if (existsSync(at(LEDGER_FILE))) {
    const checked = await checkBackup(at(LEDGER_FILE));
    if (!checked.ok)
      throw new BackupError("store_failure", `The ledger's copy does not verify: ${checked.problems[0]}`);
  }
  const state = existsSync(at(NODE_FILE)) ? readNodeState(at(NODE_FILE)) : { wallet: null, channels: new Map() };
  const names = [NODE_FILE, LEDGER_FILE, ...PLAIN_COPIES, "config.toml"].filter((name) => existsSync(at(name)));
  const manifest: Manifest = {
    format: "peer-stables backup",
    version: 1,
    made_at: new Date(source.nowMs).toISOString(),
    ...source.about,
    wallet: state.wallet,
    channels: [...state.channels].map(([monitor, id]) => ({ monitor, update_id: String(id) })),
    files: names.map((name) => ({ name, bytes: statSync(at(name)).size, sha256: sha256(readFileSync(at(name))) })),
  };
  writeNew(at(MANIFEST), Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`));
  return readBackup(folder);
}

function copyPrivate(from: string, to: string): void {
  copyFileSync(from, to);
  syncPath(to);
}
