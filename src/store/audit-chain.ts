/**
 * The audit log's chain: each line's hash covers the line and the hash before it, so no line can be changed, dropped
 * or put in between without every later hash changing. Pure.
 */
import { sha256Hex } from "../stable/canonical.ts";
import type { AuditEntry, AuditLine } from "../stable/ledger.ts";
import { canonicalJson } from "./canonical-json.ts";

/** What stands before the first line. */
export const GENESIS_HASH = "0".repeat(64);

export interface AuditHead {
  /** 0 before the first line. */
  seq: number;
  hash: string;
}

export const emptyLog: AuditHead = { seq: 0, hash: GENESIS_HASH };

/** SHA-256, hex, over the canonical JSON of `{seq, at, kind, agreement_id, peer, data, prev_hash}`; absent is null. */
export function auditHash(line: Omit<AuditLine, "hash">): string {
  const { seq, at, kind, data } = line;
  const text = canonicalJson({
    seq,
    at,
    kind,
    agreement_id: line.agreementId ?? null,
    peer: line.peer ?? null,
    data,
    prev_hash: line.prevHash,
  });
  return sha256Hex(text);
}

/** The line that follows `head`. `at` is unix seconds. @throws TypeError for data that has no JSON form */
export function nextAuditLine(head: AuditHead, entry: AuditEntry, at: number): AuditLine {
  const line = {
    seq: head.seq + 1,
    at,
    kind: entry.kind.toWellFormed(),
    // half a surrogate pair does not survive UTF-8, and what is hashed must be what is read back
    ...(entry.agreementId === undefined ? {} : { agreementId: entry.agreementId.toWellFormed() }),
    ...(entry.peer === undefined ? {} : { peer: entry.peer.toWellFormed() }),
    data: entry.data,
    prevHash: head.hash,
  };
  return { ...line, hash: auditHash(line) };
}

/** Why `line` cannot follow `head`, or nothing if it does. */
export function auditBreak(head: AuditHead, line: AuditLine): string | undefined {
  if (line.seq !== head.seq + 1) return `line ${head.seq + 1} is missing`;
  if (line.prevHash !== head.hash) return "it does not continue the line before it";
  if (line.hash !== auditHash(line)) return "its contents do not match its hash";
  return undefined;
}
