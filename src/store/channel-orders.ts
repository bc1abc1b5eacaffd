import { z } from "zod";
import type { ChannelOrder } from "../stable/ledger.ts";
import { count, json, oneOf, satColumn, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

/** The way to pay as the LSP named it; amounts are decimal text. */
const wayToPay = z.strictObject({
  kind: z.enum(["bolt11", "bolt12", "onchain"]),
  to: z.string(),
  feeSat: z.string(),
  totalSat: z.string(),
  expiresAt: z.int().nonnegative(),
});

export const channelOrders = defineTable<ChannelOrder>(
  "channel_orders",
  ["lsp", "orderId"],
  z.strictObject({
    orderId: text,
    lsp: text,
    lspBalanceSat: satColumn,
    clientBalanceSat: satColumn,
    channelExpiryBlocks: count,
    state: oneOf<ChannelOrder["state"]>({
      expect_payment: "expect_payment",
      paid: "paid",
      opened: "opened",
      refunded: "refunded",
      expired: "expired",
    }),
    waysToPay: json(z.array(wayToPay)),
    fundingOutpoint: text.exactOptional(),
    createdAt: count,
    updatedAt: count,
  }),
);

/** Oldest first. */
export function allChannelOrders(connection: Connection): ChannelOrder[] {
  return find(connection, channelOrders, "ORDER BY position");
}
