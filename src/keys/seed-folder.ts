/** The seed in a node's folder: plain as LDK keeps it (`keys_seed`), or under a passphrase (`seed.json`). */
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../errors.ts";
import { KeysError } from "./keys-error.ts";
import { removeSecret, writeNew } from "./private-file.ts";
import { type KdfCost, openSeed, SEED_BYTES, sealSeed } from "./sealed-seed.ts";

export const PLAIN_FILE = "keys_seed";
export const SEALED_FILE = "seed.json";
const NODE_DATABASE = "ldk_node_data.sqlite";

export type SeedState =
  /** No node has been here. */
  | { kind: "none" }
  /** 64 bytes that whoever can read the file can spend with. */
  | { kind: "plain"; path: string }
  /** `leftover`: the plain file it was made from is still there; a passphrase was being set and it was cut short. */
  | { kind: "sealed"; path: string; leftover: boolean }
  /** A node's database without the seed it belongs to. */
  | { kind: "lost"; database: string };

export function seedState(folder: string): SeedState {
  const plain = join(folder, PLAIN_FILE);
  const sealed = join(folder, SEALED_FILE);
  const database = join(folder, NODE_DATABASE);
  if (existsSync(sealed)) return { kind: "sealed", path: sealed, leftover: existsSync(plain) };
  if (existsSync(plain)) return { kind: "plain", path: plain };
  return existsSync(database) ? { kind: "lost", database } : { kind: "none" };
}

/** How a seed is kept: under a passphrase, or plain. */
export type Keeping = { passphrase: string; cost?: KdfCost } | "plain";

/**
 * Puts a seed where none is.
 * @param seed 64 bytes, left as they are
 * @param beside "database": also beside a node's database that lost its seed, which a new one would never fit
 * @throws KeysError `conflict` when a seed or such a database is there, `data_dir_unwritable`
 */
export function keepSeed(
  folder: string,
  seed: Uint8Array,
  keeping: Keeping,
  random: (bytes: number) => Uint8Array,
  beside: "nothing" | "database" = "nothing",
): void {
  const { kind } = seedState(folder);
  if (kind !== "none" && !(kind === "lost" && beside === "database")) {
    throw new KeysError("conflict", `${folder} belongs to a node already; name another with --data-dir.`);
  }
  writing(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    if (keeping === "plain") writeNew(join(folder, PLAIN_FILE), seed);
    else writeNew(join(folder, SEALED_FILE), Buffer.from(sealed(seed, keeping, random)));
  });
}

/**
 * Puts a plain seed under a passphrase: the sealed file is written, read back and opened before the plain one goes.
 * @throws KeysError `conflict` when the folder holds no plain seed
 */
export function protectSeed(
  folder: string,
  keeping: Exclude<Keeping, "plain">,
  random: (bytes: number) => Uint8Array,
): void {
  const state = seedState(folder);
  if (state.kind !== "plain") throw new KeysError("conflict", `${folder} holds no plain seed to protect.`);
  const seed = readPlain(state.path);
  try {
    const path = join(folder, SEALED_FILE);
    writing(folder, () => writeNew(path, Buffer.from(sealed(seed, keeping, random))));
    unlockSeed(folder, keeping.passphrase).fill(0);
  } finally {
    seed.fill(0);
  }
}

/**
 * Takes the passphrase away: the plain file first, then the sealed one goes.
 * @throws KeysError `wrong_passphrase`, `seed_damaged`, `conflict`; nothing is changed then
 */
export function unprotectSeed(folder: string, passphrase: string): void {
  const seed = unlockSeed(folder, passphrase);
  try {
    writing(folder, () => {
      writeNew(join(folder, PLAIN_FILE), seed);
      removeSecret(join(folder, SEALED_FILE));
    });
  } finally {
    seed.fill(0);
  }
}

/**
 * The seed of a folder whose state is `sealed`; a leftover plain file of the same seed is removed.
 * @returns 64 bytes, which the caller zeroes
 * @throws KeysError `wrong_passphrase`, `seed_damaged`, `database_newer`, `conflict`; nothing is changed then
 */
export function unlockSeed(folder: string, passphrase: string): Uint8Array {
  const state = seedState(folder);
  if (state.kind !== "sealed") throw new KeysError("conflict", `${folder} holds no seed under a passphrase.`);
  const opened = openSeed(readText(state.path), passphrase);
  if (!opened.ok) throw refusal(opened.reason, state.path);
  const { seed } = opened;
  if (state.leftover) {
    const plain = join(folder, PLAIN_FILE);
    const other = readPlain(plain);
    const same = other.every((byte, i) => byte === seed[i]);
    other.fill(0);
    if (!same) {
      seed.fill(0);
      throw new KeysError(
        "conflict",
        `${folder} holds two different seeds, ${PLAIN_FILE} and ${SEALED_FILE}; move the one that is not this node's away.`,
      );
    }
    writing(folder, () => removeSecret(plain));
  }
  return seed;
}

/** The 64 bytes of a plain seed. @throws KeysError `seed_damaged` */
export function readPlain(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new KeysError("seed_damaged", `The seed ${path} cannot be read (${reasonOf(cause)}).`, { cause });
  }
  if (bytes.length === SEED_BYTES) return bytes;
  throw new KeysError("seed_damaged", `The seed ${path} must hold 64 bytes and holds ${bytes.length}: ${remedy}.`);
}

const remedy = "put it back from a backup, or restore it from its words";

function refusal(reason: "wrong_passphrase" | "damaged" | "newer", path: string): KeysError {
  switch (reason) {
    case "wrong_passphrase":
      return new KeysError("wrong_passphrase", `The passphrase does not open ${path}; nothing was changed.`);
    case "damaged":
      return new KeysError("seed_damaged", `${path} is damaged; ${remedy}.`);
    case "newer":
      return new KeysError("database_newer", `${path} was written by a newer version; update the program.`);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new KeysError("seed_damaged", `The seed ${path} cannot be read (${reasonOf(cause)}).`, { cause });
  }
}

function sealed(seed: Uint8Array, keeping: Exclude<Keeping, "plain">, random: (bytes: number) => Uint8Array): string {
  return sealSeed(seed, keeping.passphrase, random, keeping.cost);
}

function writing(folder: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (cause instanceof KeysError) throw cause;
    throw new KeysError("data_dir_unwritable", `No seed could be written in ${folder} (${reasonOf(cause)}).`, {
      cause,
    });
  }
}
