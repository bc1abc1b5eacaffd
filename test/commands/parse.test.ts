import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CommandError } from "../../src/commands/command-error.ts";
import { parseLine } from "../../src/commands/parse.ts";
import { commands } from "../../src/commands/table.ts";
import type { Role } from "../../src/node/port.ts";

const all: readonly Role[] = ["exchange", "user", "lsp"];

function fault(line: string, roles: readonly Role[] = all): string {
  try {
    const parsed = parseLine(line, roles);
    return `accepted: ${parsed.role} ${parsed.command.name}`;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `${error.code} at ${error.column}: ${error.message}`;
  }
}

describe("role and command", () => {
  test.each([
    ["user balance", "accepted: user balance"],
    ["USER BALANCE", "accepted: user balance"],
    ["/user balance", "accepted: user balance"],
    ["user /channels", "accepted: user listallchannels"],
    ["lsp pay lnbcrt", undefined],
    // only one role has it
    ["getjitinvoice", "accepted: user getjitinvoice"],
    ["payjitinvoice", "accepted: exchange payjitinvoice"],
    // the same for all
    ["price 80000", "accepted: undefined price"],
    ["help", "accepted: undefined help"],
    ["exit", "accepted: undefined exit"],
  ])("%s", (line, expected) => {
    if (expected === undefined) expect(fault(line)).toStartWith("invalid_invoice at 9: INVOICE ");
    else expect(fault(line)).toBe(expected);
  });

  test("with one role it may be left out or named", () => {
    expect(fault("balance", ["lsp"])).toBe("accepted: lsp balance");
    expect(fault("lsp balance", ["lsp"])).toBe("accepted: lsp balance");
    expect(fault("price", ["lsp"])).toBe("accepted: lsp price");
    expect(fault("user balance", ["lsp"])).toBe("wrong_role at 1: There is no user here; the roles are lsp.");
  });

  test.each([
    ["user getadress", 'unknown_command at 6: There is no command "getadress"; did you mean getaddress?'],
    ["user opn", 'unknown_command at 6: There is no command "opn"; help lists what there is.'],
    ["usr balance", 'unknown_command at 1: There is no command "usr"; did you mean user?'],
    ["lsp getjitinvoice", "wrong_role at 5: getjitinvoice is for user, not for lsp."],
    [
      "exchange startstablechannel last true 4 0",
      "wrong_role at 10: startstablechannel is for user and lsp, not for exchange.",
    ],
    ["balance", "missing_role at 1: Who shall run balance? Write exchange or user or lsp in front of it."],
    ["stopstable last", "missing_role at 1: Who shall run stopstable? Write user or lsp in front of it."],
    ["user", "missing_argument at 5: A command is missing after user; help lists them."],
    ["", "missing_argument at 1: A command is missing; help lists them."],
    ['"user" balance', 'unknown_command at 1: There is no command "user"; did you mean user?'],
  ])("%p: %s", (line, expected) => {
    expect(fault(line)).toBe(expected);
  });

  test("a command of another role says so in a session that lacks it", () => {
    expect(fault("getjitinvoice", ["lsp"])).toBe("wrong_role at 1: getjitinvoice is for user; here is only lsp.");
  });

  test("no word of the prototype chain is a command", () => {
    for (const word of ["constructor", "__proto__", "toString"]) expect(fault(word)).toStartWith("unknown_command");
  });
});

describe("arguments", () => {
  const usage = "startstablechannel CHANNEL IS_STABLE_RECEIVER USD BTC [--accept-counter]";
  test.each([
    [
      "user startstablechannel last true",
      `missing_argument at 34: startstablechannel needs USD (dollars such as 4, 4.00 or $4.00); write ${usage}.`,
    ],
    [
      "user startstablechannel last true 4 0 5",
      `unexpected_argument at 39: startstablechannel takes no "5"; write ${usage}.`,
    ],
    [
      "user startstablechannel last maybe 4 0",
      'bad_argument at 30: IS_STABLE_RECEIVER "maybe": not one of them; expected true or false.',
    ],
    [
      "user startstablechannel last true 4.1234567 0",
      'bad_amount at 35: USD "4.1234567": dollars have at most 6 decimals; expected dollars such as 4, 4.00 or $4.00.',
    ],
    [
      "user getinvoice 22000000btc",
      'bad_amount at 17: SATS "22000000btc": there will never be more than 21 million bitcoin; expected sats such as 50000, 50000sat, 50000000msat or 0.0005btc.',
    ],
    [
      "user getjitinvoice --max-fees 3",
      'unexpected_argument at 20: getjitinvoice has no flag "--max-fees"; did you mean --max-fee?',
    ],
    ["user balance --all", 'unexpected_argument at 14: balance has no flag "--all"; write balance.'],
    [
      "user getjitinvoice --max-fee",
      "missing_argument at 29: --max-fee needs SATS behind it; write getjitinvoice [SATS] [--max-fee SATS] [--new-channel] [--stable USD].",
    ],
    [
      "user getjitinvoice --max-fee 1 --max-fee 2",
      "unexpected_argument at 32: --max-fee is given twice; write getjitinvoice [SATS] [--max-fee SATS] [--new-channel] [--stable USD].",
    ],
    [
      "user getjitinvoice --max-fee=x",
      'bad_amount at 30: SATS "x": it is not an amount; expected 0 or sats such as 50000, 50000sat, 50000000msat or 0.0005btc.',
    ],
  ])("%s", (line, expected) => {
    expect(fault(line)).toBe(expected.replace('SATS "x"', '--max-fee "x"'));
  });

  test("flags stand anywhere, a quoted one is text", () => {
    expect(fault("user getjitinvoice --max-fee 10 5000")).toBe("accepted: user getjitinvoice");
    expect(fault("user getjitinvoice 5000 --max-fee=10sat")).toBe("accepted: user getjitinvoice");
    expect(fault('user getinvoice 5000 "--max-fee" of ten')).toBe("accepted: user getinvoice");
  });

  test("long input is cut in the sentence", () => {
    expect(fault(`user ${"x".repeat(10_000)}`).length).toBeLessThan(200);
  });
});

describe("junk", () => {
  const word = fc.constantFrom(
    ...commands.map((command) => command.name),
    ...["user", "lsp", "exchange", "/", "--force", "--push", "--max-fee=", "last", "true", "4", "-1", "0.5btc", "all"],
    ...["'", '"', "#", "\\", "$x", "@", ":", "[", "=", "\u0000", "\u202e", "𝟜", "é", `02${"ab".repeat(32)}@h:1`],
  );
  const line = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(word, { maxLength: 8 }).map((words) => words.join(" ")),
    fc.array(fc.oneof(word, fc.string({ maxLength: 8 })), { maxLength: 8 }).map((words) => words.join("")),
  );

  test("100,000 lines are understood or refused with a code of typing, a column and a sentence", () => {
    const codes = new Set<string>();
    fc.assert(
      fc.property(line, fc.constantFrom(all, all.slice(0, 1), all.slice(1, 2)), (text, roles) => {
        try {
          parseLine(text, roles);
          codes.add("accepted");
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
          codes.add(error.code);
          if (error.column === undefined || error.column < 1 || error.column > text.length + 1) throw error;
        }
      }),
      { numRuns: 100_000 },
    );
    expect([...codes].sort()).toEqual([
      ...["accepted", "bad_amount", "bad_argument", "invalid_invoice", "missing_argument", "missing_role"],
      ...["unexpected_argument", "unknown_command", "wrong_role"],
    ]);
  }, 300_000);
});
