import { z } from "zod";
import type { Settlement, SettlementStatus } from "../stable/agreement.ts";
import { side } from "./agreements.ts";
import { count, envelopeColumn, msatColumn, oneOf, priceColumn, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

export const settlements = defineTable<Settlement>(
  "settlements",
  ["paymentId"],
  z.strictObject({
    paymentId: text,
    agreementId: text,
    payer: side,
    direction: oneOf<Settlement["direction"]>({ sent: "sent", received: "received" }),
    seq: count,
    amountMsat: msatColumn,
    price: priceColumn,
    sources: count,
    paidTotalAfterMsat: msatColumn,
    preimage: text.exactOptional(),
    envelope: envelopeColumn,
    status: oneOf<SettlementStatus>({
      intent: "intent",
      sent: "sent",
      succeeded: "succeeded",
      failed: "failed",
      unknown: "unknown",
    }),
    flag: text.exactOptional(),
    createdAt: count,
    resolvedAt: count.exactOptional(),
  }),
);

/** Oldest first. */
export function settlementsOf(connection: Connection, agreementId: string): Settlement[] {
  return find(connection, settlements, "WHERE agreement_id = ? ORDER BY position", agreementId);
}

export function settlementByPaymentId(connection: Connection, paymentId: string): Settlement | undefined {
  return find(connection, settlements, "WHERE payment_id = ?", paymentId)[0];
}

/** Those we sent whose outcome is not known, oldest first. */
export function openSettlements(connection: Connection): Settlement[] {
  const open = "WHERE direction = 'sent' AND status IN ('intent', 'sent', 'unknown') ORDER BY position";
  return find(connection, settlements, open);
}

/** Of each agreement that did not end, the successful one with the highest number in either direction. */
export function lastSettlements(connection: Connection): Settlement[] {
  const ranked =
    "SELECT s.position AS place, row_number() OVER (PARTITION BY s.agreement_id, s.direction ORDER BY s.seq DESC) AS n " +
    "FROM settlements s JOIN agreements a ON a.id = s.agreement_id WHERE a.status <> 'ended' AND s.status = 'succeeded'";
  return find(
    connection,
    settlements,
    `WHERE position IN (SELECT place FROM (${ranked}) WHERE n = 1) ORDER BY position`,
  );
}
