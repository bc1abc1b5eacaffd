import { z } from "zod";
import { count, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { StoreError } from "./store-error.ts";
import { defineTable, find, put } from "./table.ts";

interface SeenEvent {
  key: string;
  at: number;
}

export const seenEvents = defineTable<SeenEvent>("seen_events", ["key"], z.strictObject({ key: text, at: count }));

export function wasSeen(connection: Connection, key: string): boolean {
  return find(connection, seenEvents, "WHERE key = ?", key).length > 0;
}

/** @throws StoreError `conflict` when the event was handled before: its money must not be counted again */
export function markSeen(connection: Connection, event: SeenEvent): void {
  if (wasSeen(connection, event.key)) {
    throw new StoreError("conflict", `the event ${event.key} was handled before: skip it; nothing was written`);
  }
  put(connection, seenEvents, event);
}
