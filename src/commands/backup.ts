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
    summary: "a checked copy of seed, channels and ledger in a new folder, while the role goes on",
    notes: [
      "It is the newest state only until the next payment; an older one must never run (restore refuses what it can).",
      "To move a role: stop it, then `peer-stables backup FOLDER --move --role ROLE`.",
    ],
    arguments: { folder: required("FOLDER", filePath, "where; it must not be there yet") },
    result: z.strictObject({ path: z.string(), channels: z.int(), files: z.int(), made_at: timeField }),
    async run({ saveBackup }, { folder }) {
      const { path, channels, files, madeAt } = await saveBackup(folder);
      return { path, channels, files, made_at: rfc3339(madeAt) };
    },
    view: cardView,
  }),
];
