/**
 * Channels by order: the messages of bLIP-51 (LSPS1) as a client reads them. Keys that are not known are ignored
 * (bLIP-50); amounts are decimal strings. Pure.
 */
import { z } from "zod";
import { amount, datetime, u32 } from "../lsps2/forms.ts";

const u16 = z.int().min(0).max(0xffff);

/** What an LSP sells (`lsps1.get_info`). */
export const optionsSchema = z
  .object({
    min_required_channel_confirmations: u16,
    min_funding_confirms_within_blocks: u16.min(1),
    supports_zero_channel_reserve: z.boolean(),
    max_channel_expiry_blocks: u32.min(1),
    min_initial_client_balance_sat: amount,
    max_initial_client_balance_sat: amount,
    min_initial_lsp_balance_sat: amount,
    max_initial_lsp_balance_sat: amount,
    min_channel_balance_sat: amount,
    max_channel_balance_sat: amount,
  })
  .refine(
    (o) =>
      o.min_initial_client_balance_sat <= o.max_initial_client_balance_sat &&
      o.min_initial_lsp_balance_sat <= o.max_initial_lsp_balance_sat &&
      o.min_channel_balance_sat <= o.max_channel_balance_sat,
    { error: "a least amount is above its greatest" },
  );
export type Lsps1Options = z.output<typeof optionsSchema>;

/** HOLD: paid and not claimed yet. LDK 0.2.7 does not know it. CANCELLED is the old name of REFUNDED. */
const paymentState = z
  .enum(["EXPECT_PAYMENT", "HOLD", "PAID", "REFUNDED", "CANCELLED"])
  .transform((state) => (state === "CANCELLED" ? "REFUNDED" : state));

const payable = { state: paymentState, expires_at: datetime, fee_total_sat: amount, order_total_sat: amount };

const bolt11 = z.object({ ...payable, invoice: z.string().regex(/^ln[a-z0-9]{50,7000}$/i) });
const bolt12 = z.object({ ...payable, offer: z.string().regex(/^lno1[a-z0-9]{20,7000}$/i) });
const onchain = z.object({
  ...payable,
  address: z.string().regex(/^[a-zA-Z0-9]{14,90}$/),
  min_onchain_payment_confirmations: u16.nullish(),
  min_fee_for_0conf: u32.nullish(),
  refund_onchain_address: z.string().nullish(),
});

/** One order, as `lsps1.create_order` and `lsps1.get_order` give it. LDK leaves out `created_at` and `order_state`. */
export const orderSchema = z
  .object({
    order_id: z.string().min(1).max(64),
    lsp_balance_sat: amount,
    client_balance_sat: amount,
    channel_expiry_blocks: u32,
    announce_channel: z.boolean(),
    payment: z
      .object({ bolt11: bolt11.nullish(), bolt12: bolt12.nullish(), onchain: onchain.nullish() })
      .refine(({ bolt11: a, bolt12: b, onchain: c }) => Boolean(a ?? b ?? c), { error: "there is no way to pay" }),
    channel: z
      .object({
        funded_at: datetime,
        funding_outpoint: z.string().regex(/^[0-9a-f]{64}:\d{1,10}$/),
        expires_at: datetime,
      })
      .nullish(),
  })
  .superRefine((order, context) => {
    for (const { order_total_sat, fee_total_sat } of waysToPay(order)) {
      if (order_total_sat === fee_total_sat + order.client_balance_sat) continue;
      context.addIssue({ code: "custom", message: "order_total_sat is not the fee and the client's balance" });
    }
  });
export type Lsps1Order = z.output<typeof orderSchema>;

type WayToPay = Pick<z.output<typeof bolt11>, "state" | "expires_at" | "fee_total_sat" | "order_total_sat"> & {
  kind: "bolt11" | "bolt12" | "onchain";
  /** The invoice, the offer or the address. */
  to: string;
};

export function waysToPay({ payment }: Pick<Lsps1Order, "payment">): WayToPay[] {
  const { bolt11: invoice, bolt12: offer, onchain: chain } = payment;
  return [
    ...(invoice ? [{ ...invoice, kind: "bolt11" as const, to: invoice.invoice }] : []),
    ...(offer ? [{ ...offer, kind: "bolt12" as const, to: offer.offer }] : []),
    ...(chain ? [{ ...chain, kind: "onchain" as const, to: chain.address }] : []),
  ];
}

/** `opened` and the two that follow it are final. */
export type OrderState = "expect_payment" | "paid" | "opened" | "refunded" | "expired";

/** From channel and payments, since LDK does not tell `order_state`. */
export function stateOf(order: Lsps1Order, nowMs: number): OrderState {
  if (order.channel) return "opened";
  const ways = waysToPay(order);
  if (ways.some(({ state }) => state === "PAID" || state === "HOLD")) return "paid";
  if (ways.every(({ state }) => state === "REFUNDED")) return "refunded";
  return ways.every(({ expires_at }) => expires_at.unixMs < nowMs) ? "expired" : "expect_payment";
}
