/** How agreements look in results. */
import { z } from "zod";
import { carryOverField, carryOverWords } from "./carry-over.ts";
import type { AgreementView } from "./context.ts";
import { amountField, bpsField, decimal, hexField, orNull, rfc3339, timeField, usd, usdField } from "./fields.ts";
import { cardView, type JsonObject, tableView, type View } from "./view.ts";

/** What a command that makes or changes an agreement says. */
export const opened = z.strictObject({
  agreement_id: hexField,
  channel_id: hexField,
  role: z.enum(["receiver", "provider"]),
  target_usd: usdField,
  backing_msat: amountField,
  native_msat: amountField,
  price_usd: usdField,
  covered_to_usd: usdField.nullable(),
  covered_drop_bps: bpsField.nullable(),
  status: z.string(),
});

export function openedResult(view: AgreementView): z.input<typeof opened> {
  const { agreement: a } = view;
  return {
    agreement_id: a.id,
    channel_id: a.channelId,
    role: a.side,
    target_usd: usd(a.targetMicro),
    backing_msat: decimal(view.backingMsat),
    native_msat: decimal(view.nativeMsat),
    price_usd: usd(a.price),
    covered_to_usd: orNull(view.coveredTo, usd),
    covered_drop_bps: orNull(view.coveredDropBps, Number),
    status: a.status,
  };
}

export const row = z.strictObject({
  agreement_id: hexField,
  channel_id: hexField,
  counterparty: hexField,
  role: z.enum(["receiver", "provider"]),
  status: z.string(),
  target_usd: usdField,
  backing_msat: amountField,
  native_msat: amountField,
  value_usd: usdField.nullable(),
  drift_usd: usdField.nullable(),
  drift_bps: bpsField.nullable(),
  /** A drift within it is left alone. */
  band_bps: bpsField,
  covered_to_usd: usdField.nullable(),
  covered_drop_bps: bpsField.nullable(),
  /** Half the cushion between the agreed price and the one at which the provider runs dry is gone. */
  cushion_low: z.boolean(),
  /** What the provider owes now and can't send. */
  missing_msat: amountField.nullable(),
  settlements: z.int(),
  paid_msat: amountField,
  received_msat: amountField,
  last_settlement_at: timeField.nullable(),
  /** Unanswered claims, or settlements at prices that are not ours, in a row. */
  strikes: z.int(),
  /** How the peer's book differs, by its last sync; empty where the books agree. */
  differences: z.array(z.string()),
  reason: z.string().nullable(),
  /** It ended because no channel with the peer was left: reopen takes it up again. */
  channels_gone: z.boolean(),
  /** Where it stands, if it ended and is taken up again. */
  carry_over: carryOverField,
});

/** What holds an agreement up, where its status alone does not say so. */
function reasonOf({ agreement, unknownOutcome }: AgreementView): string | null {
  if (unknownOutcome === true)
    return "whether the last settlement was paid can't be told yet; nothing more is paid before";
  return orNull(agreement.reason, (text) => text);
}

export function agreementRow(view: AgreementView): z.input<typeof row> {
  const { agreement: a } = view;
  return {
    agreement_id: a.id,
    channel_id: a.channelId,
    counterparty: view.counterparty,
    role: a.side,
    status: a.status,
    target_usd: usd(a.targetMicro),
    backing_msat: decimal(view.backingMsat),
    native_msat: decimal(view.nativeMsat),
    value_usd: orNull(view.valueMicro, usd),
    drift_usd: orNull(view.driftMicro, usd),
    drift_bps: orNull(view.driftBps, Number),
    band_bps: a.terms.bandBps,
    covered_to_usd: orNull(view.coveredTo, usd),
    covered_drop_bps: orNull(view.coveredDropBps, Number),
    cushion_low: view.thin ?? false,
    missing_msat: orNull(view.missingMsat, decimal),
    settlements: view.settlements,
    paid_msat: decimal(view.paidMsat),
    received_msat: decimal(view.receivedMsat),
    last_settlement_at: orNull(view.lastSettlementAt, rfc3339),
    strikes: a.strikes,
    differences: (view.differences ?? []).map(({ kind, ours, theirs }) => `${kind}: ours ${ours}, theirs ${theirs}`),
    reason: reasonOf(view),
    channels_gone: view.channelsGone ?? false,
    carry_over: orNull(view.carryOver, carryOverWords),
  };
}

const tellingApart = [
  "agreement_id",
  "role",
  "status",
  "target_usd",
  "value_usd",
  "drift_bps",
  "backing_msat",
  "native_msat",
  "covered_to_usd",
];

/** One agreement in full; of several what tells them apart. */
export function agreementsView(agreements: readonly JsonObject[]): View {
  const [only] = agreements;
  if (agreements.length === 1 && only !== undefined) return cardView(only);
  return tableView(agreements, "no stable agreements", tellingApart);
}
