/** A disk that outlives its process, over the real ledger: in memory for speed, or in files for SQLite's own recovery. */
import { Database } from "bun:sqlite";
import { type Connection, connectionOver } from "../../src/store/connection.ts";
import { ledgerOver, type SqliteLedger } from "../../src/store/open-store.ts";
import { applyStep, migrations } from "../../src/store/schema.ts";

export interface SimDisk {
  /** The ledger as a starting process finds it. @param now unix seconds */
  open(now: () => number): Promise<SqliteLedger>;
  /** From here on nothing fits any more, or everything does again. */
  full(on: boolean): void;
  /** The process dies in the middle of a write: of the row, or commit, with this number. Undefined: after all not. */
  tear(number: number | undefined, die: () => void): void;
  /** For good. */
  remove(): void;
}

let empty: Uint8Array | undefined;

/** A migrated database as bytes: applying the schema anew for each peer would cost more than a whole schedule. */
function emptyLedger(): Uint8Array {
  if (empty !== undefined) return empty;
  const database = new Database(":memory:", { safeIntegers: true, strict: true });
  const connection = connectionOver(database);
  for (const step of migrations) applyStep(connection, step);
  empty = database.serialize();
  connection.close();
  return empty;
}

const NO_LIMIT = 1_000_000;

/** A commit is one SQLite transaction: a process that dies inside one leaves what was there before. */
export function memoryDisk(): SimDisk {
  const database = Database.deserialize(emptyLedger(), { safeIntegers: true, strict: true });
  const connection = connectionOver(database);
  connection.script("PRAGMA foreign_keys = ON");
  let rowsLeft: number | undefined;
  let dies = (): void => undefined;

  const dying: Connection = {
    ...connection,
    run: (sql, ...values) => {
      if (rowsLeft !== undefined) rowsLeft -= 1;
      if (rowsLeft === 0) {
        rowsLeft = undefined;
        dies();
        throw new Error("the process died in the middle of a write");
      }
      connection.run(sql, ...values);
    },
    // the disk stays when the process goes
    close: () => undefined,
  };
  return {
    open: async (now) => ledgerOver(dying, "ledger in memory", now),
    full: (on) => connection.script(`PRAGMA max_page_count = ${on ? 1 : NO_LIMIT}`),
    tear: (number, die) => {
      rowsLeft = number;
      dies = die;
    },
    remove: () => connection.close(),
  };
}
