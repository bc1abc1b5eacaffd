/** The full check of a ledger's contents: SQLite's own, references, every row against its digest, the audit chain. */
import { agreements } from "./agreements.ts";
import type { AuditHead } from "./audit-chain.ts";
import { walkAudit } from "./audit-log.ts";
import { channelOrders } from "./channel-orders.ts";
import { type Connection, openConnection } from "./connection.ts";
import { forwards } from "./forwards.ts";
import { inspect, integrityProblems } from "./inspect.ts";
import { jitInvoices } from "./jit-invoices.ts";
import { kept } from "./kept.ts";
import { openedChannels } from "./opened-channels.ts";
import { outbox } from "./outbox.ts";
import { revisions } from "./revisions.ts";
import { migrations } from "./schema.ts";
import { seenEvents } from "./seen-events.ts";
import { settlements } from "./settlements.ts";
import { storeErrorOf } from "./store-error.ts";
import { readThrough, type Table } from "./table.ts";
import { wishes } from "./wishes.ts";

const tables: readonly Table<unknown>[] = [
  agreements,
  revisions,
  settlements,
  outbox,
  kept,
  seenEvents,
  jitInvoices,
  forwards,
  openedChannels,
  wishes,
  channelOrders,
];

export type Verification =
  /** Rows per table (audit lines as `audit`), and where the audit log ends. */
  { ok: true; rows: Record<string, number>; auditHead: AuditHead } | { ok: false; problems: string[] };

export function verifyContents(connection: Connection, path: string): Verification {
  const problems: string[] = [];
  const rows: Record<string, number> = {};
  const attempt = <T>(look: () => T): T | undefined => {
    try {
      return look();
    } catch (error) {
      problems.push(storeErrorOf(error, path).message);
      return undefined;
    }
  };
  problems.push(...(attempt(() => integrityProblems(connection, "integrity_check")) ?? []));
  const orphans = attempt(() => connection.all("PRAGMA foreign_key_check")) ?? [];
  if (orphans.length > 0) problems.push(`${orphans.length} rows belong to agreements that are not there`);
  for (const table of tables) rows[table.name] = attempt(() => readThrough(connection, table)) ?? 0;
  const audit = attempt(() => walkAudit(connection));
  if (audit?.ok === false) problems.push(`audit line ${audit.seq}: ${audit.reason}`);
  if (problems.length > 0 || !audit?.ok) return { ok: false, problems };
  return { ok: true, rows: { ...rows, audit: audit.lines }, auditHead: audit.head };
}

/** Whether the file at `path` could be restored by putting it in the ledger's place. Changes nothing. */
export async function checkBackup(path: string): Promise<Verification> {
  const newest = migrations.at(-1)?.version ?? 0;
  try {
    const version = inspect(path, migrations, BACKUP_BUSY_MS);
    if (version === undefined) return { ok: false, problems: [`there is no ledger at ${path}`] };
    if (version < newest) {
      return { ok: false, problems: [`${path} has version ${version}: open it once, which brings it to ${newest}`] };
    }
    const connection = openConnection(path, "read", BACKUP_BUSY_MS);
    try {
      return verifyContents(connection, path);
    } finally {
      connection.close();
    }
  } catch (error) {
    return { ok: false, problems: [storeErrorOf(error, path).message] };
  }
}

const BACKUP_BUSY_MS = 2_000;
