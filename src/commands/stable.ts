/** Stable agreements: dollars inside channels. */
import { z } from "zod";
import { dollarAmount, msatOrZero } from "./amounts.ts";
import { optional, required } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import type { AgreementView } from "./context.ts";
import { amountField, bpsField, decimal, hexField, orNull, rfc3339, timeField, usd, usdField } from "./fields.ts";
import { agreementReference, channelReference, yesOrNo } from "./kinds.ts";
import { findAgreement, findChannel } from "./references.ts";
import { cardView, type JsonObject, tableView, type View } from "./view.ts";

const opened = z.strictObject({
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

const row = z.strictObject({
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
  covered_to_usd: usdField.nullable(),
  covered_drop_bps: bpsField.nullable(),
  settlements: z.int(),
  paid_msat: amountField,
  received_msat: amountField,
  last_settlement_at: timeField.nullable(),
  reason: z.string().nullable(),
});

function openedResult(view: AgreementView): z.input<typeof opened> {
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

function agreementRow(view: AgreementView): z.input<typeof row> {
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
    covered_to_usd: orNull(view.coveredTo, usd),
    covered_drop_bps: orNull(view.coveredDropBps, Number),
    settlements: view.settlements,
    paid_msat: decimal(view.paidMsat),
    received_msat: decimal(view.receivedMsat),
    last_settlement_at: orNull(view.lastSettlementAt, rfc3339),
    reason: orNull(a.reason, (text) => text),
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
function agreementsView(agreements: readonly JsonObject[]): View {
  const [only] = agreements;
  if (agreements.length === 1 && only !== undefined) return cardView(only);
  return tableView(agreements, "no stable agreements", tellingApart);
}

export const stableCommands = [
  defineCommand({
    name: "startstablechannel",
    roles: ["user", "lsp"],
    summary: "agree with a channel's peer on a dollar value",
    notes: [
      "IS_STABLE_RECEIVER is true for the side that wants the dollars, false for the one that takes the exposure.",
      "BTC is what the receiver wants to keep outside the peg, 0 saying nothing about it; what is left stays native.",
      "Nothing above the dollar target is ever paid away.",
    ],
    money: true,
    arguments: {
      channel: required("CHANNEL", channelReference, "a channel with the peer"),
      receiver: required("IS_STABLE_RECEIVER", yesOrNo, "whether we hold the dollars"),
      dollars: required("USD", dollarAmount, "the value to hold"),
      native: required("BTC", msatOrZero, "bitcoin that must stay outside the peg"),
    },
    result: opened,
    async run({ node, stable }, { channel, receiver, dollars, native }) {
      const view = await stable.start({
        channel: findChannel(await node.channels(), channel),
        side: receiver ? "receiver" : "provider",
        targetMicro: dollars,
        keepNativeMsat: native,
      });
      return openedResult(view);
    },
  }),
  defineCommand({
    name: "stable",
    roles: everyRole,
    summary: "the stable agreements and where they stand at the present price",
    notes: ["Drift is positive where the receiver holds too much. Live ones come first, then the last ended ones."],
    arguments: { agreement: optional("AGREEMENT", agreementReference, "left out, all of them") },
    result: z.strictObject({ agreements: z.array(row) }),
    async run({ stable }, { agreement }) {
      const views = await stable.list();
      const wanted = agreement === undefined ? views : [findAgreement(views, agreement)];
      return { agreements: wanted.map(agreementRow) };
    },
    view: ({ agreements }) => agreementsView(agreements),
  }),
  defineCommand({
    name: "checkstability",
    roles: ["user", "lsp"],
    summary: "look at a position now and pay what is due from us",
    money: true,
    arguments: { agreement: optional("AGREEMENT", agreementReference, "left out, the only live one") },
    result: z.strictObject({
      agreement_id: hexField,
      action: z.enum(["none", "pay", "await", "partial", "hold"]),
      due_msat: amountField,
      reason: z.string(),
    }),
    async run({ stable }, { agreement }) {
      const { id, status } = findAgreement(await stable.list(), agreement).agreement;
      const check = (await stable.check(id)).find((c) => c.agreementId === id);
      return {
        agreement_id: id,
        action: check?.action ?? "none",
        due_msat: decimal(check?.dueMsat ?? 0n),
        reason: check?.reason ?? `the agreement is ${status}`,
      };
    },
  }),
  defineCommand({
    name: "stopstable",
    roles: ["user", "lsp"],
    summary: "settle what is due and end an agreement",
    money: true,
    arguments: { agreement: required("AGREEMENT", agreementReference, "which one") },
    result: z.strictObject({ agreement_id: hexField, settled_msat: amountField, status: z.string() }),
    async run({ stable }, { agreement }) {
      const { id } = findAgreement(await stable.list(), agreement).agreement;
      const { settledMsat, view } = await stable.stop(id);
      return { agreement_id: id, settled_msat: decimal(settledMsat), status: view.agreement.status };
    },
  }),
];
