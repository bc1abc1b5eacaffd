/** The port LDK's RPC client is given: a bitcoind that falls silent is let go of. */
import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { openBitcoindRelay } from "../../src/app/bitcoind-relay.ts";
import { freePort } from "../../src/app/free-port.ts";
import { manualClock } from "../price/manual-clock.ts";
import { until } from "../support/until.ts";

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** Says `pong` to `ping`, and nothing to anything else. */
async function server(): Promise<number> {
  const port = freePort();
  const listening = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => String(bytes) === "ping" && socket.write("pong"));
  });
  await new Promise<void>((resolve) => listening.listen(port, "127.0.0.1", resolve));
  closers.push(() => listening.close());
  return port;
}

async function relayed(port: number) {
  const clock = manualClock();
  const relay = await openBitcoindRelay("127.0.0.1", port, clock);
  const socket = connect(relay.port, "127.0.0.1");
  closers.push(relay.close, () => socket.destroy());
  const heard = { text: "", error: "" };
  socket.on("data", (bytes) => {
    heard.text += String(bytes);
  });
  socket.on("error", (error) => {
    heard.error = "code" in error ? String(error.code) : error.message;
  });
  return { clock, relay, socket, heard };
}

test("what is asked and answered goes through, and nothing is waited for after it", async () => {
  const { clock, relay, socket, heard } = await relayed(await server());
  socket.write("ping");
  await until(async () => heard.text === "pong");
  expect(clock.pending()).toBe(0);
  expect(relay.trouble()).toBeUndefined();
});

test("fifteen seconds without an answer end the connection, with the reason", async () => {
  const { clock, relay, socket, heard } = await relayed(await server());
  socket.write("hello?");
  await until(async () => clock.pending() === 1);
  clock.advance(14_999);
  expect(relay.trouble()).toBeUndefined();
  clock.advance(1);
  await until(async () => heard.error === "ECONNRESET");
  expect(relay.trouble()).toBe("no answer within 15 s");
});

test("nobody there: the client is hung up on, and the reason is known", async () => {
  const { relay, heard } = await relayed(freePort());
  await until(async () => heard.error === "ECONNRESET");
  expect(relay.trouble()).toBeDefined();
});
