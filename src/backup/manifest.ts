/** What a backup says of itself: the file `backup.json` in its folder. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { reasonOf } from "../errors.ts";
import { BackupError } from "./backup-error.ts";

export const MANIFEST = "backup.json";
/** Beside the manifest once the backup was restored: what has run since is newer. */
export const USED = "restored.json";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
export const manifestSchema = z.strictObject({
  format: z.literal("peer-stables backup"),
  version: z.literal(1),
  made_at: z.iso.datetime(),
  program: z.string(),
  network: z.enum(["regtest", "mutinynet", "signet", "testnet", "bitcoin"]),
  role: z.enum(["user", "lsp", "exchange"]),
  /** Whether the node ran while it was made. */
  source: z.enum(["running", "stopped"]),
  /** The folder it was made from was marked and never runs again. */
  moved: z.boolean(),
  wallet: hash.nullable(),
  channels: z.array(z.strictObject({ monitor: z.string(), update_id: z.string().regex(/^\d{1,20}$/) })),
  files: z.array(z.strictObject({ name: z.string().regex(/^[\w.-]+$/), bytes: z.int().min(0), sha256: hash })),
});
export type Manifest = z.output<typeof manifestSchema>;

/**
 * @param name of the backup as a person knows it
 * @returns the manifest, once every file it names is there as it was written
 * @throws BackupError `backup_damaged`
 */
export function readBackup(folder: string, name = folder): Manifest {
  const manifest = readManifest(folder, name);
  checkFiles(manifest, name, (file) => {
    const path = join(folder, file);
    const found = statSync(path, { throwIfNoEntry: false });
    return found && { bytes: found.size, sha256: sha256(readFileSync(path)) };
  });
  return manifest;
}

/** @param look at one of the files, undefined where there is none @throws BackupError `backup_damaged` */
export function checkFiles(
  { files }: Manifest,
  backup: string,
  look: (name: string) => { bytes: number; sha256: string } | undefined,
): void {
  for (const { name, bytes, sha256 } of files) {
    const found = look(name);
    if (found?.bytes === bytes && found.sha256 === sha256) continue;
    throw damaged(backup, `${name} ${found === undefined ? "is missing" : "is not what was written"}`);
  }
}

function readManifest(folder: string, name: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : reasonOf(cause);
    throw damaged(name, `its ${MANIFEST} cannot be read: ${reason.replace(/\s+/g, " ")}`);
  }
}

function damaged(name: string, what: string): BackupError {
  return new BackupError("backup_damaged", `The backup ${name} is not whole: ${what}. Use another one.`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
