/** A copy of everything a role keeps. */
import { z } from "zod";
import { required } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import { rfc3339, timeField } from "./fields.ts";
import { filePath } from "./kinds.ts";
import { cardView } from "./view.ts";

export const backupCommands = [
  defineCommand({
    name: "backup",
    roles: everyRole,
    summary: "a checked copy of seed, channels and ledger in a new folder or file, while the role goes on",
    notes: [
      "PATH is a new folder, or one new file where it ends in .tar or .tar.zst (compressed); restore reads both.",
      "It is the newest state only until the next payment; an older one must never run (restore refuses what it can).",
      "To move a role: stop it, then `peer-stables backup PATH --move --role ROLE`.",
    ],
    arguments: { to: required("PATH", filePath, "where; it must not be there yet") },
    result: z.strictObject({ path: z.string(), channels: z.int(), files: z.int(), made_at: timeField }),
    async run({ saveBackup }, { to }) {
      const { path, channels, files, madeAt } = await saveBackup(to);
      return { path, channels, files, made_at: rfc3339(madeAt) };
    },
    view: cardView,
  }),
];
