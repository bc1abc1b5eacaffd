/** Replies about invoices, offers and payments. */
import { z } from "zod";
import type { Invoice, JitInvoice, Payment } from "../node/port.ts";
import { network } from "./schema-node.ts";
import { count, hash, millisat, optional, publicKey, record, text, word } from "./wire.ts";

const invoiceShape = {
  invoice: text,
  paymentHash: hash,
  amountMsat: optional(millisat),
  description: text,
  payee: publicKey,
  createdAt: count,
  expiresAt: count,
  network,
  hintNodeIds: z.array(z.string().regex(/^0[23][0-9a-f]{64}$/)),
} as const;

const invoiceSchema: z.ZodType<Invoice, unknown> = record(invoiceShape);
const jitInvoiceSchema: z.ZodType<JitInvoice, unknown> = record({
  ...invoiceShape,
  openingFeeMsat: optional(millisat),
});

const paymentSchema: z.ZodType<Payment, unknown> = record({
  paymentId: hash,
  kind: word("onchain", "bolt11", "bolt11_jit", "bolt12_offer", "bolt12_refund", "spontaneous"),
  direction: word("inbound", "outbound"),
  status: word("pending", "succeeded", "failed"),
  amountMsat: optional(millisat),
  feePaidMsat: optional(millisat),
  paymentHash: optional(hash),
  preimage: optional(hash),
  txid: optional(hash),
  skimmedFeeMsat: optional(millisat),
  maxOpeningFeeMsat: optional(millisat),
  updatedAt: count,
});

const sent = record({ paymentId: hash });

export const paymentReplies = {
  "invoice.create": invoiceSchema,
  "invoice.create_jit": jitInvoiceSchema,
  "lsps.request": record({ requestId: text, reply: text }),
  /** Judged by whoever knows bLIP-51. */
  "lsps1.create_order": z.unknown(),
  "lsps1.get_order": z.unknown(),
  "invoice.decode": invoiceSchema,
  "invoice.pay": sent,
  "offer.create": record({ offer: text }),
  "offer.pay": sent,
  "keysend.send": sent,
  "payment.list": record({ payments: z.array(paymentSchema) }),
  "payment.get": z.object({ payment: paymentSchema.optional() }),
};
