/** A fresh directory per test, removed after it, and ledgers opened in it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type SqliteLedger, type StoreOptions } from "../../src/store/open-store.ts";
import { NOW } from "./samples.ts";

const directories: string[] = [];
const ledgers: SqliteLedger[] = [];

/** Closes and removes all that a test opened; every file that uses this passes it to its own `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const ledger of ledgers.splice(0)) await ledger.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** The path of a ledger that does not exist yet, in a directory of its own. */
export function freshPath(): string {
  const directory = mkdtempSync(join(tmpdir(), "ledger-"));
  directories.push(directory);
  return join(directory, "ledger.sqlite");
}

/** Closed when the test ends. */
export async function openTemp(options: Partial<StoreOptions> = {}): Promise<SqliteLedger> {
  const ledger = await openStore({ path: freshPath(), now: () => NOW, ...options });
  ledgers.push(ledger);
  return ledger;
}
