/** The mark of a role that came back without its channels' states: its peers close them, and what they pay is looked for. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeNew } from "../keys/private-file.ts";

const MARK = "lost-channels";
const DAY_SECONDS = 86_400;
/** A peer that is not there for so long is not expected any more; `recoverpayouts` still works then. */
const EXPECTED_DAYS = 60;

/** @param now unix seconds */
export function expectPayouts(folder: string, now: number): void {
  const path = join(folder, MARK);
  if (!existsSync(path)) writeNew(path, Buffer.from(`${now + EXPECTED_DAYS * DAY_SECONDS}\n`));
}

/** Until when (unix seconds) payouts are looked for; undefined where no channels were lost. */
export function payoutsExpectedUntil(folder: string): number | undefined {
  const path = join(folder, MARK);
  if (!existsSync(path)) return undefined;
  const until = Number(readFileSync(path, "utf8"));
  return Number.isSafeInteger(until) ? until : undefined;
}
