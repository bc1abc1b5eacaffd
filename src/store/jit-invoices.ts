import { z } from "zod";
import type { JitInvoiceRecord } from "../stable/ledger.ts";
import { count, msatColumn, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

export const jitInvoices = defineTable<JitInvoiceRecord>(
  "jit_invoices",
  ["paymentHash"],
  z.strictObject({
    paymentHash: text,
    invoice: text,
    lsp: text,
    amountMsat: msatColumn,
    openingFeeMsat: msatColumn.exactOptional(),
    feeLimitMsat: msatColumn.exactOptional(),
    createdAt: count,
    expiresAt: count,
    paidAt: count.exactOptional(),
    skimmedFeeMsat: msatColumn.exactOptional(),
  }),
);

/** Oldest first. */
export function allJitInvoices(connection: Connection): JitInvoiceRecord[] {
  return find(connection, jitInvoices, "ORDER BY position");
}
