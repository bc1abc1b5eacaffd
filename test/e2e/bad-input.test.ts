/** What cannot be understood is refused before anything starts: exit 2, a sentence with its place, and no trace. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runProgram, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const dataDir = join(folder.path, "data");

interface Typed {
  line: string;
  code: string;
  /** Where in the line. */
  column: number;
  /** What was typed, and what to do. */
  says: RegExp;
}

const typed: Typed[] = [
  { line: "user balence", code: "unknown_command", column: 6, says: /"balence"; did you mean balance\?/ },
  { line: "frobnicate", code: "unknown_command", column: 1, says: /"frobnicate"; help lists/ },
  {
    line: "exchange getjitinvoice",
    code: "wrong_role",
    column: 10,
    says: /getjitinvoice is for user, not for exchange/,
  },
  { line: "user payjitinvoice", code: "wrong_role", column: 6, says: /payjitinvoice is for exchange, not for user/ },
  { line: "getaddress", code: "missing_role", column: 1, says: /getaddress\? Write exchange or user or lsp in front/ },
  { line: "user", code: "missing_argument", column: 5, says: /A command is missing after user; help/ },
  { line: "lsp getinvoice", code: "missing_argument", column: 15, says: /needs SATS .*write getinvoice SATS/ },
  {
    line: "user startstablechannel last true 4",
    code: "missing_argument",
    column: 36,
    says: /needs BTC .*write startstablechannel CHANNEL/,
  },
  { line: "user openchannel 03ab", code: "bad_argument", column: 18, says: /"03ab": .*expected NODEID@HOST:PORT/ },
  {
    line: "user closechannel xyz",
    code: "bad_argument",
    column: 19,
    says: /"xyz": not hexadecimal; expected a channel id/,
  },
  { line: "user startstablechannel last maybe 4 0", code: "bad_argument", column: 30, says: /"maybe".*true or false/ },
  {
    line: "lsp payinvoice lnbcfoo",
    code: "invalid_invoice",
    column: 16,
    says: /"lnbcfoo".*expected a BOLT 11 invoice/,
  },
  {
    line: "lsp getinvoice 5usd",
    code: "bad_amount",
    column: 16,
    says: /"5usd": usd is not sat, msat or btc; expected sats/,
  },
  {
    line: "lsp getinvoice 0.5",
    code: "bad_amount",
    column: 16,
    says: /"0\.5": a plain number is whole sats; .*0\.5btc/,
  },
  {
    line: "lsp getinvoice -1",
    code: "bad_amount",
    column: 16,
    says: /"-1": an amount cannot be negative; expected sats/,
  },
  { line: "lsp getinvoice 1e6", code: "bad_amount", column: 16, says: /"1e6".*expected sats/ },
  {
    line: "lsp getinvoice 22000000btc",
    code: "bad_amount",
    column: 16,
    says: /"22000000btc": .*21 million.*expected sats/,
  },
  {
    line: "user startstablechannel last true 4btc 0",
    code: "bad_amount",
    column: 35,
    says: /"4btc": btc is not a unit of dollars; expected dollars/,
  },
  { line: "price 0", code: "bad_amount", column: 7, says: /"0": a price must be more than zero; expected dollars/ },
  { line: "lsp getaddress now", code: "unexpected_argument", column: 16, says: /takes no "now"; write getaddress/ },
  {
    line: "user closechannel last --forse",
    code: "unexpected_argument",
    column: 24,
    says: /"--forse"; did you mean --force/,
  },
  { line: "user getinvoice 1 'open", code: "bad_argument", column: 19, says: /never closed; close it with '/ },
  {
    line: "wait user rich",
    code: "bad_argument",
    column: 11,
    says: /"rich".*expected ready, paid, synced, settled or channels=N/,
  },
  { line: "expect user balance .onchain_sat =< 5", code: "bad_argument", column: 34, says: /"=<"/ },
  { line: "user payinvoice $INVOICE", code: "bad_argument", column: 17, says: /\$INVOICE is not set; .*let INVOICE =/ },
];

describe("a script with such a last line is refused whole", () => {
  test.each(typed)("$line", async ({ line, code, column, says }) => {
    const stdin = `# two good lines\nfaucet lsp 100000\n\nlsp getaddress\n${line}\n`;
    const {
      code: exit,
      stdout,
      stderr,
    } = await runProgram(["demo", "--script", "-", "--json", "--data-dir", dataDir], { stdin });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toMatch(says);
    expect(stderr).toStartWith(`standard input:5:${column}: `);
    expect(stderr).toContain(` (${code})\n`);
    expect(stderr).toEndWith("nothing of it was run. (script_syntax)\n");
    expect(existsSync(dataDir)).toBe(false);
  });
});

test("every problem of a script is said at once", async () => {
  const script = join(folder.path, "problems.txt");
  await Bun.write(script, "user balence\nlsp getaddress\nlsp getinvoice 5usd\r\nlet x = user balance\n");
  const { code, stdout, stderr } = await runProgram(["demo", "--script", script, "--data-dir", dataDir]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  const places = stderr.split("\n").filter((line) => line.startsWith(script));
  expect(places.map((line) => line.slice(script.length).match(/^:\d+:\d+/)?.[0])).toEqual([":1:6", ":3:16", ":4:21"]);
  expect(existsSync(dataDir)).toBe(false);
});

test("a command behind -- has its own error", async () => {
  const { code, stdout, stderr } = await runProgram(["demo", "--json", "--data-dir", dataDir, "--", "user", "balence"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^peer-stables: There is no command "balence"; did you mean balance\? \(unknown_command\)\n$/);
  expect(existsSync(dataDir)).toBe(false);
});

test("in a session with one role other roles and the demo's verbs are not there", async () => {
  const session = ["--role", "user", "--network", "regtest", "--chain", "bitcoind=http://u:p@127.0.0.1:1"];
  for (const [line, says] of [
    ["lsp balance", /There is no lsp here; the roles are user\. \(wrong_role\)/],
    ["payjitinvoice", /payjitinvoice is for exchange; here is only user\. \(wrong_role\)/],
    ["mine 6", /mine works in the demo only.*\(wrong_role\)/],
  ] as const) {
    const { code, stdout, stderr } = await runProgram([...session, "--data-dir", dataDir, "--", line]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
  }
  expect(existsSync(dataDir)).toBe(false);
});

test("a script that cannot be read is named", async () => {
  const script = join(folder.path, "missing.txt");
  const { code, stdout, stderr } = await runProgram(["demo", "--script", script, "--data-dir", dataDir]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(`The script ${script} cannot be read`);
  expect(stderr).toMatch(/name another with --script\. \(usage\)\n$/);
  expect(existsSync(dataDir)).toBe(false);
});
