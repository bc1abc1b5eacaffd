/** `backup FOLDER` of a running role. */

import { resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { writeBackup } from "../backup/write-backup.ts";
import type { Clock } from "../clock.ts";
import type { CommandContext } from "../commands/context.ts";
import type { Network, Node, Role } from "../node/port.ts";
import type { SqliteLedger } from "../store/open-store.ts";

interface Sources {
  options: { dataDir: string; network: Network; role: Role; clock: Clock; configFile?: string | undefined };
  node: Pick<Node, "backup">;
  store: Pick<SqliteLedger, "backup">;
}

/** LDK's database is copied by the library that has it open; see native/src/node/backup.rs. @throws BackupError */
export async function saveBackup(
  { options, node, store }: Sources,
  target: string,
): ReturnType<CommandContext["saveBackup"]> {
  const { dataDir, network, role, clock, configFile } = options;
  const nowMs = clock.wallMs();
  const manifest = await writeBackup(target, {
    folder: dataDir,
    copyNode: (path) => node.backup(path),
    copyLedger: async (path) => void (await store.backup(path)),
    config: configFile,
    about: { network, role, source: "running", moved: false, program: packageJson.version },
    nowMs,
  });
  const { channels, files } = manifest;
  return { path: resolve(target), channels: channels.length, files: files.length, madeAt: Math.floor(nowMs / 1000) };
}
