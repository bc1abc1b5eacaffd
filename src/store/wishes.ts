import { z } from "zod";
import type { StableWish, WishStatus } from "../stable/wish.ts";
import { count, microColumn, oneOf, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

export const wishes = defineTable<StableWish>(
  "stable_wishes",
  ["paymentHash"],
  z.strictObject({
    paymentHash: text,
    peer: text,
    targetMicro: microColumn,
    createdAt: count,
    expiresAt: count,
    status: oneOf<WishStatus>({
      waiting: "waiting",
      agreed: "agreed",
      refused: "refused",
      expired: "expired",
      cancelled: "cancelled",
    }),
    paidAt: count.exactOptional(),
    agreementId: text.exactOptional(),
    reason: text.exactOptional(),
    attempts: count,
    retryAt: count.exactOptional(),
  }),
);

/** Oldest first. */
export function allWishes(connection: Connection): StableWish[] {
  return find(connection, wishes, "ORDER BY position");
}
