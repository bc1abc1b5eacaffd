/** Paying and being paid over Lightning. */
import { z } from "zod";
import { msatAmount } from "./amounts.ts";
import { optional, required, rest } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { amountField, decimal, hexField, rfc3339, timeField } from "./fields.ts";
import { checkCanOpen } from "./jit-liquidity.ts";
import { freeText, invoice, nodeId, offer } from "./kinds.ts";
import { payInvoice, paymentResult, sendAndWait } from "./pay.ts";
import { checkSpendable } from "./spendable.ts";

/** What BOLT 11's `d` field can hold. */
const DESCRIPTION_BYTES = 639;
export const INVOICE_EXPIRY_SECONDS = 3600;

export const lightningCommands = [
  defineCommand({
    name: "getinvoice",
    roles: everyRole,
    summary: "an invoice to be paid over existing channels",
    notes: ["It is good for an hour."],
    arguments: {
      amount: required("SATS", msatAmount, "how much to ask for"),
      description: rest("DESCRIPTION", freeText(DESCRIPTION_BYTES), "what for"),
    },
    result: z.strictObject({
      invoice: z.string(),
      payment_hash: hexField,
      amount_msat: amountField,
      expires_at: timeField,
    }),
    async run({ node }, { amount, description }) {
      const made = await node.createInvoice({
        amountMsat: amount,
        description: description ?? "",
        expirySeconds: INVOICE_EXPIRY_SECONDS,
      });
      return {
        invoice: made.invoice,
        payment_hash: made.paymentHash,
        amount_msat: decimal(amount),
        expires_at: rfc3339(made.expiresAt),
      };
    },
  }),
  defineCommand({
    name: "payinvoice",
    aliases: ["pay"],
    roles: everyRole,
    summary: "pay an invoice and wait for the outcome",
    money: true,
    arguments: {
      invoice: required("INVOICE", invoice, "what to pay"),
      amount: optional("SATS", msatAmount, "only where the invoice leaves the amount open"),
    },
    result: paymentResult,
    run: (ctx, args) => payInvoice(ctx, args.invoice, args.amount),
  }),
  defineCommand({
    name: "payjitinvoice",
    roles: ["exchange"],
    summary: "pay a JIT invoice; without one the newest made on this machine",
    money: true,
    arguments: { invoice: optional("INVOICE", invoice, "what to pay") },
    result: paymentResult,
    async run(ctx, args) {
      const given = args.invoice === undefined ? undefined : { invoice: args.invoice, opensChannel: true };
      const newest = given ?? (await ctx.jitDesk.newest());
      if (newest === undefined) {
        const remedy = "run getjitinvoice as the user, or name an invoice";
        throw new CommandError("no_jit_invoice", `No JIT invoice was made on this machine yet; ${remedy}.`);
      }
      if (!newest.opensChannel) return payInvoice(ctx, newest.invoice, undefined);
      return payInvoice(ctx, newest.invoice, undefined, (invoice, amount) => checkCanOpen(ctx, invoice, amount));
    },
  }),
  defineCommand({
    name: "keysend",
    roles: everyRole,
    summary: "pay a node without an invoice",
    notes: ["A keysend goes over one channel."],
    money: true,
    arguments: {
      to: required("NODEID", nodeId, "the payee"),
      amount: required("SATS", msatAmount, "how much"),
    },
    result: paymentResult,
    async run(ctx, { to, amount }) {
      await checkSpendable(ctx, amount, "one");
      return sendAndWait(ctx, amount, () => ctx.node.keysend({ nodeId: to, amountMsat: amount }));
    },
  }),
  defineCommand({
    name: "getouroffer",
    roles: everyRole,
    summary: "a reusable BOLT 12 offer",
    arguments: { amount: optional("SATS", msatAmount, "left out, the payer chooses") },
    result: z.strictObject({ offer: z.string() }),
    run: ({ node }, { amount }) =>
      node.createOffer({ description: "peer-stables", ...(amount === undefined ? {} : { amountMsat: amount }) }),
  }),
  defineCommand({
    name: "payoffer",
    roles: everyRole,
    summary: "pay a BOLT 12 offer and wait for the outcome",
    money: true,
    arguments: {
      offer: required("OFFER", offer, "what to pay"),
      amount: optional("SATS", msatAmount, "where the offer leaves the amount open"),
    },
    result: paymentResult,
    async run(ctx, args) {
      await checkSpendable(ctx, args.amount ?? 1n, "many");
      return sendAndWait(ctx, args.amount, () => ctx.node.payOffer(args.offer, args.amount));
    },
  }),
];
