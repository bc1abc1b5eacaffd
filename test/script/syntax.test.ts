import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { exitCodeOf } from "../../src/errors.ts";
import type { Role } from "../../src/node/port.ts";
import { parseScript, ScriptError } from "../../src/script/script.ts";
import { verbs } from "../../src/script/verbs.ts";
import { createRoles } from "../commands/fake-roles.ts";
import { play } from "./fake-stage.ts";

const demo = { roles: ["exchange", "user", "lsp"] as const, world: true };

function problems(text: string, stage: { roles: readonly Role[]; world: boolean } = demo): string[] {
  try {
    parseScript(text, "x.txt", stage);
    return [];
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    expect(error.code).toBe("script_syntax");
    expect(exitCodeOf(error)).toBe(2);
    return error.problems.map((problem) => problem.message);
  }
}

describe("a script that does not parse", () => {
  test.each([
    ["lsp getadress", 'x.txt:1:5: There is no command "getadress"; did you mean getaddress?'],
    ["lsp getjitinvoice", "x.txt:1:5: getjitinvoice is for user, not for lsp."],
    ["balance", "x.txt:1:1: Who shall run balance? Write exchange or user or lsp in front of it."],
    ["faucet bob 5", 'x.txt:1:8: ROLE "bob": not one of them; expected exchange, user or lsp.'],
    [
      "faucet user",
      "x.txt:1:12: faucet needs SATS (sats such as 50000, 50000sat, 50000000msat or 0.0005btc); write faucet ROLE SATS.",
    ],
    ["mine 0", 'x.txt:1:6: N "0": out of range or not a whole number; expected a whole number from 1 to 1000.'],
    [
      "wait user happy",
      'x.txt:1:11: CONDITION "happy": not one of them; expected ready, paid, synced, settled or channels=N.',
    ],
    [
      "wait user constructor",
      'x.txt:1:11: CONDITION "constructor": not one of them; expected ready, paid, synced, settled or channels=N.',
    ],
    [
      "wait user ready timeout",
      "x.txt:1:24: timeout needs SECONDS behind it; write wait ROLE CONDITION [timeout SECONDS].",
    ],
    ["wait user ready 5", 'x.txt:1:17: wait takes no "5"; write wait ROLE CONDITION [timeout SECONDS].'],
    [
      "sleep soon",
      'x.txt:1:7: SECONDS "soon": out of range or not a whole number; expected a whole number from 0 to 86400.',
    ],
    [
      "price 0",
      'x.txt:1:7: USD "0": a price must be more than zero; expected dollars per bitcoin such as 80000 or $79999.50.',
    ],
    ["user getinvoice 'abc", "x.txt:1:17: The quote at column 17 is never closed; close it with '."],
    ["user payinvoice $invoice", "x.txt:1:17: $invoice is not set; an earlier line has to be let invoice = ..."],
    ["let", "x.txt:1:4: A name is expected behind let; write let NAME = ROLE COMMAND... PATH."],
    ["let 1a = user balance .x", "x.txt:1:5: A name is expected behind let; write let NAME = ROLE COMMAND... PATH."],
    ["let a user balance .x", "x.txt:1:7: A = is expected behind let a; write let NAME = ROLE COMMAND... PATH."],
    ["let a = user balance", "x.txt:1:21: The path is missing at the end; write let NAME = ROLE COMMAND... PATH."],
    ["let a = .x", "x.txt:1:8: A command is missing; help lists them."],
    ["let a = user balance .x[", 'x.txt:1:22: ".x[" is no path; expected a path such as .channels[0].channel_ready.'],
    ["expect user balance", "x.txt:1:20: A path is missing; write expect ROLE COMMAND... PATH OP VALUE."],
    ["expect user balance .x", "x.txt:1:23: One of == != <= >= < > ~ is expected behind the path, not nothing."],
    ["expect user balance .x = 5", 'x.txt:1:24: One of == != <= >= < > ~ is expected behind the path, not "=".'],
    ["expect user balance .x ==", "x.txt:1:26: A value is missing; write expect ROLE COMMAND... PATH OP VALUE."],
    ["expect user balance .x == a b", 'x.txt:1:29: "b" is too much; quote a value with blanks.'],
    ["expect user balance .x > abc", 'x.txt:1:26: "abc" cannot be compared with >; expected a decimal number.'],
    ["expect user balance .x ~ (", 'x.txt:1:26: "(" cannot be compared with ~; expected a regular expression.'],
    [
      "expect user payinvoice .x == 5",
      "x.txt:1:23: payinvoice needs INVOICE (a BOLT 11 invoice (ln...)); write payinvoice INVOICE [SATS].",
    ],
  ])("%s", (line, message) => {
    expect(problems(line)).toEqual([message]);
  });

  test("has all of its faults named, in order, and a missing let only once", () => {
    const text = "\n# fine\nuser balance\nlet a = usr balance .x\r\nuser payinvoice $a\nbob";
    expect(problems(text)).toEqual([
      'x.txt:4:9: There is no command "usr"; did you mean user?',
      'x.txt:6:1: There is no command "bob"; help lists what there is.',
    ]);
    expect(() => parseScript(text, "x.txt", demo)).toThrow(
      'x.txt:4:9: There is no command "usr"; did you mean user? Nothing was run. 1 more problem follows.',
    );
  });

  test("has run nothing, though only its last line is wrong", async () => {
    const fake = createRoles();
    const text = "faucet lsp 5000\nmine 3\nlsp getaddress\nexchange openchannle";
    await expect(play(fake, text)).rejects.toThrow("test.txt:4:10:");
    expect(fake.of.lsp.wallet.onchainSat).toBe(0n);
    expect(fake.network.height).toBe(110);
  });
});

describe("where a script runs", () => {
  test("what needs a chain of our own is refused outside of the demo, line by line", () => {
    const alone = { roles: ["user"] as const, world: false };
    for (const { name } of verbs.filter((verb) => verb.needsWorld)) {
      expect(problems(`${name} user 5`, alone)).toEqual([
        `x.txt:1:1: ${name} works in the demo only, which has a chain and nodes of its own.`,
      ]);
    }
    expect(problems("wait lsp ready", alone)).toEqual(["x.txt:1:6: There is no lsp here; the roles are user."]);
    expect(problems("lsp balance", alone)).toEqual(["x.txt:1:1: There is no lsp here; the roles are user."]);
  });

  test("one role needs no naming, anywhere", () => {
    const alone = { roles: ["user"] as const, world: false };
    const text =
      "balance\nuser balance\nwait ready\nwait user ready timeout 5\nlet a = balance .x\nexpect balance .x == $a\nprice 5\nhelp";
    expect(problems(text, alone)).toEqual([]);
  });
});

test("$NAME is known from its let on; dollars and single quotes are none of it", () => {
  expect(problems("let a = user getaddress .address\nuser onchainsend $a 5\nfaucet user $a\nprice $5")).toEqual([]);
  expect(problems("user onchainsend $a 5\nlet a = user getaddress .address")).toHaveLength(1);
  expect(problems("user getinvoice 5 'costs $money'\nuser startstablechannel last true $4.00 0")).toEqual([]);
  expect(problems('user getinvoice 5 "costs $money"')).toHaveLength(1);
  // What is known now is checked now, beside what is not.
  expect(problems("let a = user getaddress .address\nuser onchainsend $a 0.1")).toHaveLength(1);
});

test("any text is a script or a list of problems, each with a place in it", () => {
  const word = fc.constantFrom(
    ...[
      "let",
      "expect",
      "wait",
      "faucet",
      "user",
      "lsp",
      "balance",
      ".x",
      "=",
      "==",
      "~",
      "$a",
      "a",
      "5",
      "timeout",
      "'",
      '"',
      "(",
    ],
    ...["ready", "channels=1", "\n", "\r\n", "#", "\\", "price", "scenario", "kill", "/"],
  );
  const text = fc.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 20 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(text, (script) => {
      const rows = script.split(/\r\n|\n|\r/);
      for (const problem of problems(script)) {
        const [, line = "0", column = "0"] = /^x\.txt:(\d+):(\d+): /.exec(problem) ?? [];
        expect(Number(column)).toBeGreaterThan(0);
        expect(Number(column)).toBeLessThanOrEqual((rows[Number(line) - 1] ?? "").length + 1);
      }
    }),
    { numRuns: 5_000 },
  );
});
