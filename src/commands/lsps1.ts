/** Channels ordered from an LSP (bLIP-51): what is asked, how to pay for it, and what became of it. */
import { z } from "zod";
import { CodedError, reasonOf } from "../errors.ts";
import { type Lsps1Options, optionsSchema, orderSchema, stateOf, waysToPay } from "../lsps1/messages.ts";
import { readReply } from "../lsps2/reply.ts";
import type { ChannelOrder } from "../stable/ledger.ts";
import { MAX_MSAT, MSAT_PER_SAT, type Sat, sat } from "../stable/units.ts";
import { satAmount, satsOrZero } from "./amounts.ts";
import { flag, required, toggle } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext, LspContact } from "./context.ts";
import { amountField, decimal, hexField, orNull, rfc3339, satsInWords, timeField } from "./fields.ts";
import { integer } from "./kinds.ts";
import { lspName } from "./lsp-quotes.ts";
import { tableView } from "./view.ts";

const PATIENCE_MS = 5_000;
/** About half a year. */
const EXPIRY_BLOCKS = 26_000;

const orderRow = z.strictObject({
  order_id: z.string(),
  lsp: hexField,
  state: z.enum(["expect_payment", "paid", "opened", "refunded", "expired"]),
  lsp_balance_sat: amountField,
  client_balance_sat: amountField,
  channel_expiry_blocks: z.int(),
  fee_sat: amountField,
  total_sat: amountField,
  ways_to_pay: z.array(
    z.strictObject({
      kind: z.enum(["bolt11", "bolt12", "onchain"]),
      pay_to: z.string(),
      fee_sat: amountField,
      total_sat: amountField,
      expires_at: timeField,
    }),
  ),
  funding_outpoint: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
  note: z.string().nullable(),
});

async function lspInUse(ctx: CommandContext): Promise<LspContact> {
  const lsp = await ctx.lsp();
  if (lsp !== undefined) return lsp;
  const remedy = "name one with --lsp NODEID@HOST:PORT";
  throw new CommandError("no_lsp", `No LSP is known to order a channel from; ${remedy}.`);
}

/** What it sells. Asked under a key of no further use, so nobody learns who asked. */
async function optionsOf(ctx: CommandContext, lsp: LspContact): Promise<Lsps1Options> {
  const { nodeId, address } = lsp;
  const who = lspName(ctx, lsp);
  const asked = { nodeId, address, method: "lsps1.get_info", params: {}, timeoutMs: PATIENCE_MS };
  const { requestId, reply } = await ctx.node.askLsp(asked).catch((cause: unknown) => {
    if (!(cause instanceof CodedError)) throw cause;
    const says = `The LSP ${who} does not answer what channels it sells by order (LSPS1): it may sell none`;
    throw new CommandError(cause.code, `${says}; try getjitinvoice, or another LSP with lsps2 use.`, { cause });
  });
  const read = readReply(reply, requestId);
  const options = read.kind === "result" ? optionsSchema.safeParse(read.result) : undefined;
  if (options?.success === true) return options.data;
  const why =
    read.kind === "refused"
      ? `sells no channels by order (LSPS1 error ${read.error.code})`
      : "answers in a form that bLIP-51 does not know";
  throw new CommandError("lsp_protocol", `The LSP ${who} ${why}; try getjitinvoice, or another LSP with lsps2 use.`);
}

/** ldk-node checks the same and tells nobody what was wrong. @throws CommandError `bad_amount` with the bounds */
function checkLimits(o: Lsps1Options, lspSat: Sat, clientSat: Sat, expiry: number): void {
  const limits = [
    ["SATS", lspSat, o.min_initial_lsp_balance_sat, o.max_initial_lsp_balance_sat],
    ["--client", clientSat, o.min_initial_client_balance_sat, o.max_initial_client_balance_sat],
    ["SATS and --client together", lspSat + clientSat, o.min_channel_balance_sat, o.max_channel_balance_sat],
  ] as const;
  for (const [label, value, least, most] of limits) {
    if (value >= least && value <= most) continue;
    const [asked, low, high] = [value, least, most].map((n) => satsInWords(n * MSAT_PER_SAT));
    throw new CommandError("bad_amount", `${label}: ${asked} is not what the LSP sells; ask for ${low} to ${high}.`);
  }
  if (expiry > o.max_channel_expiry_blocks) {
    const most = o.max_channel_expiry_blocks;
    throw new CommandError("bad_argument", `--expiry: the LSP sells ${most} blocks at most; ask for that or less.`);
  }
}

/** What the LSP says of an order, judged; amounts beyond all bitcoin are no order. */
function read(raw: unknown, lsp: string, now: { ms: number; at: number }, before?: ChannelOrder): ChannelOrder {
  const parsed = orderSchema.safeParse(raw);
  const inRange = (n: bigint) => n <= MAX_MSAT / MSAT_PER_SAT;
  if (!parsed.success || !inRange(parsed.data.lsp_balance_sat) || !inRange(parsed.data.client_balance_sat)) {
    const issue = parsed.error?.issues[0];
    const what =
      issue === undefined
        ? "an amount beyond all bitcoin"
        : [issue.path.join("."), issue.message].filter((part) => part !== "").join(" ");
    throw new CommandError("lsp_protocol", `The LSP's order breaks bLIP-51 (${what}); pay nothing for it.`);
  }
  const order = parsed.data;
  return {
    orderId: order.order_id,
    lsp,
    lspBalanceSat: sat(order.lsp_balance_sat),
    clientBalanceSat: sat(order.client_balance_sat),
    channelExpiryBlocks: order.channel_expiry_blocks,
    state: stateOf(order, now.ms),
    waysToPay: waysToPay(order).map(({ kind, to, fee_total_sat, order_total_sat, expires_at }) => ({
      kind,
      to,
      feeSat: decimal(fee_total_sat),
      totalSat: decimal(order_total_sat),
      expiresAt: Math.floor(expires_at.unixMs / 1000),
    })),
    ...(order.channel ? { fundingOutpoint: order.channel.funding_outpoint } : {}),
    createdAt: before?.createdAt ?? now.at,
    updatedAt: now.at,
  };
}

/** Whoever pays an invoice pays what it asks for, whatever stands beside it. @throws CommandError `lsp_protocol` */
async function checkInvoices(ctx: CommandContext, order: ChannelOrder): Promise<ChannelOrder> {
  for (const { kind, to, totalSat } of order.waysToPay) {
    if (kind !== "bolt11") continue;
    const asks = await ctx.node.decodeInvoice(to).then(
      ({ amountMsat }) => (amountMsat === undefined ? "any amount" : satsInWords(amountMsat)),
      () => "nothing this node can read",
    );
    const total = satsInWords(BigInt(totalSat) * MSAT_PER_SAT);
    if (asks === total) continue;
    const what = `its total is ${total}, and its invoice asks for ${asks}`;
    throw new CommandError("lsp_protocol", `The LSP's order breaks bLIP-51 (${what}); pay nothing for it.`);
  }
  return order;
}

const timesOf = (ctx: CommandContext) => ({ ms: ctx.clock.wallMs(), at: ctx.now() });

function row(order: ChannelOrder, note: string | null): z.input<typeof orderRow> {
  const [first] = order.waysToPay;
  return {
    order_id: order.orderId,
    lsp: order.lsp,
    state: order.state,
    lsp_balance_sat: decimal(order.lspBalanceSat),
    client_balance_sat: decimal(order.clientBalanceSat),
    channel_expiry_blocks: order.channelExpiryBlocks,
    fee_sat: first?.feeSat ?? "0",
    total_sat: first?.totalSat ?? "0",
    ways_to_pay: order.waysToPay.map(({ kind, to, feeSat, totalSat, expiresAt }) => ({
      kind,
      pay_to: to,
      fee_sat: feeSat,
      total_sat: totalSat,
      expires_at: rfc3339(expiresAt),
    })),
    funding_outpoint: orNull(order.fundingOutpoint, (outpoint) => outpoint),
    created_at: rfc3339(order.createdAt),
    updated_at: rfc3339(order.updatedAt),
    note,
  };
}

/** An order that is not over is looked up where its LSP is the one in use; what can't be told stays as it was. */
async function refreshed(ctx: CommandContext, order: ChannelOrder): Promise<z.input<typeof orderRow>> {
  if (order.state !== "expect_payment" && order.state !== "paid") return row(order, null);
  const lsp = await ctx.lsp();
  if (lsp?.nodeId !== order.lsp) return row(order, "ordered from another LSP: lsps2 use it to look");
  try {
    const raw = await ctx.node.channelOrder(order.orderId);
    const now = await checkInvoices(ctx, read(raw, order.lsp, timesOf(ctx), order));
    await ctx.store.commit([{ put: "order", order: now }]);
    return row(now, null);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return row(order, `not looked up: ${reasonOf(error)}`);
  }
}

export const lsps1Commands = [
  defineCommand({
    name: "lsps1",
    roles: ["user"],
    summary: "channels ordered from LSPs, newest last, as the LSPs say they stand now",
    notes: ["lsps1 order orders one. It is paid for with payinvoice, payoffer or onchainsend, as ways_to_pay says."],
    arguments: {},
    result: z.strictObject({ orders: z.array(orderRow) }),
    async run(ctx) {
      const orders: z.input<typeof orderRow>[] = [];
      for (const order of await ctx.store.channelOrders()) orders.push(await refreshed(ctx, order));
      return { orders };
    },
    view: ({ orders }) =>
      tableView(orders, "no channel was ordered", [
        "created_at",
        "order_id",
        "state",
        "lsp_balance_sat",
        "client_balance_sat",
        "fee_sat",
        "total_sat",
        "funding_outpoint",
        "note",
      ]),
  }),
  defineCommand({
    name: "lsps1 order",
    roles: ["user"],
    summary: "order a channel from the LSP in use, to be paid for",
    notes: [
      "SATS is what the LSP puts in, --client what you pay and get on your own side. Nothing is paid by this command.",
      "A deposit on chain is refunded to a fresh address of this node where the order fails.",
    ],
    arguments: {
      size: required("SATS", satAmount, "how much the LSP puts in: what can be received"),
      client: flag("--client", "SATS", satsOrZero, "your own share, paid with the order; 0"),
      expiry: flag("--expiry", "BLOCKS", integer(1, 1_000_000), `for how long it is rented; ${EXPIRY_BLOCKS}`),
      announce: toggle("--announce", "tell the network of the channel"),
    },
    result: orderRow,
    async run(ctx, { size, client = sat(0n), expiry, announce }) {
      const lsp = await lspInUse(ctx);
      const options = await optionsOf(ctx, lsp);
      const blocks = expiry ?? Math.min(EXPIRY_BLOCKS, options.max_channel_expiry_blocks);
      checkLimits(options, size, client, blocks);
      const raw = await ctx.node.orderChannel({
        lspBalanceSat: size,
        clientBalanceSat: client,
        channelExpiryBlocks: blocks,
        announceChannel: announce,
      });
      const order = await checkInvoices(ctx, read(raw, lsp.nodeId, timesOf(ctx)));
      await ctx.store.commit([{ put: "order", order }]);
      return row(order, null);
    },
  }),
];
