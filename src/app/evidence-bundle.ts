/** The form of an evidence file: everything that proves one agreement's book, in one JSON text with one spelling. */
import { z } from "zod";
import type { Agreement, Envelope, Settlement } from "../stable/agreement.ts";
import { sha256Hex } from "../stable/canonical.ts";
import type { AuditLine, Revision } from "../stable/ledger.ts";
import { canonicalJson } from "../store/canonical-json.ts";

export const FORMAT = "peer-stables evidence 1";

const hex = z.string().regex(/^[0-9a-f]+$/);
const decimal = z.string().regex(/^(?:0|-?[1-9]\d*)$/);
const count = z.int().nonnegative();
const side = z.enum(["receiver", "provider"]);
const envelope = z.strictObject({ payload: z.string(), signature: z.string() });

export const bundleSchema = z.strictObject({
  format: z.literal(FORMAT),
  exported_at: count,
  /** Whose ledger this is from; it signed the whole. */
  exporter: hex,
  agreement: z.strictObject({
    id: hex,
    channel_id: hex,
    receiver: hex,
    provider: hex,
    asset: z.literal("USD"),
    rev: count,
    state_hash: hex,
    target: decimal,
    backing0_msat: decimal,
    paid_by_provider_msat: decimal,
    paid_by_receiver_msat: decimal,
    status: z.string(),
    reason: z.string().nullable(),
  }),
  revisions: z.array(
    z.strictObject({
      rev: count,
      kind: z.enum(["propose", "revise", "spent", "end"]),
      state: z.string(),
      proposal: envelope,
      acceptance: envelope,
      at: count,
    }),
  ),
  settlements: z.array(
    z.strictObject({
      payment_id: hex,
      payer: side,
      seq: count,
      amount_msat: decimal,
      price: decimal,
      envelope,
      flag: z.string().nullable(),
      at: count,
    }),
  ),
  /** The exporter's own log: every line about this agreement, and the price decisions before its settlements. */
  audit: z.array(
    z.strictObject({
      seq: count,
      at: count,
      kind: z.string(),
      agreement_id: z.string().nullable(),
      peer: z.string().nullable(),
      data: z.record(z.string(), z.unknown()),
      prev_hash: hex,
      hash: hex,
    }),
  ),
});

export const signedBundleSchema = bundleSchema.extend({ signature: z.string() });

export type Bundle = z.output<typeof bundleSchema>;

/** What the exporter signs. */
export function bundleText(bundle: Bundle): string {
  return `${FORMAT} ${sha256Hex(canonicalJson(bundle))}`;
}

/** The file's text. */
export function fileText(bundle: Bundle, signature: string): string {
  return `${canonicalJson({ ...bundle, signature })}\n`;
}

interface Contents {
  agreement: Agreement;
  revisions: readonly (Revision & { acceptance: Envelope })[];
  settlements: readonly Settlement[];
  audit: readonly AuditLine[];
  exporter: string;
  now: number;
}

/** @throws ZodError where the ledger holds what the form does not: a bug */
export function bundleOf({ agreement: a, revisions, settlements, audit, exporter, now }: Contents): Bundle {
  return bundleSchema.parse({
    format: FORMAT,
    exported_at: now,
    exporter,
    agreement: {
      id: a.id,
      channel_id: a.channelId,
      receiver: a.receiver,
      provider: a.provider,
      asset: a.asset,
      rev: a.rev,
      state_hash: a.stateHash,
      target: a.targetMicro.toString(),
      backing0_msat: a.backing0Msat.toString(),
      paid_by_provider_msat: a.paidByProviderMsat.toString(),
      paid_by_receiver_msat: a.paidByReceiverMsat.toString(),
      status: a.status,
      reason: a.reason ?? null,
    },
    revisions: revisions.map(({ rev, kind, state, proposal, acceptance, at }) => ({
      rev,
      kind,
      state,
      proposal,
      acceptance,
      at,
    })),
    settlements: settlements.map((s) => ({
      payment_id: s.paymentId,
      payer: s.payer,
      seq: s.seq,
      amount_msat: s.amountMsat.toString(),
      price: s.price.toString(),
      envelope: s.envelope,
      flag: s.flag ?? null,
      at: s.createdAt,
    })),
    audit: audit.map((line) => ({
      seq: line.seq,
      at: line.at,
      kind: line.kind,
      agreement_id: line.agreementId ?? null,
      peer: line.peer ?? null,
      data: line.data,
      prev_hash: line.prevHash,
      hash: line.hash,
    })),
  });
}
