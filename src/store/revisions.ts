import { z } from "zod";
import type { Revision } from "../stable/ledger.ts";
import { count, envelopeColumn, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

export const revisions = defineTable<Revision>(
  "revisions",
  ["agreementId", "rev"],
  z.strictObject({
    agreementId: text,
    rev: count,
    kind: text,
    stateHash: text,
    state: text,
    proposal: envelopeColumn,
    acceptance: envelopeColumn.exactOptional(),
    at: count,
  }),
);

/** By rev, the newest last. */
export function revisionsOf(connection: Connection, agreementId: string): Revision[] {
  return find(connection, revisions, "WHERE agreement_id = ? ORDER BY rev", agreementId);
}

/** Made at or after `at`, the newest last. */
export function revisionsSince(connection: Connection, at: bigint): Revision[] {
  return find(connection, revisions, "WHERE at >= ? ORDER BY position", at);
}

/**
 * Those without an acceptance at the rev after their agreement's, or at rev 1 of one that is only proposed: only ours
 * are written before they are answered.
 */
export function openProposals(connection: Connection): Revision[] {
  const own =
    "SELECT 1 FROM agreements a WHERE a.id = agreement_id AND a.status <> 'ended' AND " +
    "(revisions.rev = a.rev + 1 OR (a.status = 'proposed' AND a.proposed_by_us = 1 AND revisions.rev = a.rev))";
  return find(connection, revisions, `WHERE acceptance IS NULL AND EXISTS (${own}) ORDER BY position`);
}

export function dropRevision(connection: Connection, agreementId: string, rev: number): void {
  connection.run("DELETE FROM revisions WHERE agreement_id = ? AND rev = ?", agreementId, BigInt(rev));
}
