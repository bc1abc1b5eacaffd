/** Roles as services: three processes without a screen, and whoever asks them from outside. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { freePort } from "../../src/app/free-port.ts";
import { sat } from "../../src/stable/units.ts";
import { notifySocket } from "../support/notify-socket.ts";
import { startInTerminal, type TerminalProgram } from "../tui/terminal.ts";
import { chainArgument, openChainControl, untilBroadcast } from "./chains.ts";
import { type Book, readBook } from "./kills/ledger.ts";
import { jsonLines, type Running, runProgram, temporaryFolder } from "./program.ts";
import { untilSaved } from "./saved.ts";
import { type Services, services } from "./services.ts";
import { until } from "./until.ts";

const folder = temporaryFolder();
let chain: ChainControl;
let all: Services;
let metricsPort: number;
let lsp: Running;
let user: Running;

beforeAll(async () => {
  chain = await openChainControl("embedded");
  all = services(folder.path, chain);
  metricsPort = freePort();
  lsp = await all.start("lsp", ["--metrics", `127.0.0.1:${metricsPort}`]);
  user = await all.start("user");
  await all.start("exchange");
}, 120_000);

afterAll(async () => {
  await all?.close();
  await chain?.close();
  folder.remove();
});

/** @throws with what it said where a line failed */
async function result(role: "user" | "lsp" | "exchange", script: string): Promise<Record<string, unknown>> {
  const { code, stderr, lines } = await all.ask(role, script);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return lines.at(-1)?.result ?? {};
}

const logOf = (role: "user" | "lsp" | "exchange") => join(all.folder(role), "service.log");

function logged(role: "user" | "lsp" | "exchange"): Record<string, unknown>[] {
  const line = z.record(z.string(), z.unknown());
  return readFileSync(logOf(role), "utf8")
    .trimEnd()
    .split("\n")
    .map((text) => line.parse(JSON.parse(text)));
}

function attach(role: string, ...more: string[]): TerminalProgram {
  return startInTerminal(["attach", "--role", role, ...all.place, ...more], { columns: 100, rows: 30 });
}

const book = z.object({
  agreements: z.tuple([z.object({ status: z.string(), backing_msat: z.string(), settlements: z.number() })]),
});

test("the walkthrough, each line asked of a running service", async () => {
  for (const role of ["lsp", "exchange"] as const) {
    const { address } = z.object({ address: z.string() }).parse(await result(role, "getaddress"));
    await chain.fund(address, sat(100_000_000n));
    await result(role, "sync");
  }
  const opening = result("exchange", "openchannel\nwait ready");
  await untilBroadcast(chain);
  await chain.mine(6);
  await opening;
  await result("user", "getjitinvoice");
  await result("exchange", "payjitinvoice");
  await result("user", "wait channels=1\nstartstablechannel last true 4.0 0\nwait settled");
  // Who pays comes last: before the user knew of the fall, it would pay back what it gets.
  await result("user", "price 80000");
  await result("lsp", "price 80000");
  const [ours] = book.parse(await result("user", "wait settled\nstable")).agreements;
  expect(ours).toMatchObject({ status: "active", backing_msat: "5000000", settlements: 1 });
}, 120_000);

test("an error is the same as where no service runs, and so is the exit code", async () => {
  const { code, stderr, lines } = await all.ask("lsp", "balance\nclosechannel deadbeef\nbalance");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^standard input:2: No channel fits deadbeef; .*\(unknown_channel\)\n$/);
  expect(lines).toMatchObject([
    { line: 1, role: "lsp", command: "balance", ok: true },
    { line: 2, role: "lsp", command: "closechannel", ok: false },
  ]);
  const typo = await runProgram(["--role", "lsp", ...all.place, "--", "balence"]);
  expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean balance") });
}, 60_000);

test("a flag that says something else than the running role was started with is refused; one that agrees is not", async () => {
  const balance = (...flags: string[]) => runProgram(["--role", "user", ...all.place, ...flags, "--", "balance"]);
  for (const [flags, says] of [
    [["--price", "fixed=70000"], /^peer-stables: --price fixed=70000 can't hold: the user on regtest runs already /],
    [
      ["--chain", "esplora=http://127.0.0.1:1"],
      /--chain esplora=\S+ can't hold: .*, with bitcoind=http:\/\/\S+:\(hidden\)@/,
    ],
    [
      ["--rgs-url", "http://127.0.0.1:1"],
      new RegExp(`\\(process ${user.pid}\\), without it\\. Leave the flag out, or stop`),
    ],
  ] as const) {
    const { code, stdout, stderr } = await balance(...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
  }
  const agreeing = await balance("--price", "fixed=100000.00", "--alias", "user", "--log-level", "debug");
  expect(agreeing).toMatchObject({ code: 0, stderr: "" });
  const attached = await runProgram(["attach", "--role", "user", ...all.place, "--alias", "bob", "--", "balance"]);
  expect(attached).toMatchObject({ code: 2, stderr: expect.stringContaining("--alias bob can't hold") });
}, 60_000);

test("a second one on the same folder is refused and told how to attach", async () => {
  const { code, stderr } = await runProgram([
    "--role",
    "lsp",
    ...all.place,
    "--headless",
    "--chain",
    "esplora=http://127.0.0.1:1",
  ]);
  expect(code).toBe(4);
  expect(stderr).toContain(`as process ${lsp.pid}; see it with peer-stables attach --role lsp --network regtest`);
}, 60_000);

test("health and metrics tell what it is and how it is", async () => {
  const at = (path: string) => fetch(`http://127.0.0.1:${metricsPort}${path}`);
  let health = await at("/health");
  // Ill, too, where the wallet's last sync is a while ago, as on a machine that stood still.
  await until(async () => {
    health = await at("/health");
    return health.status === 200;
  });
  expect(await health.json()).toMatchObject({ ok: true, role: "lsp", network: "regtest", synced: true });
  const text = await (await at("/metrics")).text();
  expect(text).toMatch(/^peer_stables_agreements\{status="active"\} 1$/m);
  expect(text).toMatch(/^peer_stables_settlements_total 1$/m);
  expect(text).toMatch(/^peer_stables_price_usd 80000\.000000$/m);
  expect((await at("/else")).status).toBe(404);
});

test("the files are the owner's alone, and the log tells what happened without what could be spent", async () => {
  for (const name of ["control.sock", "service.log"]) {
    expect(statSync(join(all.folder("user"), name)).mode & 0o777).toBe(0o600);
  }
  await until(async () => logged("user").some(({ event }) => event === "audit_proposal_accepted"));
  const events = logged("user").map(({ event }) => event);
  expect(events).toContain("started");
  expect(events).toContain("peer_connected");
  expect(events).toContain("channel");
  for (const role of ["user", "lsp", "exchange"] as const) {
    expect(readFileSync(logOf(role), "utf8")).not.toMatch(/lnbcrt[0-9a-z]{30}|"preimage":"[0-9a-f]{64}"/);
  }
}, 60_000);

test("two dashboards, a prompt of lines and one who never reads: nobody waits for another", async () => {
  const first = attach("lsp");
  const second = attach("lsp", "--plain", "--no-color");
  const hung = connect(join(all.folder("lsp"), "control.sock"));
  hung.pause();
  for (let id = 1; id <= 2_000; id++) hung.write(`${JSON.stringify({ id, ask: "run", line: "help" })}\n`);
  try {
    await Promise.all([first.shows("owed to users"), second.shows(/Attached to the lsp on regtest/)]);
    first.type("/getinvoice 1234\r");
    await first.shows("1,234 sat");
    second.type("balance\r");
    await second.shows(/onchain spendable +[\d,]+ sat/);
    first.type("/keysend 02".concat("ab".repeat(32), " 1000\r"));
    await first.shows("Do it?");
    first.type("n");
    await until(async () => {
      const info = await result("lsp", "nodeinfo");
      expect(info).toMatchObject({ role: "lsp" });
      return info["synced"] === true;
    });
    // Both dashboards hear of what somebody else does.
    await result("lsp", "price 81000");
    await first.shows("$81,000.00");
    // The first one leaves the invoice.
    first.type("q");
    await first.shows("q quit");
    first.type("q");
    await first.shows("The lsp runs on.");
    first.type("y");
    expect(await first.exited).toBe(0);
    second.type("exit\r");
    expect(await second.exited).toBe(0);
    expect(await result("lsp", "nodeinfo")).toMatchObject({ role: "lsp" });
  } finally {
    hung.destroy();
    first.close();
    second.close();
  }
}, 60_000);

test("a person with a pipe and no program of ours is answered as well", async () => {
  const lines: Record<string, unknown>[] = [];
  const socket = connect(join(all.folder("user"), "control.sock"));
  let text = "";
  socket.on("data", (bytes) => {
    text += String(bytes);
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.end(`${JSON.stringify({ id: 7, ask: "run", line: "user balance" })}\n`);
  await closed;
  for (const line of text.trimEnd().split("\n")) lines.push(JSON.parse(line));
  expect(lines).toMatchObject([
    { event: "hello", protocol: 1, role: "user", network: "regtest", pid: user.pid },
    { id: 7, role: "user", command: "balance", ok: true, result: { onchain_sat: "0" } },
  ]);
});

const openSettlements = z.object({
  settlements: z.array(z.object({ payment_id: z.string(), direction: z.string(), node_record: z.string().nullable() })),
});
const channels = z.object({
  channels: z.tuple([z.object({ outbound_msat: z.coerce.bigint(), inbound_msat: z.coerce.bigint() })]),
});
const payments = z.object({
  payments: z.array(
    z.object({ kind: z.string(), direction: z.string(), status: z.string(), amount_msat: z.string().nullable() }),
  ),
});
const usableChannels = z.object({ channels: z.array(z.object({ usable: z.boolean() })) });

/**
 * What the user has in its channel, but for the messages, which cost whoever sends them a millisatoshi; undefined while
 * one or a settlement is under way.
 */
async function userShare(): Promise<bigint | undefined> {
  const { code, stderr, lines } = await all.ask("user", "payments 1000\nlistallchannels\npayments 1000");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [{ outbound_msat: outbound, inbound_msat: inbound }] = channels.parse(lines[1]?.result).channels;
  const [before, after] = [lines[0], lines[2]].map((line) =>
    payments.parse(line?.result).payments.filter(({ kind }) => kind === "spontaneous"),
  );
  const isWhole = (outbound + inbound) % 1_000n === 0n;
  if (!isWhole || !Bun.deepEquals(before, after) || after?.some(({ status }) => status === "pending")) return undefined;
  const messages = after?.filter(({ status, amount_msat }) => status === "succeeded" && amount_msat === "1") ?? [];
  return messages.reduce((rest, { direction }) => rest + (direction === "outbound" ? 1n : -1n), outbound);
}

test("stopped while a settlement is in flight, it ends in time, keeps it in its journal, and it is paid once", async () => {
  const idOf = z.object({ agreements: z.tuple([z.object({ agreement_id: z.string() })]) });
  const { agreement_id: id } = idOf.parse(await result("user", "wait settled\nstable")).agreements[0];
  const before = { book: readBook(all.folder("user"), id), share: 0n };
  await until(async () => {
    const share = await userShare();
    before.share = share ?? 0n;
    return share !== undefined;
  });

  await result("user", "price 70000");
  // On a machine that stood still for a while the two may have hung up on each other.
  await until(async () => {
    return usableChannels.parse(await result("lsp", "listallchannels")).channels.every(({ usable }) => usable);
  });
  // Whoever stands still answers nothing: what is sent to it stays in flight.
  user.kill("SIGSTOP");
  let inFlight: string[] = [];
  try {
    await result("lsp", "price 70000");
    await until(async () => {
      const { settlements } = openSettlements.parse(await result("lsp", "settlements"));
      inFlight = settlements.flatMap((one) => (one.node_record === "pending" ? [one.payment_id] : []));
      return inFlight.length > 0;
    }).catch(async (cause) => {
      const [looks, peers] = [await result("lsp", "stable"), await result("lsp", "peers")];
      throw new Error(`nothing is in flight: ${JSON.stringify({ looks, peers })}`, { cause });
    });
    lsp.kill("SIGTERM");
    expect(await lsp.ended).toMatchObject({ code: 143, stdout: "" });
    expect(existsSync(join(all.folder("lsp"), "control.sock"))).toBe(false);
    expect(logged("lsp").at(-1)).toMatchObject({ level: "info", event: "stopped" });
    const kept = readBook(all.folder("lsp"), id);
    const [last, ...others] = kept.settlements.toReversed();
    expect(inFlight).toEqual([last?.payment_id ?? ""]);
    expect(last).toMatchObject({ direction: "sent", payer: "provider", status: "intent" });
    expect(others.map(({ status }) => status)).toEqual(others.map(() => "succeeded"));
    expect(kept.agreement.paid_by_provider_msat).toBe(before.book.agreement.paid_by_provider_msat);
  } finally {
    user.kill("SIGCONT");
  }

  lsp = await all.start("lsp", ["--price", "fixed=70000"]);
  const [ours] = book.parse(await result("user", "wait settled\nstable")).agreements;
  const [theirs] = book.parse(await result("lsp", "wait settled\nstable")).agreements;
  expect(theirs).toEqual(ours);
  expect(ours).toMatchObject({ status: "active", settlements: 2 });
  const [paid, got] = [readBook(all.folder("lsp"), id), readBook(all.folder("user"), id)];
  const rows = ({ settlements }: Book) =>
    settlements.map(({ payment_id, amount_msat }) => ({ payment_id, amount_msat }));
  expect(rows(paid)).toEqual(rows(got));
  expect(paid.settlements.map(({ status }) => status)).toEqual(["succeeded", "succeeded"]);
  expect(got.settlements.map(({ flag }) => flag)).toEqual([null, null]);
  expect(paid.settlements.at(-1)?.payment_id).toBe(inFlight[0] ?? "");
  const amount = got.settlements.at(-1)?.amount_msat ?? 0n;
  expect(got.agreement.paid_by_provider_msat).toBe(before.book.agreement.paid_by_provider_msat + amount);
  await until(async () => (await userShare()) === before.share + amount);
}, 120_000);

test("killed while somebody is attached: a clear word, the terminal as it was, and the socket left behind is known", async () => {
  const watching = attach("lsp");
  const typing = attach("lsp", "--plain", "--no-color");
  try {
    await Promise.all([watching.shows("owed to users"), typing.shows(/Attached to the lsp/)]);
    await untilSaved(all.folder("lsp"));
    lsp.kill("SIGKILL");
    const gone = `The lsp service (process ${lsp.pid}) is gone; start it again, or see its log.`;
    for (const program of [watching, typing]) {
      expect(await program.exited).toBe(1);
      await program.shows(new RegExp(gone.replaceAll(/[().]/g, "\\$&").replaceAll(" ", "\\s+")));
      expect(program.state()).toEqual({
        alternate: false,
        cursorHidden: false,
        echo: true,
        canonical: true,
        mouse: false,
      });
    }
  } finally {
    watching.close();
    typing.close();
  }
  expect(existsSync(join(all.folder("lsp"), "control.sock"))).toBe(true);
  const nobody = await runProgram(["attach", "--role", "lsp", ...all.place, "--", "balance"]);
  expect(nobody).toMatchObject({ code: 3, stderr: expect.stringContaining("(service_missing)") });
  lsp = await all.start("lsp", ["--price", "fixed=70000"]);
  expect(await result("lsp", "nodeinfo")).toMatchObject({ role: "lsp" });
}, 60_000);

test("without a service a command runs a node of its own, as ever", async () => {
  user.kill("SIGINT");
  expect(await user.ended).toMatchObject({ code: 130 });
  const { code, stdout, stderr } = await runProgram([
    ...["--role", "user", ...all.place, "--chain", chainArgument(chain.source), "--price", "fixed=100000"],
    ...["--listen", `127.0.0.1:${freePort()}`, "--json", "--", "nodeinfo"],
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(jsonLines(stdout)[0]?.result).toMatchObject({ role: "user" });
}, 60_000);

test("a service manager is told in order: ready, signs of life, and the end", async () => {
  const socket = join(folder.path, "notify");
  const manager = notifySocket(socket);
  try {
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "200000" };
    user = await all.start("user", ["--price", "fixed=70000"], env);
    await until(async () => manager.told().filter((state) => state === "WATCHDOG=1").length >= 3);
    user.kill("SIGTERM");
    expect(await user.ended).toMatchObject({ code: 143 });
    const [ready, ...more] = manager.told();
    expect(ready).toBe("READY=1\nSTATUS=user on regtest");
    expect(more.at(-1)).toBe("STOPPING=1");
    expect(new Set(more.slice(0, -1))).toEqual(new Set(["WATCHDOG=1"]));
  } finally {
    manager.close();
  }
}, 60_000);
