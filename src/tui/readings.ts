/** What the dashboard reads of results: the fields it shows, made safe to print. Amounts stay decimal text. */
import { z } from "zod";
import { visible } from "../commands/text.ts";

const text = z.string().transform(visible);
const amount = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const usd = z.string().regex(/^-?\d+(\.\d+)?$/);

export const nodeInfoSchema = z.object({
  node_id: text,
  alias: text,
  listen: z.array(text),
  network: text,
  block_height: z.int(),
  synced: z.boolean(),
  chain_state: text,
  chain_detail: text.nullable(),
});
export type NodeInfo = z.output<typeof nodeInfoSchema>;

export const balanceSchema = z.object({
  onchain_sat: amount,
  onchain_spendable_sat: amount,
  lightning_sat: amount,
  stable_usd: usd.nullable(),
  stable_sat: amount,
  native_sat: amount,
});
export type Balance = z.output<typeof balanceSchema>;

const channel = z.object({
  channel_id: text,
  counterparty: text,
  alias: text.nullable(),
  capacity_sat: amount,
  outbound_msat: amount,
  inbound_msat: amount,
  in_flight_msat: amount,
  channel_ready: z.boolean(),
  usable: z.boolean(),
  confirmations: z.int(),
  confirmations_required: z.int(),
  phase: text,
});
export type Channel = z.output<typeof channel>;

const closing = z.object({ channel_id: text, counterparty: text.nullable(), amount_sat: amount, phase: text });
export const channelsSchema = z.object({ channels: z.array(channel), closing: z.array(closing) });
export type Closing = z.output<typeof closing>;

const agreement = z.object({
  agreement_id: text,
  channel_id: text,
  counterparty: text,
  role: z.enum(["receiver", "provider"]),
  status: text,
  target_usd: usd,
  backing_msat: amount,
  native_msat: amount,
  value_usd: usd.nullable(),
  drift_bps: z.number().nullable(),
  band_bps: z.number(),
  covered_to_usd: usd.nullable(),
  covered_drop_bps: z.number().nullable(),
  /** What is due from the provider and can't be sent. */
  missing_msat: amount.nullable(),
  strikes: z.int(),
  settlements: z.int(),
  paid_msat: amount,
  received_msat: amount,
  last_settlement_at: text.nullable(),
  reason: text.nullable(),
  channels_gone: z.boolean(),
  carry_over: z.object({ step: text, detail: text }).nullable(),
});
export type Agreement = z.output<typeof agreement>;
export const agreementsSchema = z.object({ agreements: z.array(agreement) });

export const priceSchema = z.object({
  price_usd: usd.nullable(),
  status: z.enum(["ok", "stale", "hold"]),
  reason: text.nullable(),
  label: text,
  sources: z.array(z.object({ name: text, price_usd: usd.nullable(), age_ms: z.int().nullable(), state: text })),
});
export type PriceReading = z.output<typeof priceSchema>;

const payment = z.object({
  payment_id: text,
  kind: text,
  direction: text,
  status: text,
  amount_msat: amount.nullable(),
  fee_paid_msat: amount.nullable(),
  skimmed_fee_msat: amount.nullable(),
  agreed_fee_msat: amount.nullable(),
  updated_at: text,
});
export type Payment = z.output<typeof payment>;
export const paymentsSchema = z.object({ payments: z.array(payment) });

const peer = z.object({
  node_id: text,
  alias: text.nullable(),
  address: text,
  connected: z.boolean(),
  persisted: z.boolean(),
});
export type Peer = z.output<typeof peer>;
export const peersSchema = z.object({ peers: z.array(peer) });

/** Dollars that an invoice shall turn into. */
const wish = z.object({
  payment_hash: text,
  target_usd: usd,
  status: z.enum(["waiting", "agreed", "refused", "expired", "cancelled"]),
  paid_at: text.nullable(),
  reason: text.nullable(),
});
export type Wish = z.output<typeof wish>;
export const wishesSchema = z.object({ wishes: z.array(wish) });

/** What was earned in the last days. */
export const incomeSchema = z.object({
  days: z.int(),
  opening_fees_msat: amount,
  forwarding_fees_msat: amount,
  conversion_fees_msat: amount,
  total_msat: amount,
});
export type Income = z.output<typeof incomeSchema>;

const forward = z.object({
  at: text,
  from: text,
  to: text,
  forwarded_msat: amount.nullable(),
  fee_earned_msat: amount.nullable(),
  skimmed_fee_msat: amount.nullable(),
});
export type Forward = z.output<typeof forward>;
export const forwardsSchema = z.object({ forwards: z.array(forward) });

const logLine = z.object({ seq: text, at: text, level: text, module: text, message: text });
export type LogLine = z.output<typeof logLine>;
export const logSchema = z.object({ lines: z.array(logLine) });

const auditLine = z.object({
  seq: z.int(),
  at: text,
  kind: text,
  agreement_id: text.nullable(),
  peer: text.nullable(),
  data: z.json().transform((data) => visible(JSON.stringify(data))),
  hash: text,
});
export type AuditLine = z.output<typeof auditLine>;
export const auditSchema = z.object({ lines: z.array(auditLine) });
