/** Asking LSPs over the real library: a real LSP, and peers that do everything an LSP should not. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { freePort } from "../../src/app/free-port.ts";
import type { Lsps2Service } from "../../src/ffi/config.ts";
import { FfiError } from "../../src/ffi/errors.ts";
import { judgeMenu } from "../../src/lsps2/menu.ts";
import { readReply } from "../../src/lsps2/reply.ts";
import type { Node } from "../../src/node/port.ts";
import { type LspScript, offer, openLsp } from "../lsp-kit/lsp.ts";
import type { PeerScript, TalkingPeer } from "../lsp-kit/peer.ts";
import { jitTerms, type NativeWorld, nativeWorld } from "./native-world.ts";

const terms: Lsps2Service = { ...jitTerms, requireToken: "open-sesame", advertiseService: true };

let world: NativeWorld;
/** No client of any LSP. */
let node: Node;
let real: { nodeId: string; address: string };

beforeAll(async () => {
  world = await nativeWorld();
  const lsp = await world.open("lsp", { lsps2Service: terms });
  real = { nodeId: (await lsp.start()).nodeId, address: (await world.configFor("lsp")).listen?.[0] ?? "" };
  node = await world.open("user");
  await node.start();
}, 60_000);
afterAll(() => world.close(), 60_000);

const peers: TalkingPeer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});

async function scripted(script?: LspScript, options?: Pick<PeerScript, "silentAt">): Promise<TalkingPeer> {
  const peer = await openLsp(script, options);
  peers.push(peer);
  return peer;
}

type Address = { nodeId: string; address: string };
const ask = ({ nodeId, address }: Address, params = {}, timeoutMs = 5_000) =>
  node.askLsp({ nodeId, address, method: "lsps2.get_info", params, timeoutMs });

async function failureOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => new Error("it answered"),
    (cause: unknown) => cause,
  );
  if (error instanceof FfiError) return error.kind ?? error.message;
  throw error;
}

test("a real LSP tells its menu to whoever has the token", async () => {
  const { requestId, reply } = await ask(real, { token: "open-sesame" });
  const read = readReply(reply, requestId);
  if (read.kind !== "result") throw new Error(reply);
  const { entries, findings } = judgeMenu(read.result, Date.now());
  expect(entries).toMatchObject([
    { minFeeMsat: 2_000_000n, proportional: 10_000, minLifetime: 100, maxClientToSelfDelay: 1_024, blocked: [] },
  ]);
  // LDK writes the time with nine digits of the second, and with six or three where the rest are zeros.
  expect(findings.filter(({ rule }) => rule !== "datetime_exact")).toEqual([]);
  expect((await node.peers()).length).toBe(0);
});

test("and error 200 to whoever has not", async () => {
  for (const params of [{}, { token: "wrong" }]) {
    const { requestId, reply } = await ask(real, params);
    expect(readReply(reply, requestId)).toMatchObject({ kind: "refused", error: { code: 200 } });
  }
});

test("each question comes from another key, with an id nobody can guess", async () => {
  const clients = new Set<string>();
  const ids = new Set<string>();
  const lsp = await scripted((request, lips) => {
    clients.add(lips.clientId);
    ids.add(request.id);
    lips.result({});
  });
  for (let i = 0; i < 5; i++) await ask(lsp);
  expect([clients.size, ids.size]).toEqual([5, 5]);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});

describe("of what an LSP sends", () => {
  test("responses to others, notifications and other types are passed over", async () => {
    const lsp = await scripted((_, lips) => {
      lips.say('{"jsonrpc":"2.0","id":"other","result":{"opening_fee_params_menu":[1]}}');
      lips.say('{"jsonrpc":"2.0","method":"lsps9.happened","params":{}}');
      lips.connection.send(40_001, randomBytes(100));
      lips.connection.send(18, Uint8Array.of(0, 4, 0, 0));
      lips.result({ opening_fee_params_menu: [offer()] });
    });
    const { requestId, reply } = await ask(lsp);
    expect(readReply(reply, requestId)).toMatchObject({ kind: "result" });
  });

  test("the largest message comes whole", async () => {
    const filler = "x".repeat(65_000);
    const lsp = await scripted((_, lips) => lips.result({ filler }));
    expect((await ask(lsp)).reply).toContain(filler);
  });

  const junk: readonly [string, string | Uint8Array][] = [
    ["an unfinished object", "{"],
    ["an array", "[]"],
    ["two objects", "{} {}"],
    ["no id and no method", "{}"],
    ["an id that is a number", '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ["a NUL byte", '{"jsonrpc":"2.0","id":"x"}\0'],
    ["no UTF-8", Uint8Array.of(0xff, 0xfe)],
    ["nothing", ""],
    ["64 KiB of noise", randomBytes(65_000)],
  ];
  test.each(junk)("%s ends it at once", async (_, payload) => {
    const lsp = await scripted((_request, lips) => lips.say(payload));
    expect(await failureOf(ask(lsp))).toBe("lsps_bad_message");
    await lsp.quiet();
  });

  test("a tunnel that breaks, or an unknown even type, is the end of the conversation", async () => {
    const breaks: LspScript[] = [
      (_, lips) => lips.connection.sendRaw(randomBytes(200)),
      (_, lips) => lips.connection.send(40_000, randomBytes(10)),
      (_, lips) => lips.connection.close(),
    ];
    for (const script of breaks) {
      const lsp = await scripted(script);
      expect(await failureOf(ask(lsp))).toBe("lsps_no_reply");
      await lsp.quiet();
    }
  });
});

describe("an LSP that says nothing", () => {
  test.each(["accept", "act_three", "init"] as const)("from %s on can't be reached", async (silentAt) => {
    const lsp = await scripted(() => {}, { silentAt });
    expect(await failureOf(ask(lsp, {}, 300))).toBe("connection_failed");
    await lsp.quiet();
  });

  test("to the request has given no reply", async () => {
    const lsp = await scripted();
    // Time enough for a handshake, also on a machine that has much else to do.
    expect(await failureOf(ask(lsp, {}, 4_000))).toBe("lsps_no_reply");
    await lsp.quiet();
  });

  test("is told from one that is not there, or is another", async () => {
    const nobody = { nodeId: real.nodeId, address: `127.0.0.1:${freePort()}` };
    expect(await failureOf(ask(nobody))).toBe("connection_failed");
    const lsp = await scripted((_, lips) => lips.result({}));
    expect(await failureOf(ask({ ...lsp, nodeId: real.nodeId }))).toBe("connection_failed");
  });
});

test("silent ones hold up neither another question nor the node", async () => {
  const heard = Array.from({ length: 7 }, () => Promise.withResolvers<void>());
  const mute = await Promise.all(heard.map(({ resolve }) => scripted(() => resolve())));
  const answered: string[] = [];
  const waiting = mute.map((lsp) => failureOf(ask(lsp, {}, 60_000)).then((kind) => answered.push(kind)));
  await ask(real, { token: "open-sesame" });
  await Promise.all([node.status(), node.newAddress(), node.createInvoice({ description: "", expirySeconds: 60 })]);
  await Promise.all(heard.map(({ promise }) => promise));
  expect(answered).toEqual([]);
  for (const lsp of mute) await lsp.close();
  await Promise.all(waiting);
  expect(answered).toEqual(Array.from({ length: 7 }, () => "lsps_no_reply"));
});

test("a node that stops drops its questions", async () => {
  const asker = await world.open("asker");
  await asker.start();
  const heard = Promise.withResolvers<void>();
  const lsp = await scripted(() => heard.resolve());
  const asked = failureOf(asker.askLsp({ ...lsp, method: "lsps2.get_info", params: {}, timeoutMs: 60_000 }));
  await heard.promise;
  await asker.stop();
  expect(["not_running", "lsps_no_reply"]).toContain(await asked);
  await lsp.quiet();
});

const entries = (folder: string) => (existsSync(folder) ? readdirSync(folder).length : 0);

test("1,000 questions in a row leave nothing behind", async () => {
  const kept = [
    await scripted((_, lips) => lips.result({ opening_fee_params_menu: [] })),
    await scripted((_, lips) => lips.connection.close()),
    await scripted((_, lips) => lips.say("junk")),
  ];
  async function questions(count: number) {
    for (let i = 0; i < count; i++) {
      const lsp = kept[i % 4];
      await (lsp === undefined ? ask(real, { token: "open-sesame" }) : ask(lsp).catch(() => undefined));
    }
    for (const lsp of kept) await lsp.quiet();
    Bun.gc(true);
    return { files: entries("/dev/fd"), threads: entries("/proc/self/task"), bytes: process.memoryUsage.rss() };
  }
  const before = await questions(100);
  const after = await questions(1_000);
  // The LSP of the other side lets go of its last sockets a moment later; a leak would be hundreds.
  expect(after.files).toBeLessThan(before.files + 10);
  expect(after.threads).toBeLessThan(before.threads + 5);
  expect(after.bytes - before.bytes).toBeLessThan(40_000_000);
}, 240_000);
