/** The LSPs a user can get channels from: which there are, what each asks, and which one is in use (bLIP-52). */
import { z } from "zod";
import { msatAmount } from "./amounts.ts";
import { defaulting, required } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext, LspContact } from "./context.ts";
import { decimal, hexField, orNull, rfc3339, timeField } from "./fields.ts";
import { unpaidAt } from "./jit-unpaid.ts";
import { type LspReference, lspReference } from "./kinds.ts";
import { knownLsps, lspName, quoteLsp } from "./lsp-quotes.ts";
import { quoteResult, quoteRows, quoteView } from "./quote-view.ts";
import { tableView } from "./view.ts";

/** One that is known, by the beginning of its id or by name; or any, by its full address. */
async function lspBy(ctx: CommandContext, reference: LspReference): Promise<Pick<LspContact, "nodeId" | "address">> {
  if (reference.kind === "address") return reference;
  const all = await knownLsps(ctx);
  const { text } = reference;
  const found = all.filter((lsp) => lsp.nodeId.startsWith(text) || ctx.aliasOf(lsp.nodeId) === text);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const names = (found.length === 0 ? all : found).map((lsp) => lspName(ctx, lsp)).join(", ");
  const why = found.length === 0 ? `No known LSP is called ${text}; there are` : `${text} fits more than one LSP:`;
  throw new CommandError("bad_argument", `${why} ${names}. Any other by NODEID@HOST:PORT.`);
}

export const lsps2Commands = [
  defineCommand({
    name: "lsps2",
    roles: ["user"],
    summary: "the LSPs that can open channels, and the one in use",
    notes: ["lsps2 quote compares them, lsps2 use takes another."],
    arguments: {},
    result: z.strictObject({
      lsps: z.array(
        z.strictObject({
          lsp: hexField,
          alias: z.string().nullable(),
          address: z.string(),
          in_use: z.boolean(),
          connected: z.boolean(),
          token: z.boolean(),
          unpaid: z.int(),
          next_free_at: timeField.nullable(),
        }),
      ),
    }),
    async run(ctx) {
      const [all, used, peers, records] = await Promise.all([
        knownLsps(ctx),
        ctx.lsp(),
        ctx.node.peers(),
        ctx.store.jitInvoices(),
      ]);
      return {
        lsps: all.map((lsp) => {
          const unpaid = unpaidAt(records, lsp.nodeId, ctx.now());
          return {
            lsp: lsp.nodeId,
            alias: orNull(ctx.aliasOf(lsp.nodeId), (name) => name),
            address: lsp.address,
            in_use: lsp.nodeId === used?.nodeId,
            connected: peers.some((peer) => peer.nodeId === lsp.nodeId && peer.connected),
            token: lsp.token !== undefined,
            unpaid: unpaid.count,
            next_free_at: orNull(unpaid.nextFreeAt, rfc3339),
          };
        }),
      };
    },
    view: ({ lsps }) => tableView(lsps, "no LSPs"),
  }),
  defineCommand({
    name: "lsps2 quote",
    roles: ["user"],
    summary: "what each known LSP asks for opening a channel with a payment",
    notes: [
      "Asks all of them at once, under keys of no further use: nothing is bought, and nobody learns who asked.",
      "Where an answer breaks bLIP-50 or bLIP-52 the rule is named; docs/lsps2.md has them all.",
    ],
    arguments: { amount: defaulting("SATS", msatAmount, "50000", "the payment that opens the channel") },
    result: quoteResult,
    async run(ctx, { amount }) {
      const [all, used] = await Promise.all([knownLsps(ctx), ctx.lsp()]);
      const quotes = await Promise.all(all.map((lsp) => quoteLsp(ctx, lsp, amount)));
      const fees = quotes.flatMap(({ best }) => best ?? []);
      const least = fees.reduce<bigint | undefined>(
        (low, { feeMsat }) => (low === undefined || feeMsat < low ? feeMsat : low),
        undefined,
      );
      const winner = quotes.find(({ best }) => best !== undefined && best.feeMsat === least);
      return {
        amount_msat: decimal(amount),
        opening_fee_msat: orNull(least, decimal),
        cheapest: orNull(winner?.lsp.nodeId, (id) => id),
        ...quoteRows(ctx, quotes, { amount, used: used?.nodeId, winner, nowMs: ctx.clock.wallMs() }),
      };
    },
    view: quoteView,
  }),
  defineCommand({
    name: "lsps2 use",
    roles: ["user"],
    summary: "get channels from this LSP from now on",
    notes: [
      "The node starts anew for it, in well under a second; channels and invoices with the others stay as they are.",
      "The choice outlives a restart. An LSP's token comes from the setting lsp-token.",
    ],
    arguments: { lsp: required("LSP", lspReference, "the beginning of its id, its name, or its address") },
    result: z.strictObject({ lsp: hexField, address: z.string(), before: hexField.nullable() }),
    async run(ctx, { lsp }) {
      const before = await ctx.lsp();
      const { nodeId, address } = await lspBy(ctx, lsp);
      if (nodeId !== before?.nodeId || address !== before.address) await ctx.chooseLsp({ nodeId, address });
      return { lsp: nodeId, address, before: orNull(before?.nodeId, (id) => id) };
    },
  }),
];
