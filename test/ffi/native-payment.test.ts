/** Payments through the node port over the real library: every reply and event of the way is parsed on it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Node, NodeEvent } from "../../src/node/port.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { untilBroadcast } from "../e2e/chains.ts";
import { jitTerms, type NativeWorld, nativeWorld, until } from "./native-world.ts";

let world: NativeWorld;
let exchange: Node;
let lsp: Node;
let user: Node;
let lspId: string;
let lspAddress: string;

/** Reads and acknowledges events until one of this kind comes. */
async function eventOf<K extends NodeEvent["kind"]>(node: Node, kind: K): Promise<Extract<NodeEvent, { kind: K }>> {
  const isWanted = (event: NodeEvent): event is Extract<NodeEvent, { kind: K }> => event.kind === kind;
  for await (const { event, acknowledge } of node.events()) {
    await acknowledge();
    if (isWanted(event)) return event;
  }
  throw new Error(`the events ended before ${kind}`);
}

beforeAll(async () => {
  world = await nativeWorld();
  lsp = await world.open("lsp", { lsps2Service: jitTerms });
  lspId = (await lsp.start()).nodeId;
  lspAddress = (await world.configFor("lsp")).listen?.[0] ?? "";
  exchange = await world.open("exchange");
  await exchange.start();
  user = await world.open("user", {
    lsps2Client: { nodeId: lspId, address: lspAddress },
    trustedPeers0conf: [lspId],
  });
  await user.start();
  for (const node of [exchange, lsp]) await world.chain.fund(await node.newAddress(), sat(10_000_000n));
  await Promise.all([exchange.sync(), lsp.sync()]);
  await exchange.openChannel({
    nodeId: lspId,
    address: lspAddress,
    amountSat: sat(2_000_000n),
    pushMsat: msat(500_000_000n),
    announced: true,
  });
  await eventOf(exchange, "channel_pending");
  await untilBroadcast(world.chain);
  await world.chain.mine(6);
  await Promise.all([exchange.sync(), lsp.sync()]);
  await until(exchange, async () => (await exchange.channels()).some((channel) => channel.usable));
}, 60_000);
afterAll(() => world.close(), 60_000);

test("an invoice is made, read and paid", async () => {
  const made = await lsp.createInvoice({ amountMsat: msat(25_000n), description: "coffee \u2615", expirySeconds: 600 });
  const { hintNodeIds: _, ...read } = await exchange.decodeInvoice(made.invoice);
  expect(made).toMatchObject(read);
  expect(read).toMatchObject({ amountMsat: 25_000n, description: "coffee \u2615", payee: lspId, network: "regtest" });
  expect(read.expiresAt - read.createdAt).toBe(600);
  const { paymentId } = await exchange.payInvoice(made.invoice);
  expect(await eventOf(exchange, "payment_successful")).toMatchObject({ paymentId, paymentHash: made.paymentHash });
  expect(await eventOf(lsp, "payment_received")).toMatchObject({ paymentHash: made.paymentHash, amountMsat: 25_000n });
  expect(await exchange.payment(paymentId)).toMatchObject({
    kind: "bolt11",
    direction: "outbound",
    status: "succeeded",
    amountMsat: 25_000n,
  });
  await expect(exchange.payInvoice(made.invoice)).rejects.toMatchObject({ code: "already_paid" });
  await expect(exchange.decodeInvoice("lnbcrt1junk")).rejects.toMatchObject({ code: "invalid_invoice" });
}, 30_000);

test("a keysend carries its records, and its id is the hash of its preimage", async () => {
  const preimage = "5a".repeat(32);
  const records = [{ type: 5_482_373_485n, value: "00ff10" }];
  const { paymentId } = await exchange.keysend({ nodeId: lspId, amountMsat: msat(7_001n), preimage, records });
  expect(paymentId).toBe(Bun.SHA256.hash(Buffer.from(preimage, "hex"), "hex"));
  const received = await eventOf(lsp, "payment_received");
  expect(received).toMatchObject({ amountMsat: 7_001n, paymentHash: paymentId });
  expect(received.records).toContainEqual({ type: 5_482_373_485n, value: "00ff10" });
  expect(await eventOf(exchange, "payment_successful")).toMatchObject({ paymentId, preimage });
  expect((await lsp.payments()).map(({ kind }) => kind)).toContain("spontaneous");
}, 30_000);

test("offered again, LDK alone says whether it knows a payment", async () => {
  const keysend = { nodeId: lspId, amountMsat: msat(7_002n), preimage: "5b".repeat(32), records: [] };
  const again = { ...keysend, again: true as const };
  const { paymentId } = await exchange.keysend(keysend);
  await expect(exchange.keysend(again)).rejects.toMatchObject({ code: "already_paid" });
  expect((await exchange.payments()).filter((payment) => payment.paymentId === paymentId)).toHaveLength(1);
  expect(await eventOf(exchange, "payment_successful")).toMatchObject({ paymentId });
  expect(await exchange.payment(paymentId)).toMatchObject({ status: "succeeded", amountMsat: 7_002n });
  await expect(exchange.keysend(again)).rejects.toMatchObject({ code: "already_paid" });
  // What can't be sent now may have left in an earlier run: no record says that it failed.
  const lost = { ...again, preimage: "5c".repeat(32), amountMsat: msat(9_000_000_000n) };
  await expect(exchange.keysend(lost)).rejects.toThrow();
  const lostId = Bun.SHA256.hash(Buffer.from(lost.preimage, "hex"), "hex");
  expect(await exchange.payment(lostId)).toBeUndefined();
  // One that LDK does not know leaves now.
  const { paymentId: late } = await exchange.keysend({ ...lost, amountMsat: msat(7_003n) });
  expect(await eventOf(exchange, "payment_successful")).toMatchObject({ paymentId: late });
}, 30_000);

test("a JIT invoice opens the channel it is paid over, for the fee it named", async () => {
  const made = await user.createJitInvoice({ amountMsat: msat(50_000_000n), description: "jit", expirySeconds: 600 });
  expect(made.hintNodeIds).toEqual([lspId]);
  const { paymentId } = await exchange.payInvoice(made.invoice);
  const received = await eventOf(user, "payment_received");
  expect(received.amountMsat).toBe(msat(48_000_000n));
  expect(await eventOf(exchange, "payment_successful")).toMatchObject({ paymentId });
  expect(await user.payment(received.paymentId)).toMatchObject({ kind: "bolt11_jit", skimmedFeeMsat: 2_000_000n });
  expect(await eventOf(lsp, "payment_forwarded")).toMatchObject({ skimmedFeeMsat: 2_000_000n });
  expect(await user.channels()).toMatchObject([{ counterparty: lspId, usable: true, confirmations: 0 }]);
  expect(made.openingFeeMsat).toBe(msat(2_000_000n));
}, 30_000);

test("balances, peers and a closed channel have the form the port promises", async () => {
  const [channel] = await exchange.channels();
  if (!channel) throw new Error("there is no channel");
  expect(await exchange.peers()).toMatchObject([{ nodeId: lspId, address: lspAddress, connected: true }]);
  // The last payment's HTLC leaves the channel a round trip after the payment succeeded.
  await until(exchange, async () => (await exchange.balances()).lightning.length === 1);
  expect((await exchange.balances()).lightning).toMatchObject([{ kind: "claimable_on_channel_close" }]);
  await expect(exchange.closeChannel("1", lspId)).rejects.toMatchObject({ code: "unknown_channel" });
  await exchange.closeChannel(channel.userChannelId, lspId);
  expect(await eventOf(exchange, "channel_closed")).toMatchObject({
    channelId: channel.channelId,
    counterparty: lspId,
  });
  await world.chain.mine(1);
  await exchange.sync();
  const after = await exchange.balances();
  expect(after.lightning.length + after.sweeps.length).toBeGreaterThan(0);
}, 30_000);
