import { z } from "zod";
import type { OutboxMessage } from "../stable/ledger.ts";
import { count, envelopeColumn, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

export const outbox = defineTable<OutboxMessage>(
  "outbox",
  ["id"],
  z.strictObject({
    id: text,
    agreementId: text,
    peer: text,
    type: text,
    envelope: envelopeColumn,
    createdAt: count,
    expiresAt: count.exactOptional(),
    preimage: text.exactOptional(),
    paymentId: text.exactOptional(),
    attempts: count,
  }),
);

/** In the order in which they were first put; an update keeps a message's place. */
export function waitingMessages(connection: Connection): OutboxMessage[] {
  return find(connection, outbox, "ORDER BY position");
}
