/** The node port over the real library. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { openBridge } from "../../src/ffi/bridge.ts";
import { openChain } from "../../src/ffi/chain.ts";
import { nodeConfigJson } from "../../src/ffi/config.ts";
import { openNode } from "../../src/ffi/node.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { untilBroadcast } from "../e2e/chains.ts";
import vectors from "../vectors/protocol.json" with { type: "json" };
import { library, type NativeWorld, nativeWorld, nextDelivery, until } from "./native-world.ts";

let world: NativeWorld;
beforeAll(async () => {
  world = await nativeWorld();
});
afterAll(() => world.close(), 60_000);

test("every read of a fresh node has the form the port promises", async () => {
  const node = await world.open("reader");
  const { nodeId } = await node.start();
  const status = await node.status();
  expect(status).toMatchObject({ running: true, nodeId, alias: "reader", network: "regtest", blockHeight: 110 });
  expect((await node.balances()).onchainTotalSat).toBe(sat(0n));
  expect(await node.channels()).toEqual([]);
  expect(await node.peers()).toEqual([]);
  expect(await node.payments()).toEqual([]);
  expect(await node.payment("00".repeat(32))).toBeUndefined();
  const address = await node.newAddress();
  expect(address).toStartWith("bcrt1");
  await world.chain.fund(address, sat(250_000n));
  expect((await node.sync()).blockHeight).toBe(111);
  expect((await node.balances()).onchainTotalSat).toBe(sat(250_000n));
  const signature = await node.sign("hello");
  expect(await node.verify("hello", signature, nodeId)).toBe(true);
  expect(await node.verify("hallo", signature, nodeId)).toBe(false);
  expect(await node.verify("hello", "junk", "junk")).toBe(false);
  // The signatures of the protocol's vectors are made without a node; LDK takes them all the same.
  const { signer, messages } = vectorsSchema.parse(vectors);
  for (const { payload, signature: signed } of messages) {
    expect(await node.verify(payload, signed, signer.node_id)).toBe(true);
  }
  const lines = await node.log({ maxLines: 10 });
  expect(lines.length).toBeGreaterThan(0);
  const last = lines.at(-1);
  for (const line of await node.log({ maxLines: 10, ...(last && { afterSeq: last.seq }) }))
    expect(line.seq).toBeGreaterThan(last?.seq ?? 0n);
  const dataDir = join(world.dir, "reader");
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, "keys_seed")).mode & 0o777).toBe(0o600);
  await node.close();
});

test("a node that was not started, and one that was stopped, say so", async () => {
  const node = await world.open("idle");
  await expect(node.newAddress()).rejects.toMatchObject({ code: "node_not_running" });
  await node.start();
  await expect(node.start()).rejects.toMatchObject({ code: "conflict" });
  await node.stop();
  await expect(node.newAddress()).rejects.toMatchObject({ code: "node_not_running" });
  await node.close();
  await expect(node.status()).rejects.toMatchObject({ code: "node_not_running" });
});

test("a directory is opened once at a time, and freed by closing", async () => {
  const node = await world.open("single");
  await expect(world.open("single")).rejects.toMatchObject({
    code: "data_dir_in_use",
    detail: String(process.pid),
    message: expect.stringContaining(String(process.pid)),
  });
  await node.close();
  await (await world.open("single")).close();
});

test("a killed node's directory can be opened before its handle is closed", async () => {
  const node = await world.open("killed");
  await node.start();
  await node.kill();
  const again = await world.open("killed");
  await again.start();
  await again.close();
  await node.close();
});

test("a directory that cannot be written is named", async () => {
  const file = join(world.dir, "a-file");
  writeFileSync(file, "");
  const dataDir = join(file, "below");
  await expect(world.open("unwritable", { dataDir })).rejects.toMatchObject({
    code: "data_dir_unwritable",
    message: expect.stringContaining(dataDir),
  });
});

/** What the library says to a configuration no typed caller could write. */
async function refusedConfig(wrong: object): Promise<unknown> {
  const json = { ...JSON.parse(nodeConfigJson(await world.configFor("wrong"))), ...wrong };
  try {
    return openBridge(library, JSON.stringify(json), { notify() {}, fail() {} });
  } catch (error) {
    return error;
  }
}

test.each([
  ["network", { network: "mainnet" }],
  ["listen", { listen: ["nowhere"] }],
  ["data_dir", { data_dir: "relative/path" }],
  ["trusted_peers_0conf", { trusted_peers_0conf: ["02zz"] }],
  ["colour", { colour: "red" }],
])("a wrong %s is refused by name", async (field, wrong) => {
  expect(await refusedConfig(wrong)).toMatchObject({ code: "bad_config", message: expect.stringContaining(field) });
});

test.each([
  [{ kind: "hex", value: "5ec2e7".repeat(3) }],
  [{ kind: "mnemonic", value: "5ec2e7 5ec2e7 5ec2e7" }],
  [{ kind: "hex", value: "00".repeat(64), "5ec2e7": 1 }],
  [{ kind: "5ec2e7" }],
  ["5ec2e7"],
])("a wrong seed is refused without being repeated: %#", async (seed) => {
  const error = await refusedConfig({ seed });
  expect(error).toMatchObject({ code: "bad_config" });
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain("5ec2e7");
});

test("a chain source that is down, and a port that is taken, are told apart", async () => {
  const config = await world.configFor("nochain");
  const chain = { kind: "bitcoind", host: "127.0.0.1", port: 1, user: "u", password: "p" } as const;
  const lost = await openNode({ ...config, chain }, library);
  await expect(lost.start()).rejects.toMatchObject({ code: "chain_unreachable" });
  await lost.close();

  const server = createServer();
  const port = Number(config.listen?.[0]?.split(":")[1]);
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const blocked = await openNode(config, library);
  await expect(blocked.start()).rejects.toMatchObject({
    code: "port_in_use",
    message: expect.stringContaining(`${port}`),
  });
  await blocked.close();
  await new Promise((done) => server.close(done));
});

test("an event comes again with each start until it was acknowledged", async () => {
  let payer = await world.open("payer");
  const payee = await world.open("payee");
  await payer.start();
  const { nodeId } = await payee.start();
  await world.chain.fund(await payer.newAddress(), sat(1_000_000n));
  await payer.sync();
  const address = (await world.configFor("payee")).listen?.[0] ?? "";
  await payer.openChannel({ nodeId, address, amountSat: sat(500_000n), pushMsat: msat(0n), announced: false });

  const first = await nextDelivery(payer);
  expect(first.event).toMatchObject({ kind: "channel_pending", counterparty: nodeId });
  await untilBroadcast(world.chain);
  await payer.stop();
  await payer.start();
  expect((await nextDelivery(payer)).event).toEqual(first.event);
  await payer.close();
  payer = await world.open("payer");
  await payer.start();
  const again = await nextDelivery(payer);
  expect(again.event).toEqual(first.event);
  await again.acknowledge();

  await payer.connect(nodeId, address);
  await world.chain.mine(6);
  await Promise.all([payer.sync(), payee.sync()]);
  await until(payer, async () => (await payer.channels()).every((channel) => channel.usable));
  expect(await payer.channels()).toMatchObject([{ counterparty: nodeId, capacitySat: 500_000n, channelReady: true }]);
  expect((await nextDelivery(payer)).event.kind).toBe("channel_ready");
  await Promise.all([payer.close(), payee.close()]);
}, 60_000);

/** Takes connections and never says a word; how they end is no matter. */
async function silentServer(): Promise<Server> {
  const server = createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

test("closing during a slow call answers it and does not wait for it", async () => {
  const held = await silentServer();
  const address = held.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const node = await world.open("closing");
  await node.start();
  const other = await world.open("other");
  const { nodeId } = await other.start();
  const connecting = node.connect(nodeId, `127.0.0.1:${port}`).catch((reason: unknown) => reason);
  await node.status();
  await node.close();
  expect(await connecting).toMatchObject({ name: "FfiError" });
  await other.close();
  held.close();
});

test("reads do not wait behind a slow call", async () => {
  const held = await silentServer();
  const address = held.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const node = await world.open("reads");
  await node.start();
  const other = await world.open("reads-peer");
  const { nodeId } = await other.start();
  let connected = false;
  const connecting = node.connect(nodeId, `127.0.0.1:${port}`).then(
    () => {
      connected = true;
    },
    () => {
      connected = true;
    },
  );
  for (let i = 0; i < 50; i += 1) await node.channels();
  expect(connected).toBe(false);
  await Promise.all([node.close(), connecting]);
  await other.close();
  held.close();
});

/** Runs a script in a process of its own, with what it needs of `src/ffi` imported. */
async function runAlone(script: string, env: Record<string, string> = {}) {
  const from = (name: string) => JSON.stringify(join(import.meta.dir, "../../src/ffi", name));
  const imports = [
    `import { openBridge } from ${from("bridge.ts")};`,
    `import { openChain } from ${from("chain.ts")};`,
    `import { loadLibrary } from ${from("library.ts")};`,
  ];
  const child = Bun.spawn([process.execPath, "-e", [...imports, script].join("\n")], {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...env },
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code };
}

const vectorsSchema = z.object({
  signer: z.object({ node_id: z.string() }),
  messages: z.array(z.object({ payload: z.string(), signature: z.string() })).min(9),
});

test("waiting costs no processor time", async () => {
  // The sleep is the span that is measured.
  const script = `
    const chain = await openChain({}, loadLibrary());
    await chain.info();
    Bun.gc(true);
    const before = process.cpuUsage();
    await Bun.sleep(2_000);
    const { user, system } = process.cpuUsage(before);
    await chain.close();
    process.stdout.write(String(user + system));
  `;
  const { out, err, code } = await runAlone(script);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  expect(Number.parseInt(out, 10)).toBeLessThan(100_000);
});

test("a closed bridge does not keep the process alive", async () => {
  const script = `
    const chain = await openChain({}, loadLibrary());
    await chain.mine(1);
    await chain.close();
    process.stdout.write("closed");
  `;
  expect(await runAlone(script)).toEqual({ out: "closed", err: "", code: 0 });
});

test("a panic in the library is an error here and prints nothing", async () => {
  const config = nodeConfigJson(await world.configFor("panic"));
  const script = `
    const codes = [];
    const bridge = openBridge(loadLibrary(), ${JSON.stringify(config)}, { notify() {}, fail: (e) => codes.push("fail " + e.code) });
    await bridge.request("node.start");
    await bridge.request("debug.panic").catch((e) => codes.push("first " + e.code));
    await bridge.request("node.status").catch((e) => codes.push("second " + e.code));
    await bridge.close();
    process.stdout.write(codes.sort().join(", "));
  `;
  expect(await runAlone(script, { PEER_STABLES_DEBUG_PANIC: "1" })).toEqual({
    out: "fail native_panic, first native_panic, second native_panic",
    err: "",
    code: 0,
  });
});

test("a chain kept on disk comes back", async () => {
  const dataDir = join(world.dir, "chain");
  const chain = await openChain({ dataDir }, library);
  await chain.mine(3);
  const { height, bestHash } = await chain.info();
  await expect(openChain({ dataDir }, library)).rejects.toMatchObject({ code: "data_dir_in_use" });
  await chain.close();
  expect(existsSync(dataDir)).toBe(true);
  const again = await openChain({ dataDir }, library);
  expect(await again.info()).toMatchObject({ height, bestHash });
  await again.close();
});
