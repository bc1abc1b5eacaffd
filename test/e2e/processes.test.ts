/**
 * The walkthrough as three people play it: a process for each role, with nothing shared but disk, over each kind of chain
 * source on a real bitcoind.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { freePort } from "../../src/app/free-port.ts";
import type { Role } from "../../src/node/port.ts";
import { sat } from "../../src/stable/units.ts";
import { chainArgument, openSource, sourceKinds, untilBroadcast } from "./chains.ts";
import { type Line, type Running, SEVERAL_TESTS_MS, startProgram, temporaryFolder } from "./program.ts";

/** Of a user that starts before its LSP, where that takes longer than two seconds. */
const UNTOLD =
  "No LSP is known yet: waiting up to 60 seconds for one on this machine; --lsp NODEID@HOST:PORT names another.\n";

const book = z.object({
  agreements: z.tuple([
    z.object({
      agreement_id: z.string(),
      channel_id: z.string(),
      role: z.string(),
      status: z.literal("active"),
      target_usd: z.literal("4.000000"),
      backing_msat: z.string(),
      settlements: z.number(),
      paid_msat: z.string(),
      received_msat: z.string(),
    }),
  ]),
});

/** Outlasts three starts, six blocks and a payment on a busy machine. */
const long = (condition: string) => `wait ${condition} timeout 110`;

function bookOf(line: Line | undefined) {
  return book.parse(line?.result).agreements[0];
}

describe.each(sourceKinds)("over %s", (kind) => {
  const folder = temporaryFolder();
  let chain: ChainControl;
  const listen = new Map<Role, string>();
  const running = new Set<Running>();

  beforeAll(async () => {
    chain = await openSource(kind);
    for (const role of ["exchange", "user", "lsp"] as const) listen.set(role, `127.0.0.1:${freePort()}`);
  }, 300_000);

  afterAll(async () => {
    for (const program of running) program.kill("SIGKILL");
    await Promise.all([...running].map((program) => program.ended));
    await chain?.close();
    folder.remove();
  });

  /** A role's process with this script; several lines in one text. */
  function play(role: Role, script: string): Running {
    const program = startProgram(
      [
        ...["--role", role, "--network", "regtest", "--chain", chainArgument(chain.source), "--price", "fixed=100000"],
        ...["--data-dir", join(folder.path, "data"), "--listen", listen.get(role) ?? "", "--script", "-", "--json"],
      ],
      { stdin: script, longestMs: SEVERAL_TESTS_MS },
    );
    running.add(program);
    void program.ended.then(() => running.delete(program));
    return program;
  }

  async function succeeds(program: Running): Promise<Line[]> {
    const { code, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return program.lines();
  }

  async function stops(program: Running, mayTell = ""): Promise<void> {
    program.kill("SIGTERM");
    const { code, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 143, stderr: stderr === mayTell ? mayTell : "" });
    expect(program.lines().every((line) => line.ok)).toBe(true);
  }

  async function untilLine(program: Running, n: number): Promise<Line> {
    const line = await program.line(n);
    expect(line).toMatchObject({ ok: true });
    return line;
  }

  let user: Running;
  let lsp: Running;

  test("each role starts, gives an address and stops; the test's miner funds them", async () => {
    for (const role of ["lsp", "exchange"] as const) {
      const [line] = await succeeds(play(role, "getaddress"));
      const { address } = z.object({ address: z.string() }).parse(line?.result);
      await chain.fund(address, sat(100_000_000n));
    }
    // As where there has been no LSP yet: the user waits for its word, and does not take an old one for it.
    rmSync(join(folder.path, "data", "regtest", "lsp.json"));
  }, 60_000);

  test("a user that starts first finds the LSP, the exchange opens a channel, and its payment one to the user", async () => {
    user = play(
      "user",
      [
        ...["getjitinvoice", long("channels=1"), "wait paid", "startstablechannel last true 4.0 0", long("settled")],
        ...["price 80000", long("settled"), "stable", "sleep 600"],
      ].join("\n"),
    );
    lsp = play("lsp", `${long("channels=2")}\n${long("settled")}\nsleep 600`);
    await untilLine(user, 1);
    const exchange = play("exchange", `openchannel\n${long("ready")}\npayjitinvoice`);
    await untilLine(exchange, 1);
    await untilBroadcast(chain);
    await chain.mine(6);
    const [, , paid] = await succeeds(exchange);
    expect(paid?.result).toMatchObject({ status: "succeeded", amount_msat: "50000000" });
    await untilLine(user, 2);
  }, 120_000);

  test("they agree on a stable channel, each at its own price", async () => {
    const { result } = await untilLine(user, 4);
    expect(result).toMatchObject({ status: "active", target_usd: "4.000000", backing_msat: "4000000" });
    await untilLine(lsp, 2);
    const { result: price } = await untilLine(user, 6);
    expect(price).toMatchObject({ price_usd: "80000.000000", status: "ok" });
  }, 60_000);

  test("an LSP that is stopped comes back with its channels and agreement, and pays what became due", async () => {
    await stops(lsp);
    lsp = play("lsp", `price 80000\n${long("settled")}\nstable\nsleep 600`);
    const theirs = bookOf(await untilLine(lsp, 3));
    const ours = bookOf(await untilLine(user, 8));
    expect(ours).toMatchObject({ role: "receiver", backing_msat: "5000000", received_msat: "1000000", settlements: 1 });
    expect(theirs).toMatchObject({ role: "provider", backing_msat: "5000000", paid_msat: "1000000", settlements: 1 });
    expect([theirs.agreement_id, theirs.channel_id]).toEqual([ours.agreement_id, ours.channel_id]);
  }, 60_000);

  test("stopped and started once more, both still have the same book", async () => {
    await stops(user, UNTOLD);
    await stops(lsp);
    const [ours] = await succeeds(play("user", "stable"));
    const [theirs] = await succeeds(play("lsp", "stable"));
    expect(bookOf(ours)).toMatchObject({ backing_msat: "5000000", received_msat: "1000000", settlements: 1 });
    expect(bookOf(theirs)).toMatchObject({ backing_msat: "5000000", paid_msat: "1000000", settlements: 1 });
  }, 60_000);
});
