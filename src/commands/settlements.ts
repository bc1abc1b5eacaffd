/** The settlements of the stable agreements, and the word of a person on one whose outcome nobody can tell. */
import { z } from "zod";
import type { Settlement } from "../stable/agreement.ts";
import { optional, required } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { amountField, decimal, hexField, orNull, rfc3339, timeField, usd, usdField } from "./fields.ts";
import { agreementReference, choice, settlementReference } from "./kinds.ts";
import { limit } from "./records.ts";
import { findAgreement } from "./references.ts";
import { tableView } from "./view.ts";

const row = z.strictObject({
  payment_id: hexField,
  agreement_id: hexField,
  direction: z.enum(["sent", "received"]),
  seq: z.int(),
  amount_msat: amountField,
  price_usd: usdField,
  status: z.string(),
  /** Of one without an outcome: what the node's record of the payment says, or that there is none. */
  node_record: z.string().nullable(),
  flag: z.string().nullable(),
  created_at: timeField,
  resolved_at: timeField.nullable(),
});

const isOpen = ({ direction, status }: Settlement): boolean =>
  direction === "sent" && status !== "succeeded" && status !== "failed";

async function rowOf({ node }: CommandContext, s: Settlement): Promise<z.input<typeof row>> {
  const record = isOpen(s) ? ((await node.payment(s.paymentId))?.status ?? "none") : null;
  return {
    payment_id: s.paymentId,
    agreement_id: s.agreementId,
    direction: s.direction,
    seq: s.seq,
    amount_msat: decimal(s.amountMsat),
    price_usd: usd(s.price),
    status: s.status,
    node_record: record,
    flag: orNull(s.flag, (text) => text),
    created_at: rfc3339(s.createdAt),
    resolved_at: orNull(s.resolvedAt, rfc3339),
  };
}

/** Oldest first. */
async function all({ stable }: CommandContext, agreement: string | undefined): Promise<Settlement[]> {
  const views = await stable.list();
  const wanted = agreement === undefined ? views : [findAgreement(views, agreement)];
  const lists = await Promise.all(wanted.map((view) => stable.settlements(view.agreement.id)));
  return lists.flat().toSorted((a, b) => a.createdAt - b.createdAt);
}

async function findOpen(ctx: CommandContext, reference: string): Promise<string> {
  const ours = (await all(ctx, undefined)).filter(({ direction }) => direction === "sent");
  const open = ours.filter(isOpen);
  const fits = reference === "last" ? open : ours.filter(({ paymentId }) => paymentId.startsWith(reference));
  const [only, ...more] = fits;
  if (only === undefined) {
    const none =
      open.length === 0 ? "every one of ours has an outcome" : `open is ${open.map((s) => s.paymentId).join(", ")}`;
    throw new CommandError("unknown_settlement", `No settlement fits ${reference}; ${none}.`);
  }
  if (more.length > 0) {
    throw new CommandError(
      "ambiguous_settlement",
      `${reference} fits ${fits.length} settlements; give more digits of one.`,
    );
  }
  return only.paymentId;
}

const columns = ["created_at", "payment_id", "direction", "seq", "amount_msat", "price_usd", "status", "node_record"];

export const settlementCommands = [
  defineCommand({
    name: "settlements",
    roles: ["user", "lsp"],
    summary: "the settlements of the stable agreements, newest last",
    notes: ["One that stays intent or unknown holds its agreement: node_record is what the node says of it."],
    arguments: {
      agreement: optional("AGREEMENT", agreementReference, "left out, those of all"),
      limit: limit("20"),
    },
    result: z.strictObject({ settlements: z.array(row) }),
    async run(ctx, { agreement, limit: most }) {
      const newest = (await all(ctx, agreement)).slice(-most);
      return { settlements: await Promise.all(newest.map((s) => rowOf(ctx, s))) };
    },
    view: ({ settlements }) => tableView(settlements, "no settlements", columns),
  }),
  defineCommand({
    name: "resolve",
    roles: ["user", "lsp"],
    summary: "say how a settlement ended whose outcome nobody can tell",
    notes: [
      "paid: our counter and the book move by its amount. failed: nothing was paid, and what is due is paid anew.",
      "Refused while the node knows, or may yet tell. The peer's next sync shows whether it was right: said paid of one",
      "it never had, the books differ and the agreement freezes; said failed of one it had, it is counted after all.",
    ],
    money: true,
    arguments: {
      settlement: required("SETTLEMENT", settlementReference, "which one; settlements lists them"),
      outcome: required(
        "paid|failed",
        choice("paid or failed", { paid: "paid", failed: "failed" } as const),
        "how it ended",
      ),
    },
    result: row,
    async run(ctx, { settlement, outcome }) {
      return rowOf(ctx, await ctx.stable.resolve(await findOpen(ctx, settlement), outcome));
    },
  }),
];
