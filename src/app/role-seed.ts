/** The seed a role starts with: unlocked, made, or left to the node's own plain file. */

import type { Settings } from "../config/settings.ts";
import { CodedError } from "../errors.ts";
import { seedOfWords } from "../keys/mnemonic.ts";
import { keepSeed, SEALED_FILE, seedState, unlockSeed } from "../keys/seed-folder.ts";
import type { Network, Role } from "../node/port.ts";
import { AppError } from "./app-error.ts";
import type { Asking } from "./asking.ts";
import { givenPassphrase, longEnough, newPassphrase, PASSPHRASE_VARIABLE } from "./passphrase.ts";
import { showNewWords } from "./words-ceremony.ts";

const TRIES = 3;

export interface SeedOptions {
  role: Role;
  network: Network;
  /** The role's own. */
  folder: string;
  settings: Settings;
  env: Record<string, string | undefined>;
  /** Unset where nobody can be asked: a script, a service, no terminal. */
  asking: Asking | undefined;
  random: (bytes: number) => Uint8Array;
  /** To be said once the role is up. */
  warn(line: string): void;
}

/**
 * @returns 64 bytes, which the caller zeroes when the role has ended; undefined where the node reads its plain file
 * @throws KeysError, AppError with the codes of seeds; LeftError
 */
export async function roleSeed(options: SeedOptions): Promise<Uint8Array | undefined> {
  const { folder, network, settings, env, warn } = options;
  const passphrase = givenPassphrase(settings, env);
  const state = seedState(folder);
  switch (state.kind) {
    case "lost":
      throw lost(state.database);
    case "sealed":
      return passphrase === undefined ? askToUnlock(options) : unlockSeed(folder, passphrase);
    case "plain":
      // On regtest money is worth nothing.
      if (network !== "regtest") warn(`The seed ${state.path} is not under a passphrase: keys protect puts it there.`);
      return undefined;
    case "none":
      return firstSeed(options, passphrase);
  }
}

async function firstSeed(options: SeedOptions, passphrase: string | undefined): Promise<Uint8Array | undefined> {
  const { role, network, folder, asking, random, warn } = options;
  if (asking !== undefined && network !== "regtest") {
    const seed = seedOfWords(await showNewWords(asking, options.settings.words ?? 24, random));
    const chosen = passphrase ?? (await newPassphrase(asking));
    keepSeed(folder, seed, chosen === undefined ? "plain" : { passphrase: chosen }, random);
    return seed;
  }
  if (network === "bitcoin") {
    throw new AppError(
      "seed_missing",
      `On bitcoin a seed is made first, with words to write down: peer-stables keys new --role ${role} --network bitcoin.`,
    );
  }
  if (passphrase === undefined) {
    if (network !== "regtest") {
      warn(
        `A new seed was made in ${folder}, plain and without words; keys new would have shown words, keys protect sets a passphrase.`,
      );
    }
    return undefined;
  }
  const seed = random(64);
  keepSeed(folder, seed, { passphrase: longEnough(passphrase) }, random);
  warn(`A new seed was made in ${folder}, under the passphrase and without words: back the folder up.`);
  return seed;
}

async function askToUnlock({ folder, asking }: SeedOptions): Promise<Uint8Array> {
  if (asking === undefined) {
    throw new AppError(
      "wrong_passphrase",
      `The seed in ${folder} is under a passphrase; give it with --passphrase-file or ${PASSPHRASE_VARIABLE}.`,
    );
  }
  for (let tried = 1; ; tried += 1) {
    try {
      return unlockSeed(folder, await asking.secret("Passphrase: "));
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== "wrong_passphrase" || tried === TRIES) throw error;
      asking.say("That does not open it.");
    }
  }
}

/**
 * A node opened without its seed would make itself a new one, and the channels' money be out of reach.
 * @throws AppError `wrong_passphrase`, `seed_missing`
 */
export function refuseWithoutSeed({ dataDir, seed }: { dataDir: string; seed?: Uint8Array | undefined }): void {
  if (seed !== undefined) return;
  const state = seedState(dataDir);
  if (state.kind === "lost") throw lost(state.database);
  if (state.kind === "sealed") {
    throw new AppError("wrong_passphrase", `${state.path} is under a passphrase, which only a role of its own opens.`);
  }
}

function lost(database: string): AppError {
  return new AppError(
    "seed_missing",
    `${database} is there, but neither keys_seed nor ${SEALED_FILE} beside it: put the seed back, from a backup or by keys restore.`,
  );
}
