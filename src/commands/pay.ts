/** Sending over Lightning: check, send, wait for the outcome, say it. */
import { z } from "zod";
import { CodedError, reasonOf } from "../errors.ts";
import type { Invoice } from "../node/port.ts";
import type { Msat } from "../stable/units.ts";
import { quote } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { amountField, decimal, hexField, orNull, rfc3339, satsInWords, usd, usdField } from "./fields.ts";
import { checkSpendable } from "./spendable.ts";

const OUTCOME_TIMEOUT_MS = 60_000;

export const paymentResult = z.strictObject({
  payment_id: hexField,
  status: z.literal("succeeded"),
  /** Null only where an offer named the amount and the node did not repeat it. */
  amount_msat: amountField.nullable(),
  fee_paid_msat: amountField,
  elapsed_ms: z.int(),
  /** There only where the payment took from what backs dollars: the dollars held before it, and after. */
  stable_before_usd: usdField.exactOptional(),
  stable_after_usd: usdField.exactOptional(),
});

/** Native is spent first; what is due is settled before anything is taken from a backing. */
async function prepared(ctx: CommandContext, amountMsat: Msat | undefined) {
  const effects = amountMsat === undefined ? [] : await ctx.stable.prepareSpend(amountMsat);
  if (effects.length === 0) return {};
  return {
    stable_before_usd: usd(effects.reduce((sum, { targetMicro }) => sum + targetMicro, 0n)),
    stable_after_usd: usd(effects.reduce((sum, { targetAfterMicro }) => sum + targetAfterMicro, 0n)),
  };
}

/**
 * Sends and waits up to a minute for the outcome. A payment that takes from what backs dollars lowers them in
 * proportion, and says so.
 *
 * @throws CommandError `payment_failed` with the reason, `payment_pending`
 */
export async function sendAndWait(
  ctx: CommandContext,
  amountMsat: Msat | undefined,
  send: () => Promise<{ paymentId: string }>,
): Promise<z.input<typeof paymentResult>> {
  const began = ctx.clock.steadyMs();
  const effect = await prepared(ctx, amountMsat);
  const { paymentId } = await send();
  const outcome = await ctx.paymentOutcome(paymentId, OUTCOME_TIMEOUT_MS);
  if (outcome.status === "failed") {
    throw new CommandError("payment_failed", `Payment ${paymentId} failed: ${outcome.reason}; nothing was paid.`);
  }
  if (outcome.status === "pending") {
    throw new CommandError(
      "payment_pending",
      `Payment ${paymentId} has neither succeeded nor failed after 60 s; payments shows how it ends, do not pay again before.`,
    );
  }
  const moved = amountMsat ?? (await ctx.node.payment(paymentId))?.amountMsat;
  return {
    payment_id: paymentId,
    status: "succeeded",
    amount_msat: orNull(moved, decimal),
    fee_paid_msat: decimal(outcome.feePaidMsat),
    elapsed_ms: Math.round(ctx.clock.steadyMs() - began),
    ...effect,
  };
}

async function decoded(ctx: CommandContext, text: string): Promise<Invoice> {
  try {
    return await ctx.node.decodeInvoice(text);
  } catch (cause) {
    if (!(cause instanceof CodedError) || cause.code !== "invalid_invoice") throw cause;
    const said = `The invoice ${quote(text)} cannot be read (${reasonOf(cause)})`;
    throw new CommandError("invalid_invoice", `${said}; copy it whole, or ask the payee for a new one.`, { cause });
  }
}

/** The invoice, decoded, and sure to be one that can be paid now. */
async function payable(ctx: CommandContext, text: string): Promise<Invoice> {
  const invoice = await decoded(ctx, text);
  if (invoice.network !== ctx.network) {
    throw new CommandError(
      "invalid_invoice",
      `The invoice is for ${invoice.network}, this node is on ${ctx.network}; ask the payee for one of ${ctx.network}.`,
    );
  }
  const { nodeId } = await ctx.node.status();
  if (invoice.payee === nodeId) {
    throw new CommandError("invalid_invoice", "The invoice is this node's own; another node has to pay it.");
  }
  const before = (await ctx.node.payments()).filter(
    (p) => p.direction === "outbound" && p.paymentHash === invoice.paymentHash,
  );
  if (before.some((p) => p.status === "succeeded")) {
    throw new CommandError("already_paid", `The invoice ${invoice.paymentHash} was paid before; ask for a new one.`);
  }
  if (before.some((p) => p.status === "pending")) {
    const said = `A payment of the invoice ${invoice.paymentHash} is under way`;
    throw new CommandError("payment_pending", `${said}; payments shows how it ends.`);
  }
  if (invoice.expiresAt <= ctx.now()) {
    const said = `The invoice expired at ${rfc3339(invoice.expiresAt)}`;
    throw new CommandError("invoice_expired", `${said}; ask the payee for a new one.`);
  }
  return invoice;
}

function amountOf(invoice: Invoice, typed: Msat | undefined): Msat {
  if (invoice.amountMsat === undefined) {
    if (typed !== undefined) return typed;
    throw new CommandError("missing_argument", "The invoice leaves the amount open; write SATS behind it.");
  }
  if (typed !== undefined && typed !== invoice.amountMsat) {
    throw new CommandError(
      "unexpected_argument",
      `The invoice asks for ${satsInWords(invoice.amountMsat)}, not ${satsInWords(typed)}; leave the amount out.`,
    );
  }
  return invoice.amountMsat;
}

/**
 * Everything that can be known is checked before anything is sent.
 *
 * @param check what else can be known of this invoice; throws where it speaks against paying
 * @throws CommandError `invalid_invoice`, `invoice_expired`, `already_paid`, `missing_argument`,
 *   `unexpected_argument`, `insufficient_balance` before; `payment_failed`, `payment_pending` after
 */
export async function payInvoice(
  ctx: CommandContext,
  text: string,
  typed: Msat | undefined,
  check?: (invoice: Invoice, amount: Msat) => Promise<void>,
) {
  const invoice = await payable(ctx, text);
  const amount = amountOf(invoice, typed);
  await check?.(invoice, amount);
  await checkSpendable(ctx, amount, "many");
  const given = invoice.amountMsat === undefined ? amount : undefined;
  return sendAndWait(ctx, amount, () => ctx.node.payInvoice(invoice.invoice, given));
}
