/** `--plain`: everything line by line, for screen readers; commands at a prompt. */
import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./program.ts";
import { openTerminal, type Screen } from "./terminal.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const GREETING = /Type help, or follow scripts\/demo\.txt; exit leaves\.\n.*as it happens\.\n>/s;

async function openPrompt(...args: string[]): Promise<Screen> {
  const fixed = args.includes("--price") ? [] : ["--price", "fixed=100000"];
  const screen = openTerminal(["demo", "--plain", ...fixed, ...args], { TMPDIR: folder.path, HOME: folder.path });
  await screen.shows(GREETING);
  return screen;
}

/** The shell has the terminal back as it gave it, and the demo left nothing behind. */
async function expectLeft(screen: Screen, code: number): Promise<void> {
  await screen.shows(/exit code \d+\n.*echoprt/s);
  await screen.ended;
  expect(screen.text()).toContain(`exit code ${code}\n`);
  expect(screen.text()).toMatch(/ icanon /);
  expect(screen.text()).toMatch(/ echo /);
  expect(screen.written()).not.toContain("\u001b");
  expect(readdirSync(folder.path).filter((name) => name.startsWith("peer-stables-demo"))).toEqual([]);
}

test("commands are typed, pasted and corrected", async () => {
  const screen = await openPrompt();
  screen.type("help\r");
  await screen.shows(/getjitinvoice .*an invoice whose payment opens a channel/s);
  screen.type("user balence\r");
  await screen.shows(/There is no command "balence"; did you mean balance\? \(unknown_command\)/s);
  screen.type("lsp getaddress\r");
  await screen.shows(/address +bcrt1\w+/);
  screen.type("faucet lsp 1000000\rlet id = lsp nodeinfo .node_id\rlsp balance\r");
  await screen.shows(/id = 0[23][0-9a-f]{64}.*1,000,000 sat/s);
  screen.type("# only a remark\r\r/price 80000\r");
  await screen.shows(/by hand +\$80,000\.00/s);
  screen.type("exit\r");
  await expectLeft(screen, 0);
}, 60_000);

test("from nothing to a settled peg: every change is told as it happens, and all of it on request", async () => {
  const screen = await openPrompt();
  await screen.shows(/next: Step 1 of 5, type next: Give the LSP and the exchange a bitcoin each/);
  for (const step of [2, 3, 4, 5]) {
    screen.type("next\r");
    await screen.shows(new RegExp(`next: Step ${step} of 5`));
  }
  // The end with the lower node id tells of a channel.
  await screen.shows(/(lsp: the channel with exchange|exchange: the channel with lsp), 500,000 sat is ready/);
  await screen.shows(/user: the \$4\.00 peg with lsp holds/);
  screen.type("next\r");
  await screen.shows(/price: 1 bitcoin is \$80,000\.00, by hand/);
  await screen.shows(/user: lsp settled with [\d,]+ sat, drift now -?0\.0\d %/);
  await screen.shows(/user: \$4\.00 held, backed by lsp; active; worth .*; 1 settlement, last/);
  screen.type("status\r");
  await screen.shows(/user: channel with lsp of 100,000 sat, 0 conf\.; ours .* \$4\.00 of it pegged/);
  await screen.shows(/lsp: if bitcoin falls, 10 % costs/);
  await screen.shows(/lsp: earned in 30 days: opening fees/);
  screen.type("user closechannel last\r");
  await screen.shows(/The \$4\.00 peg is settled first and ends.*Do it\? y or n/s);
  screen.type("n\r");
  await screen.shows(/Nothing was done/);
  screen.type("kill user\r");
  await screen.shows(/user is off/);
  screen.type("exit\r");
  await expectLeft(screen, 0);
}, 90_000);

test("ctrl-c says how to leave; a second one leaves, a line between them takes it back", async () => {
  const screen = await openPrompt();
  screen.type(CTRL_C);
  await screen.shows(/ctrl-c again, or exit, stops the nodes and leaves\./);
  screen.type("lsp nodeinfo\r");
  await screen.shows(/role +lsp\n/);
  screen.type(CTRL_C);
  await screen.shows(/role +lsp\n.*ctrl-c again, or exit, stops the nodes and leaves\./s);
  screen.type(CTRL_C);
  await expectLeft(screen, 0);
}, 60_000);

test("leaving does not wait for the command that is under way", async () => {
  const screen = await openPrompt();
  screen.type("sleep 3600\r");
  await screen.shows(/sleep 3600/);
  screen.type(CTRL_C);
  await screen.shows(/ctrl-c again, or exit/);
  screen.type(CTRL_C);
  await expectLeft(screen, 0);
}, 60_000);

test("ctrl-d leaves", async () => {
  const screen = await openPrompt();
  screen.type(CTRL_D);
  await expectLeft(screen, 0);
}, 60_000);

test("a signal from outside leaves the terminal as it was, too", async () => {
  const data = join(folder.path, "data");
  const screen = await openPrompt("--data-dir", data);
  screen.type("user bal");
  await screen.shows(/user bal/);
  process.kill(Number(readFileSync(join(data, "regtest/lsp/lock"), "utf8")), "SIGTERM");
  await expectLeft(screen, 143);
}, 60_000);
