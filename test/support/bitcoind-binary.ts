/** Where the tests get a real bitcoind from. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withFileLock } from "../../scripts/setup/file-lock.ts";
import { BitcoindMissing, fetchFromSid, unpackedBitcoind } from "./debian-sid.ts";

const cache = join(import.meta.dir, "../../.cache/bitcoind");
const folder = join(cache, "root");

/**
 * The command that runs bitcoind, options to be appended: `BITCOIND_PATH`, else `bitcoind` on PATH, else Debian sid's,
 * fetched once into `.cache/bitcoind`.
 * @throws BitcoindMissing saying what was tried and how to get one
 */
export async function getBitcoind(): Promise<string[]> {
  const given = process.env["BITCOIND_PATH"];
  if (given) {
    if (!existsSync(given)) throw new BitcoindMissing(`BITCOIND_PATH is ${given}, which does not exist.`);
    return [given];
  }
  const installed = Bun.which("bitcoind");
  if (installed) return [installed];
  try {
    return (
      unpackedBitcoind(folder) ??
      (await withFileLock(
        join(cache, "lock"),
        () => {},
        async () => unpackedBitcoind(folder) ?? (await fetchFromSid(folder)),
      ))
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BitcoindMissing(
      `These tests need bitcoind: ${reason}. Set BITCOIND_PATH to one, or put it on PATH (brew install bitcoin, or https://bitcoincore.org/en/download/).`,
      { cause },
    );
  }
}
