/**
 * A seed under a passphrase, as the text of a file. Argon2id (RFC 9106) makes the key, AES-256-GCM seals the seed and
 * vouches for the whole header. Both come from the platform; each file has a salt and so a key of its own, which is
 * what lets a random 96-bit nonce be enough.
 */
import { argon2Sync, createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { z } from "zod";

export const SEED_BYTES = 64;
const FORMAT = "peer-stables seed";
const VERSION = 1;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

export interface KdfCost {
  memoryKib: number;
  passes: number;
  lanes: number;
}

/** RFC 9106's second recommended choice; about a fifth of a second. */
export const defaultCost: KdfCost = { memoryKib: 65_536, passes: 3, lanes: 4 };

export type Opening =
  | { ok: true; seed: Uint8Array }
  /** `newer`: written by a later version. `damaged`: no passphrase can open it. */
  | { ok: false; reason: "wrong_passphrase" | "damaged" | "newer" };

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

/** Costs are bounded, so that a file can't have the machine run out of memory. */
const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  kdf: z.strictObject({
    name: z.literal("argon2id"),
    memory_kib: z.int().min(64).max(1_048_576),
    passes: z.int().min(1).max(64),
    lanes: z.int().min(1).max(16),
    salt: hex(16),
  }),
  cipher: z.strictObject({ name: z.literal("aes-256-gcm"), nonce: hex(12) }),
});
const fileSchema = headerSchema.extend({
  sealed: hex(SEED_BYTES + TAG_BYTES),
  /** SHA-256 over the rest: tells a damaged file from a wrong passphrase. Says nothing of the seed. */
  digest: hex(32),
});
const anyVersion = z.looseObject({ format: z.literal(FORMAT), version: z.int().min(1) });

type Header = z.output<typeof headerSchema>;

/** @param seed 64 bytes, left as they are @param random cryptographic bytes @returns one line of JSON */
export function sealSeed(
  seed: Uint8Array,
  passphrase: string,
  random: (bytes: number) => Uint8Array,
  cost: KdfCost = defaultCost,
): string {
  const header: Header = {
    format: FORMAT,
    version: VERSION,
    kdf: {
      name: "argon2id",
      memory_kib: cost.memoryKib,
      passes: cost.passes,
      lanes: cost.lanes,
      salt: toHex(random(16)),
    },
    cipher: { name: "aes-256-gcm", nonce: toHex(random(12)) },
  };
  const key = keyOf(passphrase, header);
  const cipher = createCipheriv("aes-256-gcm", key, fromHex(header.cipher.nonce), { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(header));
  const sealed = toHex(Buffer.concat([cipher.update(seed), cipher.final(), cipher.getAuthTag()]));
  key.fill(0);
  return `${JSON.stringify({ ...header, sealed, digest: digestOf(header, sealed) })}\n`;
}

/** The caller zeroes the seed after use. */
export function openSeed(text: string, passphrase: string): Opening {
  const file = readSealed(text);
  if (!file.ok) return file;
  const { sealed, digest, ...header } = file.value;
  if (digest !== digestOf(header, sealed)) return { ok: false, reason: "damaged" };
  const key = keyOf(passphrase, header);
  const bytes = fromHex(sealed);
  const decipher = createDecipheriv("aes-256-gcm", key, fromHex(header.cipher.nonce), { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(header));
  decipher.setAuthTag(bytes.subarray(SEED_BYTES));
  const seed = decipher.update(bytes.subarray(0, SEED_BYTES));
  try {
    decipher.final();
    return { ok: true, seed };
  } catch {
    seed.fill(0);
    return { ok: false, reason: "wrong_passphrase" };
  } finally {
    key.fill(0);
  }
}

function readSealed(text: string): { ok: true; value: z.output<typeof fileSchema> } | Extract<Opening, { ok: false }> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, reason: "damaged" };
  }
  const version = anyVersion.safeParse(json);
  if (version.success && version.data.version > VERSION) return { ok: false, reason: "newer" };
  const file = fileSchema.safeParse(json);
  return file.success ? { ok: true, value: file.data } : { ok: false, reason: "damaged" };
}

/** The same passphrase, however a keyboard composes its letters. */
function keyOf(passphrase: string, { kdf }: Header): Uint8Array {
  const message = Buffer.from(passphrase.normalize("NFKD"));
  const key = argon2Sync("argon2id", {
    message,
    nonce: fromHex(kdf.salt),
    parallelism: kdf.lanes,
    tagLength: KEY_BYTES,
    memory: kdf.memory_kib,
    passes: kdf.passes,
  });
  message.fill(0);
  return key;
}

/** The header's fields in the order they are written. */
function associated(header: Header): Uint8Array {
  const { format, version, kdf, cipher } = header;
  const { name, memory_kib, passes, lanes, salt } = kdf;
  return Buffer.from(
    [format, version, name, memory_kib, passes, lanes, salt, cipher.name, cipher.nonce].map(String).join("\n"),
  );
}

function digestOf(header: Header, sealed: string): string {
  return createHash("sha256").update(associated(header)).update(`\n${sealed}`).digest("hex");
}

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Buffer.from(text, "hex");
