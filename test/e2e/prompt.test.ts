import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./program.ts";
import { openTerminal, type Screen } from "./terminal.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const GREETING = /Type help, or follow scripts\/demo\.txt; exit leaves\.\n>$/s;

async function openPrompt(...args: string[]): Promise<Screen> {
  const screen = openTerminal(["demo", "--plain", "--no-color", ...args], { TMPDIR: folder.path });
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
  expect(readdirSync(folder.path).filter((name) => name.startsWith("peer-stables"))).toEqual([]);
}

test("commands are typed, completed, pasted and corrected", async () => {
  const screen = await openPrompt();
  screen.type("help\r");
  await screen.shows(/getjitinvoice .*an invoice whose payment opens a channel.*\n>$/s);
  screen.type("user balence\r");
  await screen.shows(/There is no command "balence"; did you mean balance\? \(unknown_command\)\n>$/s);
  screen.type("lsp geta\t");
  await screen.shows(/> lsp getaddress$/);
  screen.type("\r");
  await screen.shows(/> lsp getaddress\naddress +bcrt1\w+\n>$/);
  screen.type("faucet lsp 1000000\rlet id = lsp nodeinfo .node_id\rlsp balance\r");
  await screen.shows(/id = 0[23][0-9a-f]{64}.*1,000,000 sat.*\n>$/s);
  screen.type("# only a remark\r\r/price 80000\r");
  await screen.shows(/by hand +\$80,000\.00.*\n>$/s);
  screen.type("exit\r");
  await expectLeft(screen, 0);
}, 60_000);

test("ctrl-c gives up the line and says how to leave; a second one leaves", async () => {
  const screen = await openPrompt();
  screen.type("user bal");
  await screen.shows(/> user bal$/);
  screen.type(CTRL_C);
  await screen.shows(/ctrl-c again, or exit, stops the nodes and leaves\.\n>$/s);
  screen.type("lsp nodeinfo\r");
  await screen.shows(/> lsp nodeinfo\n.*role +lsp\n>$/s);
  screen.type(CTRL_C);
  await screen.shows(/role +lsp\n>\nctrl-c again, or exit, stops the nodes and leaves\.\n>$/s);
  screen.type(CTRL_C);
  await expectLeft(screen, 0);
}, 60_000);

test("leaving does not wait for the command that is under way", async () => {
  const screen = await openPrompt();
  screen.type("sleep 3600\r");
  await screen.shows(/\n> sleep 3600$/);
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
  await screen.shows(/> user bal$/);
  process.kill(Number(readFileSync(join(data, "regtest/lsp/lock"), "utf8")), "SIGTERM");
  await expectLeft(screen, 143);
}, 60_000);
