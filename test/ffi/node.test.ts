import { expect, test } from "bun:test";
import { openChain } from "../../src/ffi/chain.ts";
import type { NodeConfig } from "../../src/ffi/config.ts";
import { openNode } from "../../src/ffi/node.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { type FakeOptions, fakeLibrary } from "./fake-library.ts";

const id = "ab".repeat(32);
const peer = `02${"cd".repeat(32)}`;
const config: NodeConfig = {
  dataDir: "/data/user",
  network: "regtest",
  chain: { kind: "bitcoind", host: "127.0.0.1", port: 18443, user: "u", password: "p" },
};

/** A fake that answers each method with a fixed result, `{}` where none is given. */
function answering(results: Record<string, unknown> = {}) {
  const options: FakeOptions = {
    onRequest({ id: request, method }, library) {
      library.reply(request, results[method] ?? {});
      if (method === "node.stop" || method === "node.kill") library.notify("closed", {});
    },
  };
  return fakeLibrary(options);
}

test("the configuration is written as the contract has it", async () => {
  const library = answering();
  const node = await openNode(
    {
      ...config,
      listen: ["127.0.0.1:9736"],
      seed: { kind: "hex", value: "00".repeat(64) },
      perChannelReserveSat: sat(0n),
      trustedPeers0conf: [peer],
      lsps2Client: { nodeId: peer, address: "127.0.0.1:9737", token: "t" },
      log: { level: "debug", maxBytes: 1_000, ringLines: 50 },
    },
    library,
  );
  expect(library.opened).toEqual([
    {
      kind: "node",
      data_dir: "/data/user",
      network: "regtest",
      chain: { kind: "bitcoind", host: "127.0.0.1", port: 18443, user: "u", password: "p" },
      listen: ["127.0.0.1:9736"],
      seed: { kind: "hex", value: "00".repeat(64) },
      per_channel_reserve_sat: "0",
      trusted_peers_0conf: [peer],
      lsps2_client: { node_id: peer, address: "127.0.0.1:9737", token: "t" },
      log: { level: "debug", max_bytes: 1_000, ring_lines: 50 },
    },
  ]);
  await node.close();
});

test("an LSP's terms are written with their amounts as strings", async () => {
  const library = answering();
  const node = await openNode(
    {
      ...config,
      lsps2Service: {
        requireToken: "t",
        advertiseService: true,
        channelOpeningFeePpm: 0,
        minChannelOpeningFeeMsat: msat(0n),
        channelOverProvisioningPpm: 1_000_000,
        minChannelLifetime: 100,
        maxClientToSelfDelay: 1_024,
        minPaymentSizeMsat: msat(1_000n),
        maxPaymentSizeMsat: msat(100_000_000_000n),
        clientTrustsLsp: true,
      },
    },
    library,
  );
  expect(library.opened).toMatchObject([
    {
      lsps2_service: {
        require_token: "t",
        advertise_service: true,
        channel_opening_fee_ppm: 0,
        min_channel_opening_fee_msat: "0",
        channel_over_provisioning_ppm: 1_000_000,
        min_channel_lifetime: 100,
        max_client_to_self_delay: 1_024,
        min_payment_size_msat: "1000",
        max_payment_size_msat: "100000000000",
        client_trusts_lsp: true,
      },
    },
  ]);
  await node.close();
});

test("requests carry the contract's names, replies the port's types", async () => {
  const library = answering({
    "keysend.send": { payment_id: id },
    "onchain.send": { txid: id, amount_sat: "9000", fee_sat: "141" },
    "payment.get": {},
    "message.verify": { valid: false },
  });
  const node = await openNode(config, library);
  const record = { type: 5_482_373_484n, value: "00" };
  expect(await node.keysend({ nodeId: peer, amountMsat: msat(4_000n), records: [record] })).toEqual({ paymentId: id });
  expect(await node.sendOnchain({ address: "bcrt1q", amountSat: "all", feeRateSatPerVb: 2 })).toEqual({
    txid: id,
    amountSat: sat(9_000n),
    feeSat: sat(141n),
  });
  expect(await node.payment(id)).toBeUndefined();
  expect(await node.verify("m", "junk", "junk")).toBe(false);
  await node.forceCloseChannel("340282366920938463463374607431768211455", peer);
  expect(library.requests.map(({ method, params }) => ({ method, params }))).toEqual([
    {
      method: "keysend.send",
      params: { node_id: peer, amount_msat: "4000", records: [{ type: "5482373484", value: "00" }] },
    },
    { method: "onchain.send", params: { address: "bcrt1q", amount_sat: "all", fee_rate_sat_per_vb: 2 } },
    { method: "payment.get", params: { payment_id: id } },
    { method: "message.verify", params: { message: "m", signature: "junk", node_id: "junk" } },
    {
      method: "channel.force_close",
      params: { user_channel_id: "340282366920938463463374607431768211455", counterparty: peer },
    },
  ]);
  await node.close();
});

test("a reply of the wrong form rejects that call and no other", async () => {
  const node = await openNode(
    config,
    answering({ "wallet.sync": { block_height: "110" }, "onchain.address": { address: "a" } }),
  );
  await expect(node.sync()).rejects.toMatchObject({ code: "native_protocol" });
  expect(await node.newAddress()).toBe("a");
  await node.close();
});

test("events and changes reach their listeners", async () => {
  const library = answering();
  const node = await openNode(config, library);
  const seen: string[] = [];
  const second = Promise.withResolvers<void>();
  const stop = node.onChange(() => {
    seen.push("first");
  });
  node.onChange(() => {
    seen.push("second");
    if (seen.filter((name) => name === "second").length === 2) second.resolve();
  });
  library.notify("changed", {});
  const reader = node.events()[Symbol.asyncIterator]();
  const next = reader.next();
  library.notify("event", { seq: "1", kind: "payment_failed", reason: "no route" });
  const delivered = await next;
  await second.promise;
  expect(delivered.value?.event).toEqual({ kind: "payment_failed", reason: "no route" });
  await delivered.value?.acknowledge();
  expect(library.requests.at(-1)).toMatchObject({ method: "event.ack", params: { seq: "1" } });
  expect(seen).toEqual(["first", "second", "first", "second"]);
  stop();
  const end = reader.next();
  library.notify("closed", {});
  expect((await end).done).toBe(true);
  expect(seen).toEqual(["first", "second", "first", "second", "second"]);
  await node.close();
});

test("an event that cannot be read is an error for its consumer and is not acknowledged", async () => {
  const library = answering();
  const node = await openNode(config, library);
  const next = node.events()[Symbol.asyncIterator]().next();
  library.notify("event", { seq: "1", kind: "payment_received", amount_msat: 5 });
  await expect(next).rejects.toMatchObject({ code: "native_protocol" });
  expect(library.requests).toEqual([]);
  await node.close();
});

test("a panic rejects what is pending and ends the events with the error", async () => {
  const library = fakeLibrary();
  const node = await openNode(config, library);
  const events = node.events()[Symbol.asyncIterator]().next();
  const pending = node.status();
  library.notify("fatal", { message: "overflow", where: "pump" });
  const outcomes = await Promise.allSettled([pending, events]);
  expect(outcomes).toMatchObject([{ reason: { code: "native_panic" } }, { reason: { code: "native_panic" } }]);
  await node.close();
  expect(library.isOpen()).toBe(false);
});

test("killing ends the events before the library answers", async () => {
  const library = fakeLibrary();
  const node = await openNode(config, library);
  const next = node.events()[Symbol.asyncIterator]().next();
  const killed = node.kill();
  library.notify("event", { seq: "1", kind: "payment_failed" });
  expect((await next).done).toBe(true);
  library.reply(1, {});
  library.notify("closed", {});
  await killed;
  const closed = node.close();
  library.refuse(2, "not_running", "The node is not running.");
  await closed;
});

test("the end of one run is never taken for that of the next", async () => {
  const library = fakeLibrary();
  const node = await openNode(config, library);
  let stopped = false;
  const stopping = node.stop().then(() => {
    stopped = true;
  });
  const events = node.events()[Symbol.asyncIterator]();
  const end = events.next();
  library.reply(1, {});
  const read = node.newAddress();
  library.reply(2, { address: "a" });
  await read;
  expect(stopped).toBe(false);
  library.notify("closed", {});
  await stopping;
  expect((await end).done).toBe(true);
  const starting = node.start();
  const next = events.next();
  library.reply(3, { node_id: peer });
  library.notify("event", { seq: "1", kind: "payment_failed" });
  await starting;
  expect((await next).value?.event).toEqual({ kind: "payment_failed" });
  const closing = node.close();
  library.reply(4, {});
  await closing;
});

test("close stops the node first, frees the handle even where that fails, and may be called twice", async () => {
  const library = fakeLibrary({
    onRequest: ({ id: request }, fake) => fake.refuse(request, "persistence_failed", "The disk is full."),
  });
  const node = await openNode(config, library);
  await expect(node.close()).rejects.toMatchObject({ code: "store_failure" });
  await expect(node.close()).rejects.toMatchObject({ code: "store_failure" });
  expect(library.requests.map(({ method }) => method)).toEqual(["node.stop"]);
  expect(library.isOpen()).toBe(false);
});

test("a chain's requests and replies", async () => {
  const library = answering({
    "chain.mine": { hashes: [id] },
    "chain.reorg": { disconnected: [id], connected: [id, id] },
  });
  const chain = await openChain({ dataDir: "/data/chain" }, library);
  expect(await chain.mine(1)).toEqual({ hashes: [id] });
  expect(await chain.reorg(1)).toEqual({ disconnected: [id], connected: [id, id] });
  expect(library.opened).toEqual([{ kind: "chain", rpc_port: 0, data_dir: "/data/chain" }]);
  expect(library.requests.map(({ params }) => params)).toEqual([{ blocks: 1 }, { depth: 1 }]);
  await chain.close();
  await chain.close();
});
