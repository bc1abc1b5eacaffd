import { z } from "zod";
import type { ForwardRecord } from "../stable/ledger.ts";
import { count, msatColumn, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

export const forwards = defineTable<ForwardRecord>(
  "forwards",
  ["id"],
  z.strictObject({
    id: text,
    at: count,
    prevChannelId: text,
    nextChannelId: text,
    prevNodeId: text.exactOptional(),
    nextNodeId: text.exactOptional(),
    forwardedMsat: msatColumn.exactOptional(),
    feeEarnedMsat: msatColumn.exactOptional(),
    skimmedFeeMsat: msatColumn.exactOptional(),
  }),
);

/** Booked at or after `at`, the newest last. */
export function forwardsSince(connection: Connection, at: bigint): ForwardRecord[] {
  return find(connection, forwards, "WHERE at >= ? ORDER BY position", at);
}

/** The newest `limit`, the newest last. */
export function newestForwards(connection: Connection, limit: bigint): ForwardRecord[] {
  return find(connection, forwards, "ORDER BY position DESC LIMIT ?", limit).reverse();
}
