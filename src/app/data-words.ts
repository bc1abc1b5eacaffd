/** What stands behind the words `backup` and `restore`. */
import { ACCEPT_WORDS } from "../backup/restore.ts";
import { AppError } from "./app-error.ts";

/** They are no settings, since nothing may set them in passing. */
export const dataFlagOptions = {
  move: { type: "boolean" },
  accept: { type: "string" },
  "without-channels": { type: "boolean" },
} as const;

const belongsTo = { move: "backup", accept: "restore", "without-channels": "restore" } as const;

/** @throws AppError `usage` for a flag of another word, and for other words than those that accept the risk */
export function dataFlags(word: string | undefined, given: Readonly<Record<string, unknown>>) {
  for (const [name, owner] of Object.entries(belongsTo)) {
    if (given[name] !== undefined && word !== owner) throw new AppError("usage", `--${name} belongs to ${owner}.`);
  }
  const accept = given["accept"];
  if (accept !== undefined && accept !== ACCEPT_WORDS) {
    throw new AppError("usage", `--accept takes these words and no others: "${ACCEPT_WORDS}".`);
  }
  return {
    move: given["move"] === true,
    accepted: accept !== undefined,
    withoutChannels: given["without-channels"] === true,
  };
}

/** @throws AppError `usage` */
export function theFolder(word: string, [folder, ...more]: readonly string[]): string {
  if (folder !== undefined && more.length === 0) return folder;
  throw new AppError("usage", `${word} needs one path, the backup's: a folder, or a file FILE.tar or FILE.tar.zst.`);
}
