/** Where the passphrase of a seed comes from: a file, the environment, or the terminal. Never the command line. */
import { readFileSync } from "node:fs";
import type { Settings } from "../config/settings.ts";
import { reasonOf } from "../errors.ts";
import { AppError } from "./app-error.ts";
import type { Asking } from "./asking.ts";

export const PASSPHRASE_VARIABLE = "PEER_STABLES_PASSPHRASE";
const SHORTEST = 8;

/**
 * What was given without a question. Taken out of `env`, so that no process started from here inherits it.
 * @throws AppError `bad_config` for a file that can't be read or is empty
 */
export function givenPassphrase(settings: Settings, env: Record<string, string | undefined>): string | undefined {
  const variable = env[PASSPHRASE_VARIABLE];
  delete env[PASSPHRASE_VARIABLE];
  const file = settings["passphrase-file"];
  if (file === undefined) return variable === "" ? undefined : variable;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new AppError("bad_config", `The passphrase file ${file} cannot be read (${reasonOf(cause)}).`, { cause });
  }
  const [line = ""] = text.split(/\r?\n/);
  if (line === "") throw new AppError("bad_config", `The passphrase file ${file} has an empty first line.`);
  return line;
}

/** Asked for twice. @returns undefined when none is wanted, which is said to be a plain seed */
export async function newPassphrase(asking: Asking): Promise<string | undefined> {
  asking.say(
    "\nA passphrase keeps the seed file useless to whoever copies it. It is asked for at each start; there is no way\n" +
      "back in without it but the words. Empty: the seed lies in its file plain, and whoever can read that can spend.",
  );
  for (;;) {
    const first = await asking.secret("Passphrase: ");
    const short = first !== "" && first.length < SHORTEST;
    if (short) asking.say(`At least ${SHORTEST} characters, or none.`);
    else if ((await asking.secret("The same again: ")) === first) return first === "" ? undefined : first;
    else asking.say("These were not the same.");
  }
}

/** @throws AppError `bad_config` for one that is too short to be any use */
export function longEnough(passphrase: string): string {
  if (passphrase.length >= SHORTEST) return passphrase;
  throw new AppError("bad_config", `A new passphrase needs at least ${SHORTEST} characters.`);
}
