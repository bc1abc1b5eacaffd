import { z } from "zod";
import type { Kept, KeptKind } from "../stable/kept.ts";
import { price, type Sat, sat } from "../stable/units.ts";
import { side, terms } from "./agreements.ts";
import { json, microText, oneOf, priceColumn, text } from "./columns.ts";
import type { Connection } from "./connection.ts";
import { defineTable, drop, find, put } from "./table.ts";

interface Row {
  agreementId: string;
  kind: KeptKind;
  kept: Kept;
}

const whole = z.int().nonnegative();
const satText = z.codec(z.string().regex(/^\d+$/), z.custom<Sat>(isSat), {
  decode: (n) => sat(BigInt(n)),
  encode: String,
});

const priceText = z.codec(z.string().regex(/^\d+$/), priceColumn.out, {
  decode: (digits) => price(BigInt(digits)),
  encode: String,
});

function isSat(value: unknown): boolean {
  return typeof value === "bigint" && value >= 0n;
}

const carryOver = z.strictObject({
  agreementId: z.string(),
  peer: z.string(),
  side,
  targetMicro: microText,
  terms,
  sizeSat: satText.exactOptional(),
  acceptLess: z.boolean(),
  byHand: z.boolean(),
  createdAt: whole,
  opens: whole,
  openedAt: whole.exactOptional(),
  userChannelId: z.string().exactOptional(),
  funded: z.literal(true).exactOptional(),
  asks: whole,
  proposalId: z.string().exactOptional(),
  askedAt: whole.exactOptional(),
  askedThin: z.literal(true).exactOptional(),
  refusal: z.string().exactOptional(),
  counterMicro: microText.exactOptional(),
  outcome: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("done"), agreementId: z.string() }),
      z.strictObject({ kind: z.literal("cancelled") }),
      z.strictObject({ kind: z.literal("failed"), reason: z.string() }),
    ])
    .exactOptional(),
});

const envelope = z.strictObject({ payload: z.string(), signature: z.string() });

const refused = { agreementId: z.string(), rev: whole, stateHash: z.string(), state: z.string(), proposal: envelope };

const exit = { agreementId: z.string(), peer: z.string(), since: whole };

export const kept = defineTable<Row>(
  "kept",
  ["agreementId", "kind"],
  z.strictObject({
    agreementId: text,
    kind: oneOf<KeptKind>({
      carry_over: "carry_over",
      exit: "exit",
      exit_close: "exit_close",
      refused: "refused",
      crossed_end: "crossed_end",
      too_late: "too_late",
      peer_price: "peer_price",
    }),
    kept: json(
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("carry_over"), agreementId: z.string(), carryOver }),
        z.strictObject({ kind: z.literal("exit"), ...exit }),
        z.strictObject({
          kind: z.literal("exit_close"),
          ...exit,
          channels: z.array(z.strictObject({ channelId: z.string(), userChannelId: z.string() })),
        }),
        z.strictObject({ kind: z.literal("refused"), ...refused }),
        z.strictObject({ kind: z.literal("crossed_end"), agreementId: z.string() }),
        z.strictObject({ kind: z.literal("too_late"), agreementId: z.string(), stateHash: z.string() }),
        z.strictObject({
          kind: z.literal("peer_price"),
          agreementId: z.string(),
          theirs: priceText,
          ours: priceText,
          at: whole,
        }),
      ]),
    ),
  }),
);

export function putKept(connection: Connection, one: Kept): void {
  put(connection, kept, { agreementId: one.agreementId, kind: one.kind, kept: one });
}

export function dropKept(connection: Connection, agreementId: string, kind: KeptKind): void {
  drop(connection, kept, agreementId, kind);
}

/** Everything, oldest first. */
export function allKept(connection: Connection): Kept[] {
  return find(connection, kept, "ORDER BY position").map((row) => row.kept);
}
