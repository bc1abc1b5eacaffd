/** How much room a disk has, and how little is too little. */
import { existsSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";

export const MIB = 1024 ** 2;
/** What the databases and logs of a role take in months. */
export const ENOUGH_BYTES = 1024 * MIB;
/** Below this nothing is started that holds real money. */
export const LEAST_BYTES = 200 * MIB;
/** Below this nothing new is begun: what is under way needs the rest to be written down. */
export const HOLD_BYTES = 64 * MIB;

/** What this user may still write where `path` lies or would lie. @throws system errors */
export function freeBytes(path: string): number {
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
