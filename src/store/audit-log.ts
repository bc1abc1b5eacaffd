/** The audit log in SQL. Triggers refuse UPDATE and DELETE; lines are only ever appended by `appendAudit`. */
import { z } from "zod";
import type { AuditEntry, AuditLine } from "../stable/ledger.ts";
import { type AuditHead, auditBreak, emptyLog, nextAuditLine } from "./audit-chain.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Cell, Connection } from "./connection.ts";
import { damaged, StoreError } from "./store-error.ts";

const COLUMNS = "seq, at, kind, agreement_id, peer, data, prev_hash, hash";
const SELECT = `SELECT ${COLUMNS} FROM audit`;
const INSERT = `INSERT INTO audit (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

const auditRow = z.strictObject({
  seq: z.bigint(),
  at: z.bigint(),
  kind: z.string(),
  agreement_id: z.string().nullable(),
  peer: z.string().nullable(),
  data: z.string(),
  prev_hash: z.string(),
  hash: z.string(),
});
/** Not z.record: it drops a key named `__proto__`, which a peer's JSON may well hold. */
const auditData = z.custom<Record<string, unknown>>((data) => typeof data === "object" && !Array.isArray(data));

function parseLine(raw: unknown): AuditLine {
  const row = auditRow.parse(raw);
  try {
    const data = auditData.parse(JSON.parse(row.data));
    if (canonicalJson(data) !== row.data) throw new Error("its data is not the text that was written");
    return {
      seq: Number(row.seq),
      at: Number(row.at),
      kind: row.kind,
      ...(row.agreement_id === null ? {} : { agreementId: row.agreement_id }),
      ...(row.peer === null ? {} : { peer: row.peer }),
      data,
      prevHash: row.prev_hash,
      hash: row.hash,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw damaged(`audit line ${row.seq}: ${reason}`, { cause: error });
  }
}

/** The newest line's number and hash. */
export function auditHead(connection: Connection): AuditHead {
  return headOf(auditLines(connection, { limit: 1n })[0]);
}

function headOf(line: AuditLine | undefined): AuditHead {
  return line === undefined ? emptyLog : { seq: line.seq, hash: line.hash };
}

/** Appends one line; call inside a transaction. @throws StoreError `internal` for data that has no JSON form */
export function appendAudit(connection: Connection, entry: AuditEntry, at: number): void {
  const line = newLine(auditHead(connection), entry, at);
  connection.run(
    INSERT,
    BigInt(line.seq),
    BigInt(line.at),
    line.kind,
    line.agreementId ?? null,
    line.peer ?? null,
    canonicalJson(line.data),
    line.prevHash,
    line.hash,
  );
}

function newLine(head: AuditHead, entry: AuditEntry, at: number): AuditLine {
  try {
    return nextAuditLine(head, entry, at);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError("internal", `the audit entry ${entry.kind} is malformed (${reason}); nothing was written`);
  }
}

export interface AuditFilter {
  limit: bigint;
  agreementId?: string;
  kind?: string;
  beforeSeq?: bigint;
}

/** The newest `limit` lines that fit, the newest last. */
export function auditLines(connection: Connection, filter: AuditFilter): AuditLine[] {
  const conditions: Array<[sql: string, value: Cell | undefined]> = [
    ["agreement_id = ?", filter.agreementId],
    ["kind = ?", filter.kind],
    ["seq < ?", filter.beforeSeq],
  ];
  const used = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const where = used.length === 0 ? "" : `WHERE ${used.map(({ sql }) => sql).join(" AND ")}`;
  const values = used.map(({ value }) => value);
  return connection
    .all(`${SELECT} ${where} ORDER BY seq DESC LIMIT ?`, ...values, filter.limit)
    .map(parseLine)
    .reverse();
}

export type AuditReport =
  /** Keep `head` elsewhere: with it a log that was cut off at its end shows too. */
  { ok: true; lines: number; head: AuditHead } | { ok: false; seq: number; reason: string };

/**
 * Follows the chain and stops at the first line that breaks it. With `last` only that many of the newest lines are
 * read, which trusts the hash before them.
 */
export function walkAudit(connection: Connection, last?: number): AuditReport {
  let head = last === undefined ? emptyLog : headBefore(connection, last);
  let lines = 0;
  for (;;) {
    const page = connection.all(`${SELECT} WHERE seq > ? ORDER BY seq LIMIT 1000`, BigInt(head.seq));
    if (page.length === 0) return { ok: true, lines, head };
    for (const raw of page) {
      const step = follow(head, raw);
      if (typeof step === "string") return { ok: false, seq: head.seq + 1, reason: step };
      head = step;
      lines += 1;
    }
  }
}

function headBefore(connection: Connection, last: number): AuditHead {
  const from = auditHead(connection).seq - last;
  return headOf(from > 0 ? auditLines(connection, { limit: 1n, beforeSeq: BigInt(from + 1) })[0] : undefined);
}

function follow(head: AuditHead, raw: unknown): AuditHead | string {
  try {
    const line = parseLine(raw);
    return auditBreak(head, line) ?? headOf(line);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
