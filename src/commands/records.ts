/** What happened: payments, peers, forwards. */
import { z } from "zod";
import { defaulting, flag } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import { amountField, decimal, hexField, orNull, rfc3339, timeField } from "./fields.ts";
import { choice, integer } from "./kinds.ts";
import { tableView } from "./view.ts";

const direction = choice("in or out", { in: "inbound" as const, out: "outbound" as const });
const status = choice("pending, succeeded or failed", {
  pending: "pending" as const,
  succeeded: "succeeded" as const,
  failed: "failed" as const,
});

/** How many lines of a list, the newest. */
export function limit(fallback: string) {
  return defaulting("LIMIT", integer(1, 10_000), fallback, "how many, the newest");
}

const paymentColumns = ["updated_at", "payment_id", "kind", "direction", "status", "amount_msat", "fee_paid_msat"];
/** Side by side where a channel was opened by a payment. */
const openingColumns = ["agreed_fee_msat", "skimmed_fee_msat"];

export const recordCommands = [
  defineCommand({
    name: "payments",
    roles: everyRole,
    summary: "payments in and out, newest last",
    arguments: {
      limit: limit("20"),
      direction: flag("--direction", "in|out", direction, "only these"),
      status: flag("--status", "STATUS", status, "only these"),
    },
    result: z.strictObject({
      payments: z.array(
        z.strictObject({
          payment_id: hexField,
          kind: z.string(),
          direction: z.string(),
          status: z.string(),
          amount_msat: amountField.nullable(),
          fee_paid_msat: amountField.nullable(),
          /** What the LSP took for opening a channel, and what was agreed with it. */
          skimmed_fee_msat: amountField.nullable(),
          agreed_fee_msat: amountField.nullable(),
          payment_hash: hexField.nullable(),
          txid: hexField.nullable(),
          updated_at: timeField,
        }),
      ),
    }),
    async run({ node }, args) {
      const wanted = (await node.payments()).filter(
        (p) => (args.direction ?? p.direction) === p.direction && (args.status ?? p.status) === p.status,
      );
      const newest = wanted.toSorted((a, b) => a.updatedAt - b.updatedAt).slice(-args.limit);
      return {
        payments: newest.map((p) => ({
          payment_id: p.paymentId,
          kind: p.kind,
          direction: p.direction,
          status: p.status,
          amount_msat: orNull(p.amountMsat, decimal),
          fee_paid_msat: orNull(p.feePaidMsat, decimal),
          skimmed_fee_msat: orNull(p.skimmedFeeMsat, decimal),
          agreed_fee_msat: orNull(p.maxOpeningFeeMsat, decimal),
          payment_hash: orNull(p.paymentHash, (hash) => hash),
          txid: orNull(p.txid, (id) => id),
          updated_at: rfc3339(p.updatedAt),
        })),
      };
    },
    view: ({ payments }) => {
      const jit = payments.some(({ agreed_fee_msat }) => agreed_fee_msat !== null);
      return tableView(payments, "no payments", jit ? [...paymentColumns, ...openingColumns] : paymentColumns);
    },
  }),
  defineCommand({
    name: "peers",
    roles: everyRole,
    summary: "known peers and whether they are connected",
    arguments: {},
    result: z.strictObject({
      peers: z.array(
        z.strictObject({
          node_id: hexField,
          alias: z.string().nullable(),
          address: z.string(),
          connected: z.boolean(),
          persisted: z.boolean(),
        }),
      ),
    }),
    async run(ctx) {
      const peers = await ctx.node.peers();
      return {
        peers: peers.map((p) => ({
          node_id: p.nodeId,
          alias: orNull(ctx.aliasOf(p.nodeId), (name) => name),
          address: p.address,
          connected: p.connected,
          persisted: p.persisted,
        })),
      };
    },
  }),
  defineCommand({
    name: "forwards",
    roles: everyRole,
    summary: "payments this node passed on, newest last",
    arguments: { limit: limit("20") },
    result: z.strictObject({
      forwards: z.array(
        z.strictObject({
          at: timeField,
          from: z.string(),
          to: z.string(),
          forwarded_msat: amountField.nullable(),
          fee_earned_msat: amountField.nullable(),
          skimmed_fee_msat: amountField.nullable(),
        }),
      ),
    }),
    async run(ctx, args) {
      const forwards = await ctx.store.forwards(args.limit);
      return {
        forwards: forwards.map((f) => ({
          at: rfc3339(f.at),
          from: f.prevNodeId ?? f.prevChannelId,
          to: f.nextNodeId ?? f.nextChannelId,
          forwarded_msat: orNull(f.forwardedMsat, decimal),
          fee_earned_msat: orNull(f.feeEarnedMsat, decimal),
          skimmed_fee_msat: orNull(f.skimmedFeeMsat, decimal),
        })),
      };
    },
  }),
];
