import { z } from "zod";
import type { Agreement, AgreementStatus, Side } from "../stable/agreement.ts";
import {
  count,
  flag,
  json,
  microColumn,
  microText,
  msatColumn,
  oneOf,
  priceColumn,
  signedMsatColumn,
  text,
} from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, find } from "./table.ts";

export const side = oneOf<Side>({ receiver: "receiver", provider: "provider" });

export const terms = z.strictObject({
  bandBps: z.int().nonnegative(),
  floorMicro: microText,
  checkSeconds: z.int().nonnegative(),
  cooldownSeconds: z.int().nonnegative(),
  toleranceBps: z.int().nonnegative(),
  minCoverBps: z.int().nonnegative(),
  strikes: z.int().nonnegative(),
  feeBps: z.int().nonnegative(),
});

export const agreements = defineTable<Agreement>(
  "agreements",
  ["id"],
  z.strictObject({
    id: text,
    channelId: text,
    receiver: text,
    provider: text,
    asset: z.literal("USD"),
    side,
    proposedByUs: flag,
    rev: count,
    targetMicro: microColumn,
    backing0Msat: signedMsatColumn,
    paidByProviderMsat: msatColumn,
    paidByReceiverMsat: msatColumn,
    terms: json(terms),
    status: oneOf<AgreementStatus>({
      proposed: "proposed",
      active: "active",
      underwater: "underwater",
      frozen: "frozen",
      ending: "ending",
      ended: "ended",
    }),
    reason: text.exactOptional(),
    stateHash: text,
    price: priceColumn,
    createdAt: count,
    updatedAt: count,
    expiresAt: count.exactOptional(),
    lastSettlementAt: count.exactOptional(),
    strikes: count,
  }),
);

export function agreementById(connection: Connection, id: string): Agreement | undefined {
  return find(connection, agreements, "WHERE id = ?", id)[0];
}

/** Every agreement, oldest first. */
export function allAgreements(connection: Connection): Agreement[] {
  return find(connection, agreements, "ORDER BY position");
}

/** Those that did not end, oldest first. */
export function liveAgreements(connection: Connection): Agreement[] {
  return find(connection, agreements, "WHERE status <> 'ended' ORDER BY position");
}

/** The one with this peer that ended last. */
export function lastEndedWith(connection: Connection, peer: string): Agreement | undefined {
  const newest =
    "WHERE status = 'ended' AND (receiver = ?1 OR provider = ?1) ORDER BY updated_at DESC, position DESC LIMIT 1";
  return find(connection, agreements, newest, peer)[0];
}

/** The `limit` that ended last, the newest last. */
export function endedAgreements(connection: Connection, limit: bigint): Agreement[] {
  const newest = "WHERE status = 'ended' ORDER BY updated_at DESC, position DESC LIMIT ?";
  return find(connection, agreements, newest, limit).reverse();
}
