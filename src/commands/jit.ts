/** Just-in-time channels (bLIP-52 / LSPS2): an invoice whose payment opens the channel it arrives on. */
import { z } from "zod";
import { CodedError, type ErrorCode } from "../errors.ts";
import { type FitQuote, freeOffer } from "../lsps2/quote.ts";
import type { Channel, Invoice, JitInvoice } from "../node/port.ts";
import type { JitInvoiceRecord } from "../stable/ledger.ts";
import { type Micro, type Msat, msat } from "../stable/units.ts";
import { msatAmountOrAny, msatOrZero } from "./amounts.ts";
import { defaulting, flag, toggle } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext, LspContact } from "./context.ts";
import { amountField, decimal, hexField, orNull, rfc3339, satsInWords, timeField, usd, usdField } from "./fields.ts";
import { checkLiquidity, lspFor } from "./jit-liquidity.ts";
import { UNPAID_LIMIT, unpaidAt } from "./jit-unpaid.ts";
import { INVOICE_EXPIRY_SECONDS } from "./lightning.ts";
import { bestOf, knownLsp, lspName, quoteLsp } from "./lsp-quotes.ts";
import { checkWish, newWish, stableFlag } from "./wishes.ts";

/** Below this there is no time to have an invoice paid. */
const LEAST_EXPIRY_SECONDS = 60;
/** The invoice is dated after the quote: bLIP-52 wants its end within the offer's. */
const EXPIRY_MARGIN_SECONDS = 10;

function checkUnpaid(records: readonly JitInvoiceRecord[], lsp: string, now: number): void {
  const { count, nextFreeAt } = unpaidAt(records, lsp, now);
  if (nextFreeAt === undefined) return;
  throw new CommandError(
    "jit_limit",
    `${count} JIT invoices are unpaid and the LSP keeps ${UNPAID_LIMIT} at most; have one of them paid, or wait until ${rfc3339(nextFreeAt)}.`,
  );
}

/** bLIP-52: an invoice must not outlive the offer it was bought by. */
function expirySeconds(who: string, { entry }: FitQuote, now: number): number {
  const left = Math.floor(entry.validUntil.unixMs / 1000) - now - EXPIRY_MARGIN_SECONDS;
  if (left >= LEAST_EXPIRY_SECONDS) return Math.min(left, INVOICE_EXPIRY_SECONDS);
  throw new CommandError(
    "lsp_refused",
    `The LSP ${who} makes offers that end in ${Math.max(left, 0)} s, too soon to be paid; try again, or see lsps2 quote for others.`,
  );
}

/** The one channel that can take it all: a payer need not be able to split. */
async function roomFor(ctx: CommandContext, amount: Msat): Promise<Channel | undefined> {
  return (await ctx.node.channels()).find((channel) => channel.usable && channel.inboundMsat >= amount);
}

/** With what ldk-node can be told to pay at most; the offer it will buy is the cheapest of a menu of its own. */
function limitFor(who: string, best: FitQuote, maxFee: Msat | undefined): Msat {
  if (maxFee === undefined || best.feeMsat <= maxFee) return maxFee ?? msat(best.feeMsat);
  throw new CommandError(
    "jit_fee_too_high",
    `The LSP ${who} asks ${satsInWords(best.feeMsat)} for opening the channel, more than ${satsInWords(maxFee)}; allow more with --max-fee SATS.`,
  );
}

/** What an LSP that has just told its menu may still refuse at the purchase. */
const purchaseRefusals: Partial<Record<ErrorCode, (limit: string) => { code: ErrorCode; says: string }>> = {
  jit_fee_too_high: (limit) => ({
    code: "jit_fee_too_high",
    says: `now asks more than ${limit} for opening the channel; look at lsps2 quote, or allow more with --max-fee SATS`,
  }),
  jit_no_liquidity: () => ({
    code: "jit_no_liquidity",
    says: "can't receive that much at present (LSPS2 error 203); ask for less, or see lsps2 quote for others",
  }),
  jit_amount: () => ({
    code: "jit_amount",
    says: "finds the payment too small for its fee (LSPS2 error 202); ask for more",
  }),
  lsp_bad_token: () => ({
    code: "lsp_bad_token",
    says: "does not take the token; set lsp-token to the one it gave out",
  }),
  lsp_refused: () => ({
    code: "lsp_refused",
    says: "sells this client no channel now (LSPS0 error 1: it may have too many unpaid ones); try later, or another LSP",
  }),
  jit_refused: () => ({ code: "jit_refused", says: "did not take up its own offer; try again, or another LSP" }),
  lsp_away: () => ({ code: "lsp_away", says: "told its menu and then fell silent; try again, or another LSP" }),
  peer_unreachable: () => ({ code: "lsp_away", says: "can't be reached from this node; try again, or another LSP" }),
};

async function buy(
  ctx: CommandContext,
  who: string,
  request: Parameters<CommandContext["node"]["createJitInvoice"]>[0],
  limit: Msat,
): Promise<JitInvoice> {
  try {
    return await ctx.node.createJitInvoice(request);
  } catch (cause) {
    const refusal = cause instanceof CodedError ? purchaseRefusals[cause.code] : undefined;
    if (refusal === undefined) throw cause;
    const { code, says } = refusal(satsInWords(limit));
    throw new CommandError(code, `The LSP ${who} ${says}.`, { cause });
  }
}

const result = z.strictObject({
  invoice: z.string(),
  payment_hash: hexField,
  /** Null where the invoice leaves it open. */
  amount_msat: amountField.nullable(),
  opening_fee_msat: amountField.nullable(),
  fee_limit_msat: amountField,
  arrives_msat: amountField.nullable(),
  opens_channel: z.boolean(),
  expires_at: timeField,
  lsp: hexField,
  note: z.string().nullable(),
  /** What will be proposed once it is paid. */
  stable_usd: usdField.exactOptional(),
});

/** Over a channel there is: nobody charges for what is there already. */
async function plain(
  ctx: CommandContext,
  channel: Channel,
  amount: Msat,
  stable: Micro | undefined,
): Promise<z.input<typeof result>> {
  if (stable !== undefined) checkWish(ctx, stable, amount);
  const request = { amountMsat: amount, description: "peer-stables", expirySeconds: INVOICE_EXPIRY_SECONDS };
  const made = await ctx.node.createInvoice(request);
  if (stable !== undefined) await ctx.store.commit([newWish(made, channel.counterparty, stable, ctx.now())]);
  await ctx.jitDesk.publish({ invoice: made.invoice, opensChannel: false });
  return {
    ...common(made),
    amount_msat: decimal(amount),
    opening_fee_msat: "0",
    fee_limit_msat: "0",
    arrives_msat: decimal(amount),
    opens_channel: false,
    lsp: channel.counterparty,
    note: `There is room for ${satsInWords(channel.inboundMsat)} already: this is a plain invoice. --new-channel opens one more.`,
    ...stableField(stable),
  };
}

function stableField(stable: Micro | undefined): { stable_usd?: string } {
  return stable === undefined ? {} : { stable_usd: usd(stable) };
}

function common(made: Invoice) {
  return { invoice: made.invoice, payment_hash: made.paymentHash, expires_at: rfc3339(made.expiresAt) };
}

/** An LSP on this machine that is too poor is given a moment to say otherwise. @throws CommandError `jit_no_liquidity` */
async function checkFunds(ctx: CommandContext, amount: Msat): Promise<void> {
  const lsp = await lspFor(ctx, amount);
  if (lsp?.local !== undefined) checkLiquidity(amount, lsp.local);
}

/** An open amount can't be limited in msat, and LDK miscounts a share of it: only where there is no fee at all. */
async function freeOfferOf(ctx: CommandContext, lsp: LspContact): Promise<FitQuote> {
  const quote = await quoteLsp(ctx, lsp, msat(1n));
  const free = freeOffer(quote.offers);
  if (free !== undefined) return free;
  if (quote.offers.length === 0) return bestOf(ctx, quote, msat(1n));
  throw new CommandError(
    "jit_amount",
    `The LSP ${lspName(ctx, lsp)} charges for opening a channel, so the amount can't be left open; name it.`,
  );
}

export const jitCommands = [
  defineCommand({
    name: "getjitinvoice",
    roles: ["user"],
    summary: "an invoice whose payment opens a channel from the LSP",
    notes: [
      "The LSP is asked for its price first; without --max-fee it may take that and no more. lsps2 quote compares several.",
      "Where a channel has room enough it is a plain invoice, for nothing. The invoice is good for an hour.",
      "--stable USD proposes a stable agreement to the LSP by itself once it is paid; see stable wishes.",
      "With any for the amount the payer chooses it; only with an LSP that charges nothing.",
    ],
    arguments: {
      amount: defaulting("SATS", msatAmountOrAny, "50000", "how much to ask for"),
      maxFee: flag("--max-fee", "SATS", msatOrZero, "the most the LSP may take for opening the channel"),
      newChannel: toggle("--new-channel", "also where a channel has room enough"),
      stable: stableFlag,
    },
    result,
    async run(ctx, args) {
      const amount = args.amount === "any" ? undefined : args.amount;
      const { stable } = args;
      const room = amount === undefined || args.newChannel ? undefined : await roomFor(ctx, amount);
      if (room !== undefined && amount !== undefined) return plain(ctx, room, amount, stable);
      const lsp = await knownLsp(ctx);
      const who = lspName(ctx, lsp);
      checkUnpaid(await ctx.store.jitInvoices(), lsp.nodeId, ctx.now());
      const best =
        amount === undefined ? await freeOfferOf(ctx, lsp) : bestOf(ctx, await quoteLsp(ctx, lsp, amount), amount);
      const limit = limitFor(who, best, args.maxFee);
      if (amount !== undefined) await checkFunds(ctx, amount);
      if (stable !== undefined && amount !== undefined) checkWish(ctx, stable, msat(amount - best.feeMsat));
      const now = ctx.now();
      const request = {
        ...(amount === undefined ? {} : { amountMsat: amount }),
        description: "peer-stables",
        expirySeconds: expirySeconds(who, best, now),
        maxTotalFeeMsat: limit,
      };
      const made = await buy(ctx, who, request, limit);
      const agreed = made.openingFeeMsat ?? msat(best.feeMsat);
      const record: JitInvoiceRecord = {
        paymentHash: made.paymentHash,
        invoice: made.invoice,
        lsp: lsp.nodeId,
        amountMsat: amount ?? msat(0n),
        openingFeeMsat: agreed,
        feeLimitMsat: limit,
        createdAt: now,
        expiresAt: made.expiresAt,
      };
      const wishes = stable === undefined ? [] : [newWish(made, lsp.nodeId, stable, now)];
      await ctx.store.commit([{ put: "jit", invoice: record }, ...wishes]);
      await ctx.jitDesk.publish({ invoice: made.invoice, opensChannel: true });
      return {
        ...common(made),
        amount_msat: orNull(amount, decimal),
        opening_fee_msat: decimal(agreed),
        fee_limit_msat: decimal(limit),
        arrives_msat: orNull(amount, (whole) => decimal(whole - agreed)),
        opens_channel: true,
        lsp: lsp.nodeId,
        note: null,
        ...stableField(stable),
      };
    },
  }),
];
