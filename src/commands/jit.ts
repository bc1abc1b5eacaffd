/** Just-in-time channels (bLIP-52 / LSPS2): an invoice whose payment opens the channel it arrives on. */
import { z } from "zod";
import { CodedError } from "../errors.ts";
import type { JitInvoiceRecord } from "../stable/ledger.ts";
import { type Msat, msat } from "../stable/units.ts";
import { msatAmount, msatOrZero } from "./amounts.ts";
import { defaulting, flag } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext, LspContact } from "./context.ts";
import { amountField, decimal, hexField, orNull, rfc3339, satsInWords, timeField } from "./fields.ts";
import { checkLiquidity, lspFor } from "./jit-liquidity.ts";
import { INVOICE_EXPIRY_SECONDS } from "./lightning.ts";

/** lightning-liquidity keeps ten unpaid requests per client... */
const UNPAID_LIMIT = 10;
/** ...and forgets one when its fee offer runs out, a day after it was made; the invoice's own expiry frees nothing. */
const UNPAID_SECONDS = 24 * 3600;

/** Without `--max-fee`: 1 % and 2,500 sat, room for an opening on chain at ordinary fees. */
export function defaultFeeLimit(amount: Msat): Msat {
  return msat(amount / 100n + 2_500_000n);
}

function checkUnpaid(records: readonly JitInvoiceRecord[], lsp: string, now: number): void {
  const freed = records
    .filter((r) => r.lsp === lsp && r.paidAt === undefined && r.createdAt + UNPAID_SECONDS > now)
    .map((r) => r.createdAt + UNPAID_SECONDS)
    .sort((a, b) => a - b);
  const next = freed[freed.length - UNPAID_LIMIT];
  if (next === undefined) return;
  throw new CommandError(
    "jit_limit",
    `${freed.length} JIT invoices are unpaid and the LSP keeps ${UNPAID_LIMIT} at most; have one of them paid, or wait until ${rfc3339(next)}.`,
  );
}

function checkTerms(amount: Msat, lsp: LspContact): void {
  if (lsp.local === undefined) return;
  const { minPaymentMsat, maxPaymentMsat } = lsp.local;
  if (amount < minPaymentMsat || amount > maxPaymentMsat) {
    const bounds = `${satsInWords(minPaymentMsat)} to ${satsInWords(maxPaymentMsat)}`;
    const said = `The LSP opens no channel for a payment of ${satsInWords(amount)}`;
    throw new CommandError("jit_refused", `${said}; ask for ${bounds}.`);
  }
  checkLiquidity(amount, lsp.local);
}

async function ask(ctx: CommandContext, amount: Msat, limit: Msat) {
  try {
    return await ctx.node.createJitInvoice({
      amountMsat: amount,
      description: "peer-stables",
      expirySeconds: INVOICE_EXPIRY_SECONDS,
      maxTotalFeeMsat: limit,
    });
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    if (cause.code === "jit_fee_too_high") {
      const said = `The LSP asks more than ${satsInWords(limit)} for opening the channel (${cause.message})`;
      throw new CommandError("jit_fee_too_high", `${said}; allow more with --max-fee SATS.`, { cause });
    }
    if (cause.code === "jit_refused") {
      const said = `The LSP refused a JIT invoice over ${satsInWords(amount)} (${cause.message})`;
      throw new CommandError("jit_refused", `${said}; ask for another amount, or look at the LSP's log.`, { cause });
    }
    throw cause;
  }
}

export const jitCommands = [
  defineCommand({
    name: "getjitinvoice",
    roles: ["user"],
    summary: "an invoice whose payment opens a channel from the LSP",
    notes: [
      "Every one that is paid opens a further channel; use getinvoice where there is room already.",
      "Without --max-fee the LSP may take 1 % and 2,500 sat for the opening. The invoice is good for an hour.",
    ],
    arguments: {
      amount: defaulting("SATS", msatAmount, "50000", "how much to ask for"),
      maxFee: flag("--max-fee", "SATS", msatOrZero, "the most the LSP may take for opening the channel"),
    },
    result: z.strictObject({
      invoice: z.string(),
      payment_hash: hexField,
      amount_msat: amountField,
      opening_fee_msat: amountField.nullable(),
      fee_limit_msat: amountField,
      expires_at: timeField,
      lsp: hexField,
    }),
    async run(ctx, { amount, maxFee }) {
      const lsp = await lspFor(ctx, amount);
      if (lsp === undefined) {
        const remedy = "start one on this machine or name it with --lsp NODEID@HOST:PORT";
        throw new CommandError("no_lsp", `No LSP is known to open a channel; ${remedy}.`);
      }
      const now = ctx.now();
      checkUnpaid(await ctx.store.jitInvoices(), lsp.nodeId, now);
      checkTerms(amount, lsp);
      const limit = maxFee ?? defaultFeeLimit(amount);
      const made = await ask(ctx, amount, limit);
      const record: JitInvoiceRecord = {
        paymentHash: made.paymentHash,
        invoice: made.invoice,
        lsp: lsp.nodeId,
        amountMsat: amount,
        ...(made.openingFeeMsat === undefined ? {} : { openingFeeMsat: made.openingFeeMsat }),
        feeLimitMsat: limit,
        createdAt: now,
        expiresAt: made.expiresAt,
      };
      await ctx.store.commit([{ put: "jit", invoice: record }]);
      await ctx.jitDesk.publish(made.invoice);
      return {
        invoice: made.invoice,
        payment_hash: made.paymentHash,
        amount_msat: decimal(amount),
        opening_fee_msat: orNull(made.openingFeeMsat, decimal),
        fee_limit_msat: decimal(limit),
        expires_at: rfc3339(made.expiresAt),
        lsp: lsp.nodeId,
      };
    },
  }),
];
