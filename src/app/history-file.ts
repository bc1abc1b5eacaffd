/** The typed lines of the dashboard and the prompt, from one session to the next. Unreadable to others. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** @param path unset: nothing is kept */
export function readHistory(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return []; // the first time there is none
  }
}

/** A history that can't be kept is no reason to stop anything. */
export function writeHistory(path: string | undefined, history: readonly string[]): void {
  if (path === undefined) return;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${history.join("\n")}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
  } catch {
    return;
  }
}
