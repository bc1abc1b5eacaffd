/** A control socket with real connections, over roles in memory. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { parseLine } from "../../src/commands/parse.ts";
import { attachTo } from "../../src/control/attach.ts";
import { type Hello, PROTOCOL } from "../../src/control/protocol.ts";
import { type ControlSocket, serveControl } from "../../src/control/serve.ts";
import type { StageSession } from "../../src/script/stage.ts";
import { createRoles, type FakeRoles, nodeIds, onboarded } from "../commands/fake-roles.ts";
import { manualClock } from "../price/manual-clock.ts";
import { fakeStage } from "../script/fake-stage.ts";
import { until } from "../support/until.ts";

const clock = systemClock();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function temporaryPath(name = "control.sock"): string {
  const folder = mkdtempSync(join(tmpdir(), "peer-stables-control-"));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

const hello: Hello = {
  event: "hello",
  protocol: PROTOCOL,
  version: "1.2.3",
  role: "user",
  network: "regtest",
  node_id: nodeIds.user,
  pid: process.pid,
  settings: { price: "live" },
};

interface Serving {
  control: ControlSocket;
  hungUp: string[];
  /** Tells everybody that something changed. */
  change(): void;
  scenarios: string[];
}

/** @param over replaces parts of the session */
async function serve(
  path: string,
  over: Partial<StageSession> = {},
  time = clock,
  fake: FakeRoles = createRoles(),
): Promise<Serving> {
  const stage = fakeStage(fake, ["user"]);
  const session = stage.session("user");
  if (session === undefined) throw new Error("no session");
  const listeners = new Set<() => void>();
  const hungUp: string[] = [];
  const scenarios: string[] = [];
  const attached = {
    hello,
    clock: time,
    async scenario(name: string) {
      scenarios.push(name);
    },
    session: {
      ...session,
      onChange(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      ...over,
    },
  };
  const control = await serveControl(path, attached, (reason) => hungUp.push(reason));
  closers.push(() => control.close("the test is over"));
  return {
    control,
    hungUp,
    scenarios,
    change: () => {
      for (const listener of listeners) listener();
    },
  };
}

async function attached(path: string) {
  const one = await attachTo(path, clock);
  if (one === undefined) throw new Error("nobody there");
  closers.push(() => one.close());
  return one;
}

/** The other end may hang up while something is still on its way to it. */
function connection(path: string): Socket {
  const socket = connect(path);
  socket.on("error", () => undefined);
  closers.push(() => socket.destroy());
  return socket;
}

/** A connection of its own, with every line it hears. */
function raw(path: string): { socket: Socket; heard: () => string[]; closed: Promise<void> } {
  const socket = connection(path);
  let text = "";
  socket.on("data", (bytes) => {
    text += String(bytes);
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  return { socket, heard: () => text.split("\n").slice(0, -1), closed };
}

/** Somebody else's server, which says this to everybody and no more. */
async function stranger(path: string, says: string): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(says);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closers.push(() => server.close());
}

describe("an attachment", () => {
  test("has the same face as a session here: results, views, errors, changes", async () => {
    const path = temporaryPath();
    const serving = await serve(path);
    const one = await attached(path);
    expect(one.hello).toEqual(hello);
    const { call } = parseLine("nodeinfo", ["user"]);
    const outcome = await one.session.run(call);
    expect(outcome.result).toMatchObject({ node_id: nodeIds.user, role: "user" });
    expect(outcome.view()).toMatchObject({ kind: "card" });
    expect((await one.session.run(parseLine("exit", ["user"]).call)).quit).toBe(true);
    const failing = one.session.run(parseLine("closechannel deadbeef", ["user"]).call);
    await expect(failing).rejects.toMatchObject({ code: "unknown_channel" });
    expect(await one.session.settled()).toMatchObject({ settled: false });
    await one.scenario("calm");
    expect(serving.scenarios).toEqual(["calm"]);
    let changes = 0;
    one.session.onChange(() => changes++);
    await one.session.settled();
    serving.change();
    await until(async () => changes === 1);
  });

  test("a file is named from where it was typed", async () => {
    const path = temporaryPath();
    await serve(path, {}, clock, await onboarded());
    const one = await attached(path);
    const run = async (line: string) => (await one.session.run(parseLine(line, ["user"]).call)).result;
    const { agreement_id } = await run("startstablechannel last true 4 0");
    const told = await run(`stable ${agreement_id} --evidence "my proof.json"`);
    expect(told).toMatchObject({ evidence: { file: join(process.cwd(), "my proof.json") } });
  });

  test("the socket is the owner's alone, and gone when it is closed", async () => {
    const path = temporaryPath();
    const { control } = await serve(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const one = await attached(path);
    await control.close("it is being stopped");
    await expect(one.gone).rejects.toMatchObject({
      code: "service_gone",
      message: expect.stringContaining("has hung up: it is being stopped."),
    });
    await expect(one.session.settled()).rejects.toMatchObject({ code: "service_gone" });
    expect(existsSync(path)).toBe(false);
    expect(await attachTo(path, clock)).toBeUndefined();
  });

  test("a path longer than a socket's may be is no hindrance", async () => {
    const path = temporaryPath(join("d".repeat(90), "control.sock"));
    mkdirSync(join(path, ".."));
    await serve(path);
    expect((await attached(path)).hello.role).toBe("user");
    expect(statSync(path).isSocket()).toBe(true);
  });

  test("closed while it is asked something, every question ends with an error, and later ones too", async () => {
    const path = temporaryPath();
    let asked = 0;
    await serve(path, {
      run: () => {
        asked++;
        return new Promise(() => undefined);
      },
    });
    const one = await attached(path);
    const open = Promise.allSettled([1, 2].map(() => one.session.run(parseLine("sync", ["user"]).call)));
    await until(async () => asked === 2);
    one.close();
    const later = await Promise.allSettled([one.session.settled(), one.scenario("calm")]);
    const said = "The attachment was closed; attach again to ask more.";
    const reason = expect.objectContaining({ name: "ControlError", code: "service_gone", message: said });
    for (const ended of [...(await open), ...later]) expect(ended).toEqual({ status: "rejected", reason });
  });

  test("another protocol is refused with both versions", async () => {
    const path = temporaryPath();
    await stranger(path, `${JSON.stringify({ ...hello, protocol: 99 })}\n`);
    await expect(attachTo(path, clock)).rejects.toMatchObject({
      code: "service_protocol",
      message: expect.stringContaining("1.2.3"),
    });
  });

  test("whoever accepts and says nothing is given up", async () => {
    const path = temporaryPath();
    await stranger(path, "");
    const time = manualClock();
    const attaching = attachTo(path, time);
    attaching.catch(() => undefined);
    await until(async () => time.pending() > 0);
    time.advance(10_000);
    await expect(attaching).rejects.toMatchObject({ code: "deadline" });
  });

  test("what nobody of ours would say ends it", async () => {
    const path = temporaryPath();
    const { hungUp } = await serve(path);
    for (const line of ["junk", "{}", '{"id":1,"ask":"run"}', '{"id":-1,"ask":"settled"}', "x".repeat(300_000)]) {
      const { socket, heard, closed } = raw(path);
      socket.write(`${line}\n`);
      await closed;
      expect(JSON.parse(heard().at(-1) ?? "")).toMatchObject({ event: "bye" });
    }
    expect(hungUp).toHaveLength(5);
  });
});

describe("somebody who reads slowly or not at all", () => {
  test("is not run for beyond what it may owe, and holds up nobody", async () => {
    const path = temporaryPath();
    let runs = 0;
    const big = { commands: [{ ...entry, notes: ["x".repeat(200_000)] }] };
    await serve(path, {
      async run(call) {
        runs++;
        return call.outcomeOf(call.text === "help" ? big : { block_height: 1 });
      },
    });
    const slow = connection(path);
    await new Promise<void>((resolve) => slow.once("connect", () => resolve()));
    slow.pause();
    slow.write(`${JSON.stringify({ id: 1, ask: "run", line: "help" })}\n`.repeat(500));
    await until(async () => runs > 5);
    const other = await attached(path);
    const before = runs;
    for (let i = 0; i < 20; i++) await other.session.run(parseLine("sync", ["user"]).call);
    // Its unread megabyte is reached by then, and only what others ask is run.
    expect(runs - before).toBe(20);
    expect(runs).toBeLessThan(60);
    let bytes = 0;
    slow.on("data", (chunk) => {
      bytes += chunk.length;
    });
    slow.resume();
    await until(async () => bytes > 500 * 200_000);
  }, 30_000);

  test("is let go after half a minute without reading a byte", async () => {
    const path = temporaryPath();
    const time = manualClock();
    const big = { commands: [{ ...entry, notes: ["x".repeat(900_000)] }] };
    const { control, hungUp } = await serve(path, { run: async (call) => call.outcomeOf(big) }, time);
    const hung = connection(path);
    await new Promise<void>((resolve) => hung.once("connect", () => resolve()));
    hung.pause();
    hung.write(`${JSON.stringify({ id: 1, ask: "run", line: "help" })}\n`.repeat(5));
    await until(async () => time.pending() > 0);
    time.advance(29_999);
    expect(control.attachments()).toBe(1);
    time.advance(1);
    expect(control.attachments()).toBe(0);
    expect(hungUp).toEqual(["it read nothing for 30 seconds"]);
  });

  test("too many are turned away with a word", async () => {
    const path = temporaryPath();
    const { control } = await serve(path);
    for (let i = 0; i < 64; i++) await attached(path);
    expect(control.attachments()).toBe(64);
    await expect(attachTo(path, clock)).rejects.toMatchObject({
      message: expect.stringContaining("64 are attached already"),
    });
  });

  test("and are gone before the word is there, without harm", async () => {
    const path = temporaryPath();
    const { control } = await serve(path);
    for (let i = 0; i < 64; i++) await attached(path);
    // While it runs nobody here is accepted, and when it has ended they have left.
    const knock = `for (let i = 0; i < 5; i++) require("node:net").connect(${JSON.stringify(path)});
      setTimeout(() => process.exit(), 100);`;
    expect(Bun.spawnSync([process.execPath, "-e", knock]).exitCode).toBe(0);
    await expect(attachTo(path, clock)).rejects.toThrow("64 are attached already");
    expect(control.attachments()).toBe(64);
  });
});

const entry = { name: "x", usage: "x", summary: "", aliases: [], roles: [], arguments: [], notes: [] };
