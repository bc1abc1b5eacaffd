/** Makes a new ledger and brings an older one to the newest schema, one transaction per step. */
import { closeSync, existsSync, linkSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { syncPath } from "../durable-file.ts";
import { type Connection, openConnection } from "./connection.ts";
import { pragmaNumber } from "./inspect.ts";
import { freeName, stamp } from "./keep-copy.ts";
import { applyStep, type Migration } from "./schema.ts";

/**
 * Makes an empty ledger, mode 0600. It gets its name only when it is whole, so that an empty file of that name is
 * always damage and never a start that was cut off. @throws SQLiteError, system errors
 */
export function createLedger(path: string, migrations: readonly Migration[]): void {
  const unfinished = freeName(path, `new-${process.pid}`);
  closeSync(openSync(unfinished, "wx", 0o600));
  try {
    const connection = openConnection(unfinished, "write", 0);
    try {
      runSteps(connection, migrations);
    } finally {
      connection.close();
    }
    linkUnlessTaken(unfinished, path);
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(unfinished + suffix, { force: true });
  }
  syncPath(dirname(path));
}

/** A rename would replace the ledger that another process made meanwhile. */
function linkUnlessTaken(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

/** Keeps a copy NAME.v<version>-<time> of a ledger that holds something before it changes. `now` in unix seconds. */
export function migrate(
  connection: Connection,
  { path, migrations, now }: { path: string; migrations: readonly Migration[]; now: number },
): void {
  const from = pragmaNumber(connection, "user_version");
  const pending = migrations.filter(({ version }) => version > from);
  if (pending.length === 0) return;
  vacuumInto(connection, freeName(path, `v${from}-${stamp(now)}`));
  syncPath(dirname(path));
  runSteps(connection, pending);
}

function runSteps(connection: Connection, steps: readonly Migration[]): void {
  for (const step of steps) {
    connection.transaction(() => {
      // another process that opened the same file may have been quicker
      if (pragmaNumber(connection, "user_version") < step.version) applyStep(connection, step);
    });
  }
}

/** A consistent copy in one file, mode 0600, on disk; `target` must not exist. @throws SQLiteError, system errors */
export function vacuumInto(connection: Connection, target: string): void {
  closeSync(openSync(target, "wx", 0o600));
  connection.run("VACUUM INTO ?", target);
  syncPath(target);
}
