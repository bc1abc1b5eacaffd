/** Taking up an ended agreement again after its channels are closed: one wish, carried out step by step. */
import { z } from "zod";
import type { CarryStep } from "../stable/carry-over.ts";
import { satAmount } from "./amounts.ts";
import { optional, required, toggle } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CarryOverView } from "./context.ts";
import { hexField, satsInWords, usd, usdField } from "./fields.ts";
import { agreementReference } from "./kinds.ts";
import { findEnded } from "./references.ts";

const sats = (amountSat: bigint): string => satsInWords(amountSat * 1000n);

function refused({ refusal, counterMicro }: CarryOverView): string {
  if (refusal === undefined) return "";
  const instead = counterMicro === undefined ? "" : `; it would take $${usd(counterMicro)}, with --accept-less`;
  return ` (the last answer was ${refusal}${instead})`;
}

type Words = { [S in CarryStep["step"]]: (step: Extract<CarryStep, { step: S }>, view: CarryOverView) => string };

/** What each step says to a person: what it waits for, and what would help where nothing comes by itself. */
const words: Words = {
  answer: ({ thin }) =>
    thin ? "the channel is there; the provider is asked for its stake" : "proposed; waits for the peer's answer",
  confirm: ({ confirmations, required }) =>
    `the new channel confirms: ${confirmations} of ${required || "a few"} blocks`,
  price: ({ reason }) => `waits for a price: ${reason}`,
  sweep: ({ amountSat, untilHeight }) => {
    const until = untilHeight === undefined ? "" : `, until block ${untilHeight} at the latest`;
    return `${sats(amountSat)} of the old channel is on its way back on chain${until}`;
  },
  funds: ({ neededSat, spendableSat }, { side }) => {
    const remedy =
      side === "receiver" ? "send the rest to getaddress, or say --accept-less" : "send the rest to getaddress";
    return `needs ${sats(neededSat)} on chain with fees and has ${sats(spendableSat)}: ${remedy}`;
  },
  small: ({ mostMicro }) =>
    `the channel that is there holds $${usd(mostMicro)} at most: say --accept-less, or pay more into it`,
  connect: () => "waits for the peer to be connected",
  open: ({ amountSat }, view) => `opens a channel of ${sats(amountSat)}${refused(view)}`,
  propose: ({ thin }, view) =>
    thin ? `the channel is there; waits for the provider's stake${refused(view)}` : `proposes it anew${refused(view)}`,
  receiver: ({ ready }) =>
    ready
      ? "our stake is there; waits for the receiver's proposal"
      : "waits for the receiver's channel to hold the backing",
};

function stepWords<S extends CarryStep["step"]>(step: Extract<CarryStep, { step: S }>, view: CarryOverView): string {
  const say: Words[S] = words[step.step];
  return say(step, view);
}

/** One sentence: where it stands, or how it ended. */
export function carryOverWords(view: CarryOverView): { step: string; detail: string } {
  const { outcome, step } = view;
  if (outcome?.kind === "done") return { step: "done", detail: `goes on as ${outcome.agreementId.slice(0, 8)}…` };
  if (outcome?.kind === "cancelled") return { step: "cancelled", detail: "called off" };
  if (outcome?.kind === "failed") return { step: "failed", detail: `${outcome.reason}; say reopen to begin again` };
  if (step === undefined) return { step: "waiting", detail: "is about to be looked at" };
  return { step: step.step, detail: stepWords(step, view) };
}

export const carryOverField = z.strictObject({ step: z.string(), detail: z.string() }).nullable();

export const carryOverCommands = [
  defineCommand({
    name: "reopen",
    roles: ["user", "lsp"],
    summary: "take an ended agreement up again: sweep, new channel, same target",
    notes: [
      "It goes on by itself, over restarts too; stable shows each step. Its receiver opens a channel from the coins that",
      "came back, SATS or as large as before; then the provider brings its stake by another, and the target is proposed anew.",
      "Nothing on chain is spent but for that one channel. --cancel stops it; what was opened by then stays open.",
      "A provider says it to bring its stake by hand, SATS or as much as the backing.",
    ],
    money: true,
    arguments: {
      agreement: required("AGREEMENT", agreementReference, "the one that ended"),
      amount: optional("SATS", satAmount, "how large our channel is to be"),
      acceptLess: toggle("--accept-less", "a smaller target will do where the old one can't be held"),
      cancel: toggle("--cancel", "call it off"),
    },
    result: z.strictObject({
      agreement_id: hexField,
      target_usd: usdField,
      step: z.string(),
      detail: z.string(),
      new_agreement_id: hexField.nullable(),
    }),
    async run({ stable }, { agreement, amount, acceptLess, cancel }) {
      const { id } = findEnded(await stable.list(), agreement).agreement;
      if (cancel && (amount !== undefined || acceptLess)) {
        throw new CommandError("unexpected_argument", "--cancel goes with nothing but the agreement.");
      }
      const request = { acceptLess, ...(amount === undefined ? {} : { sizeSat: amount }) };
      const view = cancel ? await stable.cancelCarryOver(id) : await stable.carryOver(id, request);
      return {
        agreement_id: id,
        target_usd: usd(view.targetMicro),
        ...carryOverWords(view),
        new_agreement_id: view.outcome?.kind === "done" ? view.outcome.agreementId : null,
      };
    },
  }),
];
