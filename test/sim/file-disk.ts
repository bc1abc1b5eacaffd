/**
 * The ledger in files, as after a power cut: whoever starts finds a copy of what was on disk at that moment, the
 * write-ahead log not yet moved into the database, its last commit perhaps written in part.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type SqliteLedger } from "../../src/store/open-store.ts";
import { StoreError } from "../../src/store/store-error.ts";
import type { SimDisk } from "./disk.ts";
import type { Random } from "./random.ts";

const NAME = "ledger.sqlite";
/** Memory that looks like a disk, where there is one: thousands of commits are synced otherwise. */
const ROOT = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export function fileDisk(random: Random): SimDisk {
  const root = mkdtempSync(join(ROOT, "sim-"));
  let generation = 0;
  let running: SqliteLedger | undefined;
  let isFull = false;
  let commitsLeft: number | undefined;
  let dies = (): void => undefined;
  /** How much of the log the last, torn commit left; undefined: all of it. */
  let keptBytes: number | undefined;

  const folder = (): string => join(root, `${generation}`);
  const log = (): string => join(folder(), `${NAME}-wal`);

  /** What a killed process leaves: the files as they are, copied before its connection is closed. */
  async function powerCut(): Promise<void> {
    const before = folder();
    generation += 1;
    for (const suffix of ["", "-wal"]) {
      const file = join(before, NAME + suffix);
      if (existsSync(file)) cpSync(file, join(folder(), NAME + suffix));
    }
    if (keptBytes !== undefined) truncateSync(log(), keptBytes);
    keptBytes = undefined;
    await running?.close();
    rmSync(before, { recursive: true, force: true });
  }

  async function torn(commit: () => Promise<void>): Promise<void> {
    const before = existsSync(log()) ? readFileSync(log()).length : 0;
    await commit();
    const after = readFileSync(log()).length;
    // A log that began anew has the whole commit: then it is one that just was not answered.
    keptBytes = after > before ? random.int(before, after - 1) : undefined;
    dies();
  }

  return {
    async open(now) {
      if (running !== undefined) await powerCut();
      const store = await openStore({ path: join(folder(), NAME), now });
      running = store;
      return {
        ...store,
        commit: async (changes) => {
          if (isFull) throw new StoreError("store_failure", "the disk is full");
          if (commitsLeft !== undefined) commitsLeft -= 1;
          if (commitsLeft !== 0) return store.commit(changes);
          commitsLeft = undefined;
          await torn(() => store.commit(changes));
        },
      };
    },
    full: (on) => {
      isFull = on;
    },
    tear: (number, die) => {
      commitsLeft = number === undefined ? undefined : Math.ceil(number / 4);
      dies = die;
    },
    remove: () => {
      void running?.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
