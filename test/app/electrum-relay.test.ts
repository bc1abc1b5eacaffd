/** The port LDK's Electrum client is given: the session has begun before its first word. */
import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { openElectrumRelay } from "../../src/app/electrum-relay.ts";
import { freePort } from "../../src/app/free-port.ts";
import { systemClock } from "../../src/clock.ts";
import { until } from "../support/until.ts";

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** A server that hangs up on whoever does not say hello first, as ElectrumX does. */
async function strictServer(hello: string, last?: string): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      for (const line of String(bytes).trimEnd().split("\n")) {
        heard.push(line);
        const { id, method } = JSON.parse(line);
        if (heard.length === 1 && method !== "server.version") socket.destroy();
        else if (method === last) socket.end();
        else socket.write(method === "server.version" ? `${hello}\n` : `${JSON.stringify({ id, result: method })}\n`);
      }
    });
  });
  const port = freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  closers.push(() => server.close());
  return { port, heard };
}

interface Asked {
  text(): string;
  closed(): boolean;
  /** How it was hung up on, if it was not in order. */
  error(): string | undefined;
}

async function ask(port: number, lines: string): Promise<Asked> {
  const socket = connect(port, "127.0.0.1");
  closers.push(() => socket.destroy());
  let text = "";
  let closed = false;
  let failure: string | undefined;
  socket.on("error", (error) => {
    failure = "code" in error ? String(error.code) : error.message;
  });
  socket.on("data", (bytes) => {
    text += String(bytes);
  });
  socket.on("close", () => {
    closed = true;
  });
  socket.write(lines);
  return { text: () => text, closed: () => closed, error: () => failure };
}

test("what the client says goes through behind the hello, and only answers to it come back", async () => {
  const { port, heard } = await strictServer('{"id":"hello","result":["x","1.4.2"]}');
  const relay = await openElectrumRelay(`tcp://127.0.0.1:${port}`, systemClock());
  closers.push(relay.close);
  const { text } = await ask(relay.port, '{"id":1,"method":"a","params":[]}\n{"id":2,"method":"b","params":[]}\n');
  await until(async () => text() === '{"id":1,"result":"a"}\n{"id":2,"result":"b"}\n');
  expect(JSON.parse(heard[0] ?? "")).toMatchObject({
    method: "server.version",
    params: ["peer-stables", ["1.4", "1.4.3"]],
  });
  expect(relay.trouble()).toBeUndefined();
});

test.each([
  ['{"id":"hello","error":{"code":1,"message":"unsupported protocol version"}}', /unsupported protocol version/],
  ["HTTP/1.1 400 Bad Request", /does not speak the Electrum protocol/],
])("a server that answers %p is hung up on, with the reason", async (hello, reason) => {
  const { port } = await strictServer(hello);
  const relay = await openElectrumRelay(`tcp://127.0.0.1:${port}`, systemClock());
  closers.push(relay.close);
  const { closed } = await ask(relay.port, '{"id":1,"method":"a","params":[]}\n');
  await until(async () => closed());
  expect(relay.trouble()).toMatch(reason);
});

test("a server that hangs up in order is passed on as a reset, which wakes all that wait", async () => {
  const { port } = await strictServer('{"id":"hello","result":["x","1.4.2"]}', "bye");
  const relay = await openElectrumRelay(`tcp://127.0.0.1:${port}`, systemClock());
  closers.push(relay.close);
  const { closed, error } = await ask(relay.port, '{"id":1,"method":"bye","params":[]}\n');
  await until(async () => closed());
  expect(error()).toBe("ECONNRESET");
});

test("nobody there: the client is hung up on, and the reason is known", async () => {
  const relay = await openElectrumRelay(`tcp://127.0.0.1:${freePort()}`, systemClock());
  closers.push(relay.close);
  const { closed } = await ask(relay.port, "{}\n");
  await until(async () => closed());
  expect(relay.trouble()).toBeDefined();
});

test("an address of another form is refused", async () => {
  await expect(openElectrumRelay("http://127.0.0.1:1", systemClock())).rejects.toMatchObject({ code: "bad_config" });
});
