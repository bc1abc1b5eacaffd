import { z } from "zod";
import type { OpenedChannel } from "../stable/ledger.ts";
import { count, satColumn, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

export const openedChannels = defineTable<OpenedChannel>(
  "opened_channels",
  ["userChannelId"],
  z.strictObject({
    userChannelId: text,
    peer: text,
    capacitySat: satColumn,
    minLifetimeBlocks: count,
    openedAt: count,
  }),
);

/** Opened at or after `at`, the newest last. */
export function openedSince(connection: Connection, at: bigint): OpenedChannel[] {
  return find(connection, openedChannels, "WHERE opened_at >= ? ORDER BY position", at);
}
