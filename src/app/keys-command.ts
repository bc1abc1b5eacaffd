/** `keys`: what can be done to a role's seed while the role does not run. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock, unixNow } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import { reasonOf } from "../errors.ts";
import { checkWords, seedOfWords, wordsProblemText } from "../keys/mnemonic.ts";
import { keepSeed, protectSeed, seedState, unlockSeed, unprotectSeed } from "../keys/seed-folder.ts";
import type { Role } from "../node/port.ts";
import { AppError } from "./app-error.ts";
import type { Asking } from "./asking.ts";
import { platformDataRoot, roleFolder } from "./data-folders.ts";
import { expectPayouts } from "./lost-channels.ts";
import { givenPassphrase, longEnough, newPassphrase } from "./passphrase.ts";
import { askForRescan } from "./rescan.ts";
import { defaultNetwork } from "./role-options.ts";
import { askWords, showNewWords } from "./words-ceremony.ts";

export const keysActions = ["new", "restore", "protect", "unprotect", "status"] as const;
export type KeysAction = (typeof keysActions)[number];

export interface KeysOptions {
  role: Role;
  settings: Settings;
  env: Record<string, string | undefined>;
  asking: Asking | undefined;
  write(line: string): void;
}

const random = (bytes: number) => randomBytes(bytes);

/** @throws KeysError, AppError, LeftError; nothing is changed then */
export async function keysCommand(action: KeysAction, options: KeysOptions): Promise<void> {
  const { role, settings, env, write } = options;
  const root = settings["data-dir"] ?? platformDataRoot(env);
  const folder = roleFolder(root, settings.network ?? defaultNetwork, role);
  const passphrase = givenPassphrase(settings, env);
  switch (action) {
    case "status":
      return write(statusOf(folder));
    case "new":
      refuseTaken(folder, ["lost", "plain", "sealed"]);
      return keep(folder, await showNewWords(theAsking(options), settings.words ?? 24, random), passphrase, options);
    case "restore":
      refuseTaken(folder, ["plain", "sealed"]);
      await keep(folder, await wordsToRestore(options), passphrase, options);
      askForRescan(folder, settings.since);
      expectPayouts(folder, unixNow(systemClock()));
      write(whatComesBack(options));
      if (settings["words-file"] !== undefined)
        write(`Delete ${settings["words-file"]} now, or keep it as safe as the money.`);
      return;
    case "protect": {
      if (seedState(folder).kind !== "plain") {
        throw new AppError("conflict", `${folder} holds no plain seed to protect; keys status says what is there.`);
      }
      const chosen = passphrase === undefined ? await newPassphrase(theAsking(options)) : longEnough(passphrase);
      if (chosen === undefined)
        throw new AppError("bad_config", "An empty passphrase protects nothing; nothing was changed.");
      protectSeed(folder, { passphrase: chosen }, random);
      return write(statusOf(folder));
    }
    case "unprotect":
      unprotectSeed(folder, passphrase ?? (await theAsking(options).secret("Passphrase: ")));
      return write(statusOf(folder));
  }
}

function whatComesBack({ role, settings }: KeysOptions): string {
  const peers =
    role === "user"
      ? "Start it and connect to the LSP it had (or name it with --lsp): the LSP closes the channels you lost"
      : "Start it where its peers know it, or connect to each: they close the channels you lost";
  const slow =
    settings.since === undefined
      ? " With bitcoind as its source it reads the whole chain; --since DATE would spare most of it."
      : "";
  return `${peers}, and what they pay out is collected by itself, 7 blocks later.${slow}`;
}

async function keep(
  folder: string,
  words: readonly string[],
  passphrase: string | undefined,
  options: KeysOptions,
): Promise<void> {
  const asked =
    passphrase === undefined && options.asking !== undefined ? await newPassphrase(options.asking) : passphrase;
  const chosen = asked === undefined ? undefined : longEnough(asked);
  const seed = seedOfWords(words);
  try {
    keepSeed(folder, seed, chosen === undefined ? "plain" : { passphrase: chosen }, random, "database");
    // What could not be opened again would be noticed when it is too late.
    if (chosen !== undefined) unlockSeed(folder, chosen).fill(0);
  } finally {
    seed.fill(0);
  }
  options.write(statusOf(folder));
}

/** Before anyone writes down or types 24 words for nothing. */
function refuseTaken(folder: string, kinds: readonly string[]): void {
  if (kinds.includes(seedState(folder).kind)) {
    throw new AppError("conflict", `${folder} belongs to a node already; name another folder with --data-dir.`);
  }
}

async function wordsToRestore(options: KeysOptions): Promise<readonly string[]> {
  const file = options.settings["words-file"];
  if (file === undefined) return askWords(theAsking(options, "--words-file"));
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new AppError("bad_config", `The words file ${file} cannot be read (${reasonOf(cause)}).`, { cause });
  }
  const check = checkWords(text);
  if (check.ok) return check.words;
  throw new AppError("bad_config", `The words file ${file} is no seed. ${wordsProblemText(check.problem)}`);
}

function theAsking({ asking }: KeysOptions, instead = "--passphrase-file"): Asking {
  if (asking !== undefined) return asking;
  throw new AppError("not_a_terminal", `This needs a terminal to ask in, or ${instead}.`);
}

function statusOf(folder: string): string {
  const state = seedState(folder);
  const node = existsSync(join(folder, "ldk_node_data.sqlite"))
    ? "a node has run with it"
    : "no node has run with it yet";
  switch (state.kind) {
    case "none":
      return `${folder}: no seed yet; keys new makes one, keys restore takes words.`;
    case "plain":
      return `${state.path}: plain, whoever reads it can spend; ${node}. keys protect puts it under a passphrase.`;
    case "sealed":
      return `${state.path}: under a passphrase; ${node}.`;
    case "lost":
      return `${state.database}: a node's database without its seed; keys restore takes its words.`;
  }
}
