/** The port LDK's Electrum client is given: the session has begun before its first word. */
import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { openElectrumRelay } from "../../src/app/electrum-relay.ts";
import { freePort } from "../../src/app/free-port.ts";
import { until } from "../support/until.ts";

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** A server that hangs up on whoever does not say hello first, as ElectrumX does. */
async function strictServer(hello: string): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      for (const line of String(bytes).trimEnd().split("\n")) {
        heard.push(line);
        const { id, method } = JSON.parse(line);
        if (heard.length === 1 && method !== "server.version") socket.destroy();
        else socket.write(method === "server.version" ? `${hello}\n` : `${JSON.stringify({ id, result: method })}\n`);
      }
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  closers.push(() => server.close());
  return { port, heard };
}

async function ask(url: string, lines: string): Promise<{ text: () => string; closed: () => boolean }> {
  const socket = connect(Number(url.split(":").at(-1)), "127.0.0.1");
  closers.push(() => socket.destroy());
  let text = "";
  let closed = false;
  socket.on("error", () => undefined);
  socket.on("data", (bytes) => {
    text += String(bytes);
  });
  socket.on("close", () => {
    closed = true;
  });
  socket.write(lines);
  return { text: () => text, closed: () => closed };
}

test("what the client says goes through behind the hello, and only answers to it come back", async () => {
  const { port, heard } = await strictServer('{"id":"hello","result":["x","1.4.2"]}');
  const relay = await openElectrumRelay(`tcp://127.0.0.1:${port}`);
  closers.push(relay.close);
  const { text } = await ask(relay.url, '{"id":1,"method":"a","params":[]}\n{"id":2,"method":"b","params":[]}\n');
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
  const relay = await openElectrumRelay(`tcp://127.0.0.1:${port}`);
  closers.push(relay.close);
  const { closed } = await ask(relay.url, '{"id":1,"method":"a","params":[]}\n');
  await until(async () => closed());
  expect(relay.trouble()).toMatch(reason);
});

test("nobody there: the client is hung up on, and the reason is known", async () => {
  const relay = await openElectrumRelay(`tcp://127.0.0.1:${await freePort()}`);
  closers.push(relay.close);
  const { closed } = await ask(relay.url, "{}\n");
  await until(async () => closed());
  expect(relay.trouble()).toBeDefined();
});

test("an address of another form is refused", async () => {
  await expect(openElectrumRelay("http://127.0.0.1:1")).rejects.toMatchObject({ code: "bad_config" });
});
