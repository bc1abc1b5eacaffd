import { expect, test } from "bun:test";
import fc from "fast-check";
import { type BridgeHandler, openBridge } from "../../src/ffi/bridge.ts";
import { FfiError } from "../../src/ffi/errors.ts";
import { fakeLibrary } from "./fake-library.ts";

function recorder() {
  const notes: { method: string; params: unknown }[] = [];
  const failures: FfiError[] = [];
  const failed = Promise.withResolvers<FfiError>();
  const handler: BridgeHandler = {
    notify: (method, params) => {
      notes.push({ method, params });
    },
    fail(error) {
      failures.push(error);
      failed.resolve(error);
    },
  };
  return { notes, failures, failed: failed.promise, handler };
}

async function errorOf(promise: Promise<unknown>): Promise<FfiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FfiError)) throw new Error(`expected a FfiError, got ${String(error)}`);
  return error;
}

test("each reply reaches its own request, in whatever order replies come", async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...Array(20).keys()], { minLength: 20 }), async (order) => {
      const library = fakeLibrary();
      const bridge = openBridge(library, "{}", recorder().handler);
      const answers = order.map((n) => bridge.request("echo", { n }));
      for (const index of order) {
        const request = library.requests[index];
        if (request) library.reply(request.id, { n: request.params["n"] });
      }
      expect(await Promise.all(answers)).toEqual(order.map((n) => ({ n })));
      await bridge.close();
    }),
    { numRuns: 30 },
  );
});

test("a message larger than the buffer arrives whole", async () => {
  const bridge = openBridge(
    fakeLibrary({ onRequest: ({ id }, library) => library.reply(id, { text: "x".repeat(3_000_000) }) }),
    "{}",
    recorder().handler,
  );
  expect(await bridge.request("big")).toEqual({ text: "x".repeat(3_000_000) });
  await bridge.close();
});

test("timers get their turn while thousands of messages are read", async () => {
  const library = fakeLibrary();
  const { notes, handler } = recorder();
  const bridge = openBridge(library, "{}", handler);
  for (let i = 0; i < 5_000; i += 1) library.notify("changed", {});
  const seen = await new Promise<number>((resolve) => setTimeout(() => resolve(notes.length), 0));
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(5_000);
  while (notes.length < 5_000) await new Promise((next) => setImmediate(next));
  await bridge.close();
});

test.each([
  ["insufficient_funds", "insufficient_balance"],
  ["unknown_channel", "unknown_channel"],
  ["deadline", "deadline"],
  ["panic", "native_panic"],
  ["something_new", "native_failure"],
])("the library's %s becomes %s with its reason", async (kind, code) => {
  const bridge = openBridge(
    fakeLibrary({ onRequest: ({ id }, library) => library.refuse(id, kind, "It was refused.", "12 sat short") }),
    "{}",
    recorder().handler,
  );
  const error = await errorOf(bridge.request("channel.open"));
  expect(error).toMatchObject({ code, kind, detail: "12 sat short", message: "It was refused. (12 sat short)" });
  await bridge.close();
});

test.each([
  [-1, "node_not_running"],
  [-2, "bad_argument"],
  [-3, "native_failure"],
  [-4, "native_protocol"],
  [-99, "native_protocol"],
])("ps_send answering %d rejects with %s", async (sendResult, code) => {
  const bridge = openBridge(fakeLibrary({ sendResult }), "{}", recorder().handler);
  expect(await errorOf(bridge.request("node.status"))).toMatchObject({ code });
  await bridge.close();
});

test("a request above 1 MiB is refused with its size", async () => {
  const library = fakeLibrary();
  const bridge = openBridge(library, "{}", recorder().handler);
  const error = await errorOf(bridge.request("message.sign", { message: "x".repeat(1 << 20) }));
  expect(error.code).toBe("bad_argument");
  expect(error.message).toContain("message.sign: a request of 1048");
  expect(library.requests).toEqual([]);
  await bridge.close();
});

test("a request nobody answers is given up, and its late reply is dropped", async () => {
  const library = fakeLibrary();
  const { failures, handler } = recorder();
  const bridge = openBridge(library, "{}", handler);
  const error = await errorOf(bridge.request("peer.connect", {}, 1));
  expect(error.code).toBe("deadline");
  library.reply(1, {});
  const next = bridge.request("node.status");
  library.reply(2, { ok: true });
  expect(await next).toEqual({ ok: true });
  expect(failures).toEqual([]);
  await bridge.close();
});

test("closing rejects what is pending and every later request, and frees the handle once", async () => {
  const library = fakeLibrary();
  const { failures, handler } = recorder();
  const bridge = openBridge(library, "{}", handler);
  const pending = errorOf(bridge.request("wallet.sync"));
  await Promise.all([bridge.close(), bridge.close()]);
  expect((await pending).code).toBe("node_not_running");
  expect((await errorOf(bridge.request("node.status"))).code).toBe("node_not_running");
  expect(library.isOpen()).toBe(false);
  expect(failures).toEqual([]);
});

test("fatal rejects everything pending and everything after with native_panic", async () => {
  const library = fakeLibrary();
  const { failed, failures, handler } = recorder();
  const bridge = openBridge(library, "{}", handler);
  const pending = [errorOf(bridge.request("a")), errorOf(bridge.request("b"))];
  library.notify("fatal", { message: "index out of bounds", where: "node/pump.rs:12" });
  library.notify("fatal", { message: "again", where: "elsewhere" });
  expect((await failed).message).toContain("node/pump.rs:12: index out of bounds");
  for (const error of await Promise.all(pending)) expect(error.code).toBe("native_panic");
  expect((await errorOf(bridge.request("c"))).code).toBe("native_panic");
  expect(failures).toHaveLength(1);
  await bridge.close();
});

test("a lost handle is noticed without asking", async () => {
  const library = fakeLibrary();
  const { failed, handler } = recorder();
  const bridge = openBridge(library, "{}", handler);
  const pending = errorOf(bridge.request("node.status"));
  library.lose();
  expect((await failed).code).toBe("node_not_running");
  expect((await pending).code).toBe("node_not_running");
  await bridge.close();
});

test("a broken reply with an id fails its own request only", async () => {
  const library = fakeLibrary();
  const { failures, handler } = recorder();
  const bridge = openBridge(library, "{}", handler);
  const first = errorOf(bridge.request("first"));
  const second = bridge.request("second");
  library.emit('{"jsonrpc":"2.0","id":1,"error":"no object"}');
  library.reply(2, {});
  expect((await first).code).toBe("native_protocol");
  expect(await second).toEqual({});
  expect(failures).toEqual([]);
  await bridge.close();
});

test.each([
  ["no JSON", "not json"],
  ["no message", "[1,2]"],
  ["bytes that are not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
])("%s fails the bridge", async (_name, bytes) => {
  const library = fakeLibrary();
  const { failed, handler } = recorder();
  const bridge = openBridge(library, "{}", handler);
  const pending = errorOf(bridge.request("node.status"));
  library.emit(bytes);
  expect((await failed).code).toBe("native_protocol");
  expect((await pending).code).toBe("native_protocol");
  await bridge.close();
});

test("ps_open's refusal keeps its kind, however long it is", () => {
  const refuseOpen = { kind: "data_dir_in_use", message: `${"/long".repeat(2_000)} is in use.`, detail: "4711" };
  const library = fakeLibrary({ refuseOpen });
  try {
    openBridge(library, "{}", recorder().handler);
    throw new Error("it opened");
  } catch (error) {
    expect(error).toBeInstanceOf(FfiError);
    expect(error).toMatchObject({ code: "data_dir_in_use", detail: "4711" });
    expect(String(error)).toContain("4711");
  }
});
