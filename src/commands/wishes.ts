/** Dollars that an invoice shall turn into once it is paid: `getjitinvoice --stable`, and what became of it. */
import { z } from "zod";
import { type Micro, MSAT_PER_BTC, MSAT_PER_SAT, type Msat } from "../stable/units.ts";
import type { StableWish } from "../stable/wish.ts";
import { dollarAmount } from "./amounts.ts";
import { flag } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { hexField, orNull, rfc3339, satsInWords, timeField, usd, usdField } from "./fields.ts";
import { freeText } from "./kinds.ts";
import { dollars, tableView } from "./view.ts";

/** LDK's least reserve, which a balance cannot be spent below, and a little for messages and a moving price. */
const RESERVE_MSAT = 1_000_000n;
const MOVE_BPS = 100n;

export const stableFlag = flag("--stable", "USD", dollarAmount, "make so many dollars of it stable once it is paid");

/**
 * Dollars can't come from a payment that is worth less. Without a price it can't be told yet: then the proposal tells.
 * @param arrives what is left of the payment after the opening fee
 * @throws CommandError `insufficient_balance`, naming the least to ask for
 */
export function checkWish(ctx: Pick<CommandContext, "price">, target: Micro, arrives: Msat): void {
  const usable = ctx.price.usable("open");
  if (!usable.ok) return;
  const backing = (target * MSAT_PER_BTC) / usable.price;
  const needed = backing + (backing * MOVE_BPS) / 10_000n + RESERVE_MSAT;
  if (arrives >= needed) return;
  const least = ((needed + MSAT_PER_SAT - 1n) / MSAT_PER_SAT) * MSAT_PER_SAT;
  throw new CommandError(
    "insufficient_balance",
    `${dollars(usd(target))} need ${satsInWords(least)} to arrive at ${dollars(usd(usable.price))} a bitcoin, the channel's reserve included, and ${satsInWords(arrives)} would; ask for more, or for fewer dollars.`,
  );
}

/** To be committed with whatever else the invoice leaves. */
export function newWish(
  made: { paymentHash: string; expiresAt: number },
  peer: string,
  targetMicro: Micro,
  createdAt: number,
): { put: "wish"; wish: StableWish } {
  const { paymentHash, expiresAt } = made;
  return {
    put: "wish",
    wish: { paymentHash, peer, targetMicro, createdAt, expiresAt, status: "waiting", attempts: 0 },
  };
}

const hashPrefix = {
  ...freeText(64),
  expects: "a payment hash, or 8 or more of its first hex digits",
  schema: z.string().regex(/^[0-9a-f]{8,64}$/, { error: "it is not hexadecimal, or too short" }),
};

async function callOff(ctx: CommandContext, prefix: string): Promise<void> {
  const found = (await ctx.store.wishes()).filter((wish) => wish.paymentHash.startsWith(prefix));
  const [wish] = found;
  if (wish === undefined || found.length > 1) {
    const why = wish === undefined ? "No wish has" : `${found.length} wishes have`;
    throw new CommandError("bad_argument", `${why} a payment hash that begins with ${prefix}; see stable wishes.`);
  }
  if (wish.status !== "waiting") {
    throw new CommandError("conflict", `That wish is ${wish.status} already; stopstable ends an agreement.`);
  }
  const entry = { kind: "wish_cancelled", peer: wish.peer, data: { payment_hash: wish.paymentHash } };
  await ctx.store.commit([
    { put: "wish", wish: { ...wish, status: "cancelled" } },
    { put: "audit", entry },
  ]);
}

export const wishCommands = [
  defineCommand({
    name: "stable wishes",
    roles: ["user"],
    summary: "dollars that invoices shall turn into once they are paid, newest last",
    notes: [
      "getjitinvoice --stable USD makes one. The proposal goes out by itself once the payment is there; what may pass is",
      "tried again for a day, anything else is given up with the reason. --cancel calls a waiting one off.",
    ],
    arguments: { cancel: flag("--cancel", "HASH", hashPrefix, "call this one off") },
    result: z.strictObject({
      wishes: z.array(
        z.strictObject({
          created_at: timeField,
          target_usd: usdField,
          status: z.enum(["waiting", "agreed", "refused", "expired", "cancelled"]),
          paid_at: timeField.nullable(),
          agreement_id: hexField.nullable(),
          reason: z.string().nullable(),
          retry_at: timeField.nullable(),
          peer: hexField,
          payment_hash: hexField,
        }),
      ),
    }),
    async run(ctx, { cancel }) {
      if (cancel !== undefined) await callOff(ctx, cancel);
      return {
        wishes: (await ctx.store.wishes()).map((wish) => ({
          created_at: rfc3339(wish.createdAt),
          target_usd: usd(wish.targetMicro),
          status: wish.status,
          paid_at: orNull(wish.paidAt, rfc3339),
          agreement_id: orNull(wish.agreementId, (id) => id),
          reason: orNull(wish.reason, (text) => text),
          retry_at: orNull(wish.retryAt, rfc3339),
          peer: wish.peer,
          payment_hash: wish.paymentHash,
        })),
      };
    },
    view: ({ wishes }) =>
      tableView(wishes, "no wishes", ["created_at", "target_usd", "status", "paid_at", "agreement_id", "reason"]),
  }),
];
