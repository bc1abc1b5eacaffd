/** Puts a backup where a role looks for its data, unless that could lose funds. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { syncPath } from "../durable-file.ts";
import { CodedError, reasonOf } from "../errors.ts";
import { writeNew } from "../keys/private-file.ts";
import { stamp } from "../store/keep-copy.ts";
import type { OpenedBackup } from "./archive.ts";
import { BackupError } from "./backup-error.ts";
import { judgeRestore, type Place, type Verdict } from "./judge.ts";
import { type Manifest, readBackup, sha256 } from "./manifest.ts";
import { dropManager, readNodeState } from "./node-state.ts";
import { LEDGER_FILE, NODE_FILE } from "./write-backup.ts";

/** What a person types who knows that nothing ran since. */
export const ACCEPT_WORDS = "nothing ran since this backup";

export interface RestoreOptions {
  backup: Pick<OpenedBackup, "folder" | "name" | "usedMark">;
  /** The role's data folder; nobody else may be using it. */
  folder: string;
  accepted: boolean;
  withoutChannels: boolean;
  /** Unix seconds. */
  now: number;
}

export interface Restored {
  manifest: Manifest;
  /** Where what was in place is now. */
  aside: string | undefined;
}

/** @throws BackupError `backup_damaged`, `restore_refused`, `store_failure`; nothing is changed then */
export function restoreBackup({ backup, folder, accepted, withoutChannels, now }: RestoreOptions): Restored {
  const manifest = readBackup(backup.folder, backup.name);
  const used = existsSync(backup.usedMark);
  const verdict = judgeRestore(manifest, placeOf(folder), { accepted, withoutChannels, used });
  if (!verdict.ok) throw refusal(verdict, manifest, backup.name, folder);
  const draft = `${folder}.restoring-${process.pid}`;
  try {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    fill(draft, backup.folder, manifest, withoutChannels);
    const aside = existsSync(folder) ? `${folder}.before-restore-${stamp(now)}` : undefined;
    if (aside !== undefined) renameSync(folder, aside);
    renameSync(draft, folder);
    syncPath(dirname(folder));
    if (!withoutChannels && !used) markUsed(backup.usedMark, folder, now);
    return { manifest, aside };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (error instanceof CodedError) throw error;
    throw new BackupError("store_failure", `${folder} could not be restored (${reasonOf(error)}).`, { cause: error });
  }
}

function placeOf(folder: string): Place {
  const database = join(folder, NODE_FILE);
  if (!existsSync(database)) return { kind: "empty" };
  try {
    return { kind: "node", state: readNodeState(database) };
  } catch {
    return { kind: "unreadable" };
  }
}

function fill(draft: string, backup: string, manifest: Manifest, withoutChannels: boolean): void {
  for (const { name, sha256: expected } of manifest.files) {
    if (name === "config.toml") continue; // it is no part of the folder; whoever wants it takes it from the backup
    // A book whose channels are to be closed is kept to be read, not to be acted on.
    const to = join(draft, withoutChannels && name === LEDGER_FILE ? `before-recovery-${name}` : name);
    copyFileSync(join(backup, name), to);
    if (sha256(readFileSync(to)) !== expected) throw new Error(`${name} was not copied as it is`);
  }
  const database = join(draft, NODE_FILE);
  if (withoutChannels && existsSync(database)) dropManager(database);
  for (const { name } of manifest.files) if (existsSync(join(draft, name))) syncPath(join(draft, name));
  syncPath(draft);
}

/** A backup on a disk that can't be written to stays unmarked; the folder it made is what shows the next time. */
function markUsed(mark: string, folder: string, now: number): void {
  const at = new Date(now * 1000).toISOString();
  try {
    writeNew(mark, Buffer.from(`${JSON.stringify({ restored_at: at, to: folder })}\n`));
  } catch {
    return;
  }
}

function refusal(
  verdict: Exclude<Verdict, { ok: true }>,
  { made_at, source, channels }: Manifest,
  backup: string,
  folder: string,
): BackupError {
  const refused = (text: string) => new BackupError("restore_refused", text);
  const why =
    `It holds the states of ${channels.length} channel${channels.length === 1 ? "" : "s"} as of ${made_at}, from a ${source} node. ` +
    "If the node ran after that, these states are revoked: using one lets the peer take the whole channel.";
  const instead =
    `Use the original data folder if it still exists. Else: restore --without-channels brings back the seed and what is on chain, ` +
    `and the peers close the channels; or, if you know that the node never ran again, add --accept "${ACCEPT_WORDS}".`;
  switch (verdict.reason) {
    case "other_node":
      return refused(`${folder} belongs to another node than the backup ${backup}; name another with --data-dir.`);
    case "older_than_place":
      return refused(
        `The backup ${backup} is older than what is in ${folder}: ${verdict.channels.length} of its channels went on ` +
          `(${verdict.channels[0]?.slice(0, 16)}… for one). Start the role with what is there; restoring would lose money.`,
      );
    case "maybe_stale":
      return refused(`Nothing shows that the backup ${backup} is the newest state. ${why} ${instead}`);
    case "used":
      return refused(`The backup ${backup} was restored before, and what ran then is newer. ${why} ${instead}`);
  }
}
