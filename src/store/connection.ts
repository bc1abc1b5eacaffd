/** One SQLite connection with the settings the ledger relies on. Synchronous; `open-store.ts` makes it async. */
import { Database, type Statement } from "bun:sqlite";

/** A value as it is bound to a statement. */
export type Cell = string | bigint | null;

export interface Connection {
  all(sql: string, ...values: Cell[]): unknown[];
  run(sql: string, ...values: Cell[]): void;
  /** Several statements without values. */
  script(sql: string): void;
  /** All or nothing; holds the write lock from its start, on disk when it returns. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** For each connection; of SQLite's settings only `journal_mode` stays in the file. */
const settings = (busyTimeoutMs: number): string => `
  PRAGMA busy_timeout = ${busyTimeoutMs};
  PRAGMA foreign_keys = ON;
  PRAGMA cell_size_check = ON;
  PRAGMA trusted_schema = OFF;
`;

/**
 * FULL with WAL syncs once per commit and, unlike the default journal, leaves no window in which a power cut takes
 * back a commit that returned. fullfsync is what makes a sync reach the disk on macOS; elsewhere it does nothing.
 */
const durable = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
`;

/** @throws SQLiteError */
export function openConnection(path: string, mode: "write" | "read", busyTimeoutMs: number): Connection {
  const database = new Database(path, {
    ...(mode === "write" ? { readwrite: true } : { readonly: true }),
    safeIntegers: true,
    strict: true,
  });
  try {
    database.run(settings(busyTimeoutMs));
    if (mode === "write") database.run(durable);
  } catch (error) {
    database.close();
    throw error;
  }
  return connectionOver(database);
}

/** The same over a database that is open already: the simulator keeps its ledgers in memory. */
export function connectionOver(database: Database): Connection {
  const statements = new Map<string, Statement<unknown, Cell[]>>();
  const prepared = (sql: string): Statement<unknown, Cell[]> => {
    const known = statements.get(sql) ?? database.prepare<unknown, Cell[]>(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    all: (sql, ...values) => prepared(sql).all(...values),
    run: (sql, ...values) => {
      prepared(sql).run(...values);
    },
    script: (sql) => {
      database.run(sql);
    },
    transaction: (work) => {
      database.run("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.run("COMMIT");
        return result;
      } catch (error) {
        // a full disk or an I/O error has SQLite roll back by itself
        if (database.inTransaction) database.run("ROLLBACK");
        throw error;
      }
    },
    close: () => {
      for (const statement of statements.values()) statement.finalize();
      statements.clear();
      database.close(true);
    },
  };
}
