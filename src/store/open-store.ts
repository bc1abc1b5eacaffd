/**
 * The ledger over SQLite (`bun:sqlite`). Calls are async by contract and atomic by construction: each runs in one turn
 * of the event loop, so commits of one process never interleave; between processes SQLite's write lock orders them.
 */
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Agreement } from "../stable/agreement.ts";
import type { Change, LedgerStore } from "../stable/ledger.ts";
import {
  agreementById,
  agreements,
  allAgreements,
  endedAgreements,
  lastEndedWith,
  liveAgreements,
} from "./agreements.ts";
import { type AuditReport, appendAudit, auditLines, walkAudit } from "./audit-log.ts";
import { type Backup, backupTo } from "./backup.ts";
import { allChannelOrders, channelOrders } from "./channel-orders.ts";
import { type Connection, openConnection } from "./connection.ts";
import { forwards, forwardsSince, newestForwards } from "./forwards.ts";
import { inspect } from "./inspect.ts";
import { allJitInvoices, jitInvoices } from "./jit-invoices.ts";
import { keepDamaged } from "./keep-copy.ts";
import { allKept, dropKept, putKept } from "./kept.ts";
import { createLedger, migrate } from "./migrate.ts";
import { openedChannels, openedSince } from "./opened-channels.ts";
import { outbox, waitingMessages } from "./outbox.ts";
import { dropRevision, openProposals, revisions, revisionsOf, revisionsSince } from "./revisions.ts";
import { type Migration, migrations as released } from "./schema.ts";
import { markSeen, wasSeen } from "./seen-events.ts";
import { lastSettlements, openSettlements, settlementByPaymentId, settlements, settlementsOf } from "./settlements.ts";
import { StoreError, storeErrorOf } from "./store-error.ts";
import { drop, put } from "./table.ts";
import { type Verification, verifyContents } from "./verify.ts";
import { allWishes, wishes } from "./wishes.ts";

/**
 * `load()` gives every agreement that did not end and the 20 that ended last, live ones first, each oldest first.
 * `forwards` and `audit` give the newest `limit`, the newest last.
 * `commit` of a `seen` key that is there already throws `conflict` and writes nothing: its money was counted before.
 */
export interface SqliteLedger extends LedgerStore {
  readonly path: string;
  /** Every agreement there ever was, oldest first. */
  agreements(): Promise<Agreement[]>;
  /** Checks everything: structure, references, each row's digest, the audit chain. Reads the whole file. */
  verify(): Promise<Verification>;
  /** Follows the audit chain from its first line and names the first one that breaks it. */
  verifyAudit(): Promise<AuditReport>;
  /** A checked copy at `target`, mode 0600, on disk; commits may go on meanwhile. @throws StoreError `store_failure` */
  backup(target: string): Promise<Backup>;
}

export interface StoreOptions {
  path: string;
  /** Unix seconds. */
  now: () => number;
  /** How long a commit waits for another process's commit before it gives up with `store_failure`. */
  busyTimeoutMs?: number;
  migrations?: readonly Migration[];
}

/** How many ended agreements `load()` gives. */
const ENDED_SHOWN = 20n;

/**
 * Opens the ledger at `path`, makes it if there is none (directory 0700, file 0600), brings an older one up to date.
 * A damaged file is left as it is, with a copy beside it.
 * @throws StoreError `database_corrupt`, `database_newer`, `store_failure`
 */
export async function openStore(options: StoreOptions): Promise<SqliteLedger> {
  const { path, now, busyTimeoutMs = 2_000, migrations = released } = options;
  let connection: Connection | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (inspect(path, migrations, busyTimeoutMs) === undefined) createLedger(path, migrations);
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    connection = openConnection(path, "write", busyTimeoutMs);
    migrate(connection, { path, migrations, now: now() });
    // an empty log holds no leftovers of an interrupted commit, which the next start could take for damage
    connection.script("PRAGMA wal_checkpoint(TRUNCATE)");
    return ledgerOver(connection, path, now);
  } catch (error) {
    connection?.close();
    throw refusal(storeErrorOf(error, path), path, now());
  }
}

/** Adds to an error that means damage where the file and its copy are; every connection must be closed by now. */
function refusal(error: StoreError, path: string, now: number): StoreError {
  if (error.code !== "database_corrupt") return error;
  const remedy = "put a backup in its place or move it away, then start again";
  let kept: string;
  try {
    kept = `a copy is at ${keepDamaged(path, now)}`;
  } catch (cause) {
    kept = `no copy could be made (${storeErrorOf(cause, path).message})`;
  }
  const message = `the ledger ${path} is damaged (${error.message}); it was left as it is and ${kept}: ${remedy}`;
  return new StoreError("database_corrupt", message, { cause: error });
}

/** The ledger over a connection to a database of the newest version; `path` names it in errors. */
export function ledgerOver(connection: Connection, path: string, now: () => number): SqliteLedger {
  let ended: StoreError | undefined;

  async function use<T>(work: () => T | Promise<T>): Promise<T> {
    if (ended !== undefined) throw ended;
    try {
      return await work();
    } catch (error) {
      const known = storeErrorOf(error, path);
      if (known.code !== "database_corrupt") throw known;
      // nothing more is read from or written to a damaged ledger
      if (ended === undefined) {
        connection.close();
        ended = refusal(known, path, now());
      }
      throw ended;
    }
  }

  return {
    path,
    load: () =>
      use(() => ({
        agreements: [...liveAgreements(connection), ...endedAgreements(connection, ENDED_SHOWN)],
        openSettlements: openSettlements(connection),
        lastSettlements: lastSettlements(connection),
        proposals: openProposals(connection),
        outbox: waitingMessages(connection),
        kept: allKept(connection),
      })),
    commit: (changes) =>
      use(() => {
        const at = now();
        connection.transaction(() => {
          for (const change of changes) apply(connection, change, at);
        });
      }),
    seen: (key) => use(() => wasSeen(connection, key)),
    agreement: (id) => use(() => agreementById(connection, id)),
    lastEnded: (peer) => use(() => lastEndedWith(connection, peer)),
    agreements: () => use(() => allAgreements(connection)),
    settlements: (agreementId) => use(() => settlementsOf(connection, agreementId)),
    settlement: (paymentId) => use(() => settlementByPaymentId(connection, paymentId)),
    revisions: (agreementId) => use(() => revisionsOf(connection, agreementId)),
    jitInvoices: () => use(() => allJitInvoices(connection)),
    forwards: (limit) => use(() => newestForwards(connection, natural(limit))),
    forwardsSince: (at) => use(() => forwardsSince(connection, natural(at))),
    channelOrders: () => use(() => allChannelOrders(connection)),
    wishes: () => use(() => allWishes(connection)),
    openedChannels: (at) => use(() => openedSince(connection, natural(at))),
    revisionsSince: (at) => use(() => revisionsSince(connection, natural(at))),
    audit: ({ limit, beforeSeq, ...filter }) =>
      use(() =>
        auditLines(connection, {
          ...filter,
          limit: natural(limit),
          ...(beforeSeq === undefined ? {} : { beforeSeq: natural(beforeSeq) }),
        }),
      ),
    verify: () => use(() => verifyContents(connection, path)),
    verifyAudit: () => use(() => walkAudit(connection)),
    backup: (target) => use(() => backupTo(connection, target)),
    close: async () => {
      if (ended !== undefined) return;
      ended = new StoreError("store_failure", `the ledger ${path} is closed: open it again to use it`);
      connection.close();
    },
  };
}

/** A limit, line number or time as SQL takes it; SQLite reads a negative limit as none at all. */
function natural(n: number): bigint {
  if (!Number.isSafeInteger(n) || n < 0) throw new StoreError("internal", `${n} is not a whole number from 0`);
  return BigInt(n);
}

function apply(connection: Connection, change: Change, at: number): void {
  if ("drop" in change) {
    if (change.drop === "outbox") drop(connection, outbox, change.id);
    else if (change.drop === "kept") dropKept(connection, change.agreementId, change.kind);
    else dropRevision(connection, change.agreementId, change.rev);
  } else if (change.put === "agreement") put(connection, agreements, change.agreement);
  else if (change.put === "revision") put(connection, revisions, change.revision);
  else if (change.put === "settlement") put(connection, settlements, change.settlement);
  else if (change.put === "outbox") put(connection, outbox, change.message);
  else if (change.put === "seen") markSeen(connection, { key: change.key, at: change.at });
  else if (change.put === "kept") putKept(connection, change.kept);
  else if (change.put === "jit") put(connection, jitInvoices, change.invoice);
  else if (change.put === "forward") put(connection, forwards, change.forward);
  else if (change.put === "wish") put(connection, wishes, change.wish);
  else if (change.put === "order") put(connection, channelOrders, change.order);
  else if (change.put === "opened") put(connection, openedChannels, change.channel);
  else appendAudit(connection, change.entry, at);
}
