/** Stable agreements: dollars inside channels. */
import { z } from "zod";
import { dollarAmount, msatOrZero } from "./amounts.ts";
import { flag, optional, required, toggle } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { amountField, decimal, hexField } from "./fields.ts";
import { agreementReference, channelReference, filePath, yesOrNo } from "./kinds.ts";
import { findAgreement, findChannel } from "./references.ts";
import { agreementRow, agreementsView, opened, openedResult, row } from "./stable-rows.ts";

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
      acceptCounter: toggle("--accept-counter", "propose at once what the peer would accept instead"),
    },
    result: opened,
    async run({ node, stable }, { channel, receiver, dollars, native, acceptCounter }) {
      const view = await stable.start({
        channel: findChannel(await node.channels(), channel),
        side: receiver ? "receiver" : "provider",
        targetMicro: dollars,
        keepNativeMsat: native,
        acceptCounter,
      });
      return openedResult(view);
    },
  }),
  defineCommand({
    name: "stable",
    roles: everyRole,
    summary: "the stable agreements and where they stand at the present price",
    notes: [
      "Drift is positive where the receiver holds too much. Live ones come first, then the last ended ones.",
      "--evidence writes what proves the book to anyone: both signatures of every rev, all settlements, the audit chain.",
      "peer-stables verify FILE checks it, without a node.",
    ],
    arguments: {
      agreement: optional("AGREEMENT", agreementReference, "left out, all of them"),
      evidence: flag("--evidence", "FILE", filePath, "write this agreement's evidence to a file that is not there yet"),
    },
    result: z.strictObject({
      agreements: z.array(row),
      evidence: z.strictObject({ file: z.string(), sha256: hexField }).exactOptional(),
    }),
    async run({ stable, saveEvidence }, { agreement, evidence }) {
      const views = await stable.list();
      if (evidence === undefined) {
        const wanted = agreement === undefined ? views : [findAgreement(views, agreement)];
        return { agreements: wanted.map(agreementRow) };
      }
      if (agreement === undefined) {
        throw new CommandError("missing_argument", "--evidence is of one agreement; name it before the flag.");
      }
      const view = findAgreement(views, agreement);
      return { agreements: [agreementRow(view)], evidence: await saveEvidence(view.agreement.id, evidence) };
    },
    view: ({ agreements, evidence }) => {
      const shown = agreementsView(agreements);
      if (evidence === undefined) return shown;
      const said = `evidence in ${evidence.file}, sha256 ${evidence.sha256}`;
      return { kind: "stack", views: [shown, { kind: "lines", lines: [said] }] };
    },
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
