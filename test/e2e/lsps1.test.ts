/** Channels by order from a scripted LSP that speaks the real messages over the real transport. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { z } from "zod";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { type Lips, type LspRequest, openLsp } from "../lsp-kit/lsp.ts";
import type { TalkingPeer } from "../lsp-kit/peer.ts";
import { options, order } from "../lsps1/samples.ts";
import { openChainControl } from "./chains.ts";
import { type OneRole, openOneRole } from "./one-role.ts";
import { temporaryFolder } from "./program.ts";

const folder = temporaryFolder();
const orderRow = z.looseObject({ order_id: z.string(), state: z.string(), note: z.string().nullable() });
let chain: ChainControl;
let lsp: TalkingPeer;
let user: OneRole;
/** What it says to each method; without a line it says nothing. */
const says = new Map<string, (request: LspRequest, lips: Lips) => void>();
const asked: LspRequest[] = [];
/** By what they ask for. */
const invoices = new Map<string, string>();
let address = "";

async function start(): Promise<void> {
  const settings = { lsp: [{ nodeId: lsp.nodeId, address: lsp.address }] };
  user = await openOneRole("user", chain, folder.path, { settings });
}

const run = (line: string) => user.run(line);

const fromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** The order as it was asked for, as an LSP has to repeat it, of now and with a day to pay it. */
function mirrored({ params }: LspRequest, change: Parameters<typeof order>[0] = {}, rest: object = {}) {
  const { refund_onchain_address: _, ...asked } = params;
  const total = String(8_888n + BigInt(String(params["client_balance_sat"] ?? "10000")));
  const bolt11 = { invoice: invoices.get(total) ?? "", ...change.bolt11 };
  const sample = order({ ...change, bolt11, onchain: { address, ...change.onchain } });
  const dated = { expires_at: fromNow(1), order_total_sat: total };
  const payment = { bolt11: { ...sample.payment.bolt11, ...dated }, onchain: { ...sample.payment.onchain, ...dated } };
  return { ...sample, ...asked, created_at: fromNow(0), payment, ...rest };
}

beforeAll(async () => {
  chain = await openChainControl("embedded");
  lsp = await openLsp((request, lips) => {
    asked.push(request);
    says.get(request.method)?.(request, lips);
  });
  await start();
  for (const total of ["8888", "18888"]) invoices.set(total, String((await run(`getinvoice ${total}`))["invoice"]));
  address = String((await run("getaddress"))["address"]);
}, 60_000);
afterEach(() => {
  says.clear();
  asked.splice(0);
});
afterAll(async () => {
  await user.close();
  await lsp.close();
  await chain.close();
  folder.remove();
});

const info = () => says.set("lsps1.get_info", (_, lips) => lips.result(options));
const orders = async () => z.object({ orders: z.array(orderRow) }).parse(await run("lsps1")).orders;
const failure = (line: string) =>
  run(line).then(
    () => ({}),
    (error: unknown) => error,
  );

test("an LSP that sells nothing by order", async () => {
  says.set("lsps1.get_info", (_, lips) => lips.error(-32_601));
  const message = expect.stringMatching(/sells no channels by order .*; try getjitinvoice, or another LSP/);
  expect(await failure("lsps1 order 500000")).toMatchObject({ code: "lsp_protocol", message });
});

test("beyond its limits, before anything is ordered", async () => {
  info();
  const least = expect.stringMatching(/SATS: 1,000 sat is not what the LSP sells; ask for 20,000 sat to 100,000,000/);
  expect(await failure("lsps1 order 1000")).toMatchObject({ code: "bad_amount", message: least });
  expect(await failure("lsps1 order 500000 --expiry 20161")).toMatchObject({ code: "bad_argument" });
  expect(asked.map(({ method }) => method)).not.toContain("lsps1.create_order");
});

test("an order: every way to pay, kept over a restart, until the channel is there", async () => {
  info();
  says.set("lsps1.create_order", (request, lips) => lips.result(mirrored(request)));
  const made = await run("lsps1 order 500000 --client 10000 --expiry 12960");
  expect(made).toMatchObject({
    state: "expect_payment",
    lsp_balance_sat: "500000",
    client_balance_sat: "10000",
    fee_sat: "8888",
    total_sat: "18888",
    ways_to_pay: [{ kind: "bolt11", pay_to: invoices.get("18888") }, { kind: "onchain" }],
  });
  const sent = asked.find(({ method }) => method === "lsps1.create_order")?.params;
  expect(sent).toMatchObject({ lsp_balance_sat: "500000", channel_expiry_blocks: 12_960, announce_channel: false });
  expect(String(sent?.["refund_onchain_address"])).toStartWith("bcrt1");

  const { order_id: _, ...same } = order();
  const stand = (change: Parameters<typeof order>[0], rest: object = {}) =>
    says.set("lsps1.get_order", (request, lips) =>
      lips.result(mirrored({ ...request, params: { ...request.params, client_balance_sat: "10000" } }, change, rest)),
    );
  stand({ bolt11: { state: "PAID" } });
  expect(await orders()).toMatchObject([{ order_id: made["order_id"], state: "paid", note: null }]);
  await user.close();
  await start();
  const opened = {
    funded_at: same.created_at,
    funding_outpoint: `${"ab".repeat(32)}:1`,
    expires_at: fromNow(365),
  };
  stand({ bolt11: { state: "PAID" } }, { channel: opened });
  const done = { state: "opened", funding_outpoint: opened.funding_outpoint };
  expect(await orders()).toMatchObject([done]);
  // It is over: the LSP is not asked again.
  says.clear();
  asked.splice(0);
  expect(await orders()).toMatchObject([done]);
  expect(asked).toEqual([]);
}, 60_000);

test("one that is refunded, and one in a state LDK can't read", async () => {
  info();
  const id = "refund-me";
  says.set("lsps1.create_order", (request, lips) => lips.result(mirrored(request, {}, { order_id: id })));
  await run("lsps1 order 500000 --expiry 12960");
  const stand = (state: string) =>
    says.set("lsps1.get_order", (request, lips) => {
      const params = { ...request.params, client_balance_sat: "0" };
      lips.result(mirrored({ ...request, params }, { bolt11: { state }, onchain: { state } }));
    });
  const mine = async () => (await orders()).find(({ order_id }) => order_id === id);
  stand("HOLD");
  expect(await mine()).toMatchObject({ state: "expect_payment", note: expect.stringMatching(/^not looked up: /) });
  stand("REFUNDED");
  expect(await mine()).toMatchObject({ state: "refunded", note: null });
}, 60_000);

test("an LSP that lies about the sum, or orders something else", async () => {
  info();
  says.set("lsps1.create_order", (request, lips) => {
    const made = mirrored(request, {}, { order_id: "lie" });
    made.payment.bolt11.order_total_sat = "99999";
    lips.result(made);
  });
  const broken = expect.stringMatching(/order breaks bLIP-51 \(order_total_sat .*\); pay nothing for it/);
  expect(await failure("lsps1 order 500000")).toMatchObject({ code: "lsp_protocol", message: broken });
  const dear = { bolt11: { invoice: invoices.get("18888") ?? "" } };
  says.set("lsps1.create_order", (request, lips) => lips.result(mirrored(request, dear, { order_id: "lie" })));
  const dearer = expect.stringMatching(/its total is 8,888 sat, and its invoice asks for 18,888 sat\); pay nothing/);
  expect(await failure("lsps1 order 500000")).toMatchObject({ code: "lsp_protocol", message: dearer });
  says.set("lsps1.create_order", (request, lips) => lips.result({ ...mirrored(request), lsp_balance_sat: "500001" }));
  expect(await failure("lsps1 order 500000")).toHaveProperty("code");
  expect((await orders()).map(({ order_id }) => order_id)).not.toContain("lie");
}, 60_000);
