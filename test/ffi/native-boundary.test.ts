/** Every export of the real library with input no caller of ours would send. */
import { afterEach, expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { findLibrary } from "../../src/ffi/library.ts";
import { ABI_VERSION, bindSymbols, GONE } from "../../src/ffi/symbols.ts";

const native = bindSymbols(findLibrary());
const encode = (text: string) => new TextEncoder().encode(text);
const MAX_BYTES = 1 << 20;

const handles: number[] = [];
afterEach(() => {
  for (const handle of handles.splice(0)) native.ps_close(handle);
});

function open(config: Uint8Array | null, out: Uint8Array | null = new Uint8Array(4_096)): number {
  const opened = Number(native.ps_open(config, config?.byteLength ?? 0, out, out?.byteLength ?? 0));
  if (opened > 0) handles.push(opened);
  return opened;
}

function openChain(): number {
  const handle = open(encode('{"kind":"chain"}'));
  expect(handle).toBeGreaterThan(0);
  return handle;
}

const send = (handle: number, bytes: Uint8Array | null) => native.ps_send(handle, bytes, bytes?.byteLength ?? 0);
const recv = (handle: number, buffer: Uint8Array | null, timeoutMs = 0) =>
  Number(native.ps_recv(handle, buffer, buffer?.byteLength ?? 0, timeoutMs));
const request = (id: number, method: string, params: object = {}) =>
  encode(JSON.stringify({ jsonrpc: "2.0", id, method, params }));

const replySchema = z.object({
  id: z.int(),
  result: z.unknown().optional(),
  error: z.object({ code: z.int(), message: z.string(), data: z.object({ kind: z.string() }) }).optional(),
});

/** Waits in the library for the next reply; notifications are passed over. */
function nextReply(handle: number): z.infer<typeof replySchema> {
  const buffer = new Uint8Array(1 << 20);
  for (;;) {
    const size = recv(handle, buffer, 10_000);
    if (size <= 0) throw new Error(`no reply within 10 s: ps_recv answered ${size}`);
    const message: unknown = JSON.parse(new TextDecoder().decode(buffer.subarray(0, size)));
    const reply = replySchema.safeParse(message);
    if (reply.success) return reply.data;
  }
}

test("the ABI version is the one this side is written to", () => {
  expect(native.ps_abi_version()).toBe(ABI_VERSION);
});

const failureSchema = z.object({ error: z.object({ kind: z.string(), message: z.string().min(1) }) });

function expectRefusal(config: Uint8Array | null): z.infer<typeof failureSchema>["error"] {
  const out = new Uint8Array(1 << 16);
  const size = -open(config, out);
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThanOrEqual(out.byteLength);
  return failureSchema.parse(JSON.parse(new TextDecoder().decode(out.subarray(0, size)))).error;
}

test.each([
  ["null", null],
  ["nothing", new Uint8Array(0)],
  ["bytes that are not UTF-8", new Uint8Array([0x7b, 0xff, 0xfe])],
  ["zeros", new Uint8Array(64)],
  ["more than 1 MiB", encode(`{"kind":"chain","data_dir":"${"x".repeat(MAX_BYTES)}"}`)],
  ["another kind", encode('{"kind":"toaster"}')],
  ["an unknown field", encode('{"kind":"chain","colour":"red"}')],
  ["a node without anything", encode('{"kind":"node"}')],
  ["a deep nest", encode("[".repeat(100_000))],
])("ps_open refuses %s", (_name, config) => {
  expect(expectRefusal(config).kind).toBe("bad_config");
});

test("ps_open refuses whatever junk", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (junk) => {
      expect(expectRefusal(encode(junk)).kind).toBe("bad_config");
    }),
  );
});

test("ps_open writes nothing into a buffer that is too small, nor into none", () => {
  const config = encode('{"kind":"toaster"}');
  const needed = -open(config);
  const small = new Uint8Array(needed - 1).fill(0xaa);
  expect(open(config, small)).toBe(-needed);
  expect(small.every((byte) => byte === 0xaa)).toBe(true);
  expect(open(config, null)).toBe(-needed);
  const exact = new Uint8Array(needed);
  expect(open(config, exact)).toBe(-needed);
  expect(exact.at(-1)).toBe("}".charCodeAt(0));
});

test.each([0, -1, 1, 2 ** 40, Number.MAX_SAFE_INTEGER])(
  "handle %d, never given out, is an error everywhere",
  (handle) => {
    const unknown = handle === 1 ? 999_999 : handle;
    expect(send(unknown, request(1, "chain.info"))).toBe(-1);
    expect(recv(unknown, new Uint8Array(64))).toBe(GONE);
    expect(native.ps_wake_fd(unknown)).toBe(-1);
    expect(native.ps_close(unknown)).toBe(-1);
  },
);

test("a closed handle is an error everywhere and its number is not used again", () => {
  const handle = openChain();
  expect(native.ps_close(handle)).toBe(0);
  expect(native.ps_close(handle)).toBe(-1);
  expect(send(handle, request(1, "chain.info"))).toBe(-1);
  expect(recv(handle, new Uint8Array(64))).toBe(GONE);
  expect(native.ps_wake_fd(handle)).toBe(-1);
  expect(openChain()).not.toBe(handle);
});

test.each([
  ["null", null, -2],
  ["more than 1 MiB", encode(`{"id":1,"x":"${"x".repeat(MAX_BYTES)}"}`), -2],
  ["bytes that are not UTF-8", new Uint8Array([0x7b, 0xc3, 0x28, 0x7d]), -2],
  ["no JSON", encode("hello"), -4],
  ["NUL bytes", new Uint8Array(16), -4],
  ["no id", encode('{"jsonrpc":"2.0","method":"chain.info"}'), -4],
  ["a negative id", encode('{"jsonrpc":"2.0","id":-1,"method":"chain.info"}'), -4],
  ["an id in a string", encode('{"jsonrpc":"2.0","id":"1","method":"chain.info"}'), -4],
  ["a batch", encode('[{"jsonrpc":"2.0","id":1,"method":"chain.info"}]'), -4],
  ["a deep nest", encode("[".repeat(100_000)), -4],
])("ps_send refuses %s", (_name, bytes, code) => {
  expect(send(openChain(), bytes)).toBe(code);
});

test.each([
  ["no method", { jsonrpc: "2.0", id: 5 }, -32600],
  ["another version", { jsonrpc: "1.0", id: 5, method: "chain.info" }, -32600],
  ["params in a list", { jsonrpc: "2.0", id: 5, method: "chain.info", params: [] }, -32600],
  ["an unknown method", { jsonrpc: "2.0", id: 5, method: "chain.eat" }, -32601],
  ["an unknown field", { jsonrpc: "2.0", id: 5, method: "chain.mine", params: { blocks: 1, colour: "red" } }, -32602],
  ["a missing field", { jsonrpc: "2.0", id: 5, method: "chain.fund", params: {} }, -32602],
  ["a wrong type", { jsonrpc: "2.0", id: 5, method: "chain.mine", params: { blocks: "1" } }, -32602],
])("a request with %s is answered with an error", (_name, message, code) => {
  const handle = openChain();
  expect(send(handle, encode(JSON.stringify(message)))).toBe(0);
  expect(nextReply(handle)).toMatchObject({ id: 5, error: { code } });
});

test("a buffer that is too small keeps the message and says what it needs", () => {
  const handle = openChain();
  expect(send(handle, request(1, "chain.info"))).toBe(0);
  const needed = -recv(handle, null, 10_000);
  expect(needed).toBeGreaterThan(0);
  for (const size of [0, 1, needed - 1]) {
    const small = new Uint8Array(size).fill(0xaa);
    expect(recv(handle, small)).toBe(-needed);
    expect(small.every((byte) => byte === 0xaa)).toBe(true);
  }
  const exact = new Uint8Array(needed);
  expect(recv(handle, exact)).toBe(needed);
  expect(JSON.parse(new TextDecoder().decode(exact))).toMatchObject({ id: 1, result: { height: 110 } });
  expect(recv(handle, exact)).toBe(0);
});

test("ps_recv waits no longer than asked and is woken by a message", () => {
  const handle = openChain();
  expect(recv(handle, new Uint8Array(64), 1)).toBe(0);
  expect(send(handle, request(2, "chain.info"))).toBe(0);
  expect(nextReply(handle).id).toBe(2);
});

test("the queue is bounded and goes on once it was emptied", () => {
  const handle = openChain();
  let queued = 0;
  while (queued < 5_000 && send(handle, request(queued, "chain.nothing")) === 0) queued += 1;
  expect(queued).toBe(1_024);
  expect(send(handle, request(queued, "chain.nothing"))).toBe(-3);
  for (let i = 0; i < queued; i += 1) nextReply(handle);
  expect(send(handle, request(9_999, "chain.info"))).toBe(0);
  expect(nextReply(handle).id).toBe(9_999);
});

test("junk requests of every form are refused or answered, never fatal", () => {
  const handle = openChain();
  const methods = fc.constantFrom(
    "chain.info",
    "chain.mine",
    "chain.fund",
    "chain.reorg",
    "chain.transaction",
    "node.start",
  );
  let id = 0;
  fc.assert(
    fc.property(methods, fc.jsonValue(), (method, params) => {
      id += 1;
      const mined = typeof params === "object" && params !== null && "blocks" in params;
      fc.pre(!mined);
      expect(send(handle, encode(JSON.stringify({ jsonrpc: "2.0", id, method, params })))).toBe(0);
      expect(nextReply(handle).id).toBe(id);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(send(handle, bytes)).toBeLessThan(0);
    }),
  );
  expect(send(handle, request(id + 1, "chain.info"))).toBe(0);
  expect(nextReply(handle)).toMatchObject({ id: id + 1, result: { height: 110 } });
});

test("100,000 junk sends leave nothing behind", () => {
  const handle = openChain();
  const junk = [encode("junk"), encode(`{"id":-1,"x":"${"x".repeat(2_000)}"}`), new Uint8Array([0xff, 0xfe])];
  const answered = request(1, "chain.nothing", { x: "x".repeat(2_000) });
  const buffer = new Uint8Array(1 << 16);
  const round = (times: number) => {
    for (let i = 0; i < times; i += 1) {
      for (const bytes of junk) send(handle, bytes);
      send(handle, answered);
      recv(handle, buffer, 1_000);
    }
  };
  round(5_000);
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  round(25_000);
  Bun.gc(true);
  expect(process.memoryUsage.rss() - before).toBeLessThan(32 << 20);
});

test("memory moves under the library's calls without harm", () => {
  const handle = openChain();
  for (let id = 0; id < 200; id += 1) {
    expect(send(handle, request(id, "chain.info"))).toBe(0);
    if (id % 20 === 0) Bun.gc(true);
    expect(nextReply(handle).id).toBe(id);
  }
});
