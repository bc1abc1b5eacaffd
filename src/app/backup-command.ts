/** `backup` and `restore`: a role's data out of its folder and back, beside a role that runs or without one. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { type OpenedBackup, openBackup } from "../backup/archive.ts";
import { type Manifest, readBackup } from "../backup/manifest.ts";
import { restoreBackup } from "../backup/restore.ts";
import { LEDGER_FILE, NODE_FILE, writeBackup } from "../backup/write-backup.ts";
import type { Clock } from "../clock.ts";
import { unixNow } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import { CodedError } from "../errors.ts";
import type { NativeLibrary } from "../ffi/symbols.ts";
import type { Role } from "../node/port.ts";
import { copyDatabase } from "../store/backup.ts";
import { AppError } from "./app-error.ts";
import { configInUse } from "./config-path.ts";
import { platformDataRoot, roleFolder } from "./data-folders.ts";
import { holdFolder } from "./folder-lock.ts";
import { expectPayouts } from "./lost-channels.ts";
import { markMoved, refuseMoved } from "./moved.ts";
import { defaultNetwork } from "./role-options.ts";

interface Surroundings {
  settings: Settings;
  env: Record<string, string | undefined>;
  library: NativeLibrary;
  clock: Clock;
  write(line: string): void;
}

export interface BackupJob extends Surroundings {
  role: Role;
  target: string;
  /** The folder's node is never to run again: the copy takes its place. */
  move: boolean;
}

/** @throws BackupError, AppError, StoreError; nothing is left of the copy then */
export async function backupCommand(job: BackupJob): Promise<void> {
  const { role, settings, env, library, target, move, clock, write } = job;
  const network = settings.network ?? defaultNetwork;
  const folder = roleFolder(settings["data-dir"] ?? platformDataRoot(env), network, role);
  if (!existsSync(join(folder, NODE_FILE))) {
    throw new AppError("bad_config", `${folder} holds no node to back up; name another with --data-dir or --network.`);
  }
  refuseMoved(folder);
  const release = await holdFolder(folder, library).catch((error: unknown) => {
    if (move || !(error instanceof CodedError && error.code === "data_dir_in_use")) throw error;
    return undefined;
  });
  try {
    const manifest = await writeBackup(target, {
      folder,
      copyNode: async (path) => copyDatabase(join(folder, NODE_FILE), path),
      copyLedger: async (path) => copyDatabase(join(folder, LEDGER_FILE), path),
      config: configInUse(settings, env),
      about: {
        network,
        role,
        source: release === undefined ? "running" : "stopped",
        moved: move,
        program: packageJson.version,
      },
      nowMs: clock.wallMs(),
    });
    if (move) markMoved(folder, resolve(target), manifest.made_at);
    write(said(manifest, resolve(target)));
  } finally {
    await release?.();
  }
}

function said({ channels, source, moved, files }: Manifest, target: string): string {
  const plain = files.some(({ name }) => name === "keys_seed")
    ? " The seed in it is plain: keep it where nobody else reads."
    : "";
  const age = moved
    ? "The folder it came from does not start any more; restore this where the node is to live."
    : source === "stopped"
      ? "It is the newest state until the role is started again."
      : "It is the newest state only until the next payment.";
  return `${target}: ${files.length} files, ${channels.length} channel states, checked. ${age}${plain}`;
}

export interface RestoreJob extends Surroundings {
  backup: string;
  accepted: boolean;
  withoutChannels: boolean;
}

/** @throws BackupError, AppError, FfiError; nothing is changed then */
export async function restoreCommand(job: RestoreJob): Promise<void> {
  const root = job.settings["data-dir"] ?? platformDataRoot(job.env);
  const backup = await openBackup(job.backup, root);
  try {
    await restoreOpened(job, backup, root);
  } finally {
    backup.close();
  }
}

async function restoreOpened(job: RestoreJob, backup: OpenedBackup, root: string): Promise<void> {
  const { settings, library, clock, accepted, withoutChannels, write } = job;
  const { role, network } = readBackup(backup.folder, backup.name);
  if ((settings.role ?? role) !== role || (settings.network ?? network) !== network) {
    throw new AppError(
      "bad_config",
      `The backup ${backup.name} is of ${role} on ${network}; leave --role and --network out.`,
    );
  }
  const folder = roleFolder(root, network, role);
  const release = existsSync(folder) ? await holdFolder(folder, library) : undefined;
  try {
    const { manifest, aside } = restoreBackup({ backup, folder, accepted, withoutChannels, now: unixNow(clock) });
    if (withoutChannels) expectPayouts(folder, unixNow(clock));
    if (aside !== undefined) write(`What was there is now ${aside}.`);
    write(
      withoutChannels
        ? `${folder}: the seed and what is on chain. Start the role, connect to its peers, and leave it on: they close the ${manifest.channels.length} channels of the backup, and what they pay out is collected by itself, 7 blocks later.`
        : `${folder}: restored as of ${manifest.made_at}. Start ${role}, and never what this backup was made from.`,
    );
  } finally {
    await release?.();
  }
}
