import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compare, operators, parseDecimal, valueProblem } from "../../src/script/compare.ts";

describe("expect's operators", () => {
  test.each([
    ["4.000000", "==", "4", true],
    ["4.000001", "==", "4", false],
    ["-0.10", "<", "0", true],
    ["9007199254740993", "==", "9007199254740992", false],
    ["0.30", "==", "0.3", true],
    ["10", ">", "9", true],
    ["10", "<=", "10.0", true],
    ["true", "==", "true", true],
    ["true", "!=", "false", true],
    ["null", "==", "null", true],
    ["cca0a4", "!=", "cca0a5", true],
    ["CHANNELD_NORMAL", "~", "^CHANNELD_", true],
    ["CHANNELD_NORMAL", "~", "normal", false],
  ] as const)("%s %s %s is %p", (actual, operator, expected, holds) => {
    expect(compare(actual, operator, expected).ok).toBe(holds);
  });

  test("text has no order", () => {
    expect(compare("abc", "<", "5")).toEqual({ ok: false, why: '"abc" is not a number' });
  });

  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }))
    .map(([digits, scale]) => {
      const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
      const at = text.length - scale;
      const number = scale === 0 ? text : `${text.slice(0, at)}.${text.slice(at)}`;
      return { text: `${digits < 0n ? "-" : ""}${number}`, scaled: digits * 10n ** BigInt(20 - scale) };
    });

  test("numbers are compared exactly, however long they are and wherever their point is", () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const held = operators.filter((operator) => operator !== "~" && compare(a.text, operator, b.text).ok);
        const expected =
          a.scaled < b.scaled ? ["!=", "<=", "<"] : a.scaled > b.scaled ? ["!=", ">=", ">"] : ["==", "<=", ">="];
        expect<string[]>(held.toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  test("what is no decimal is none", () => {
    for (const text of ["", ".5", "5.", "1e5", "0x1", "1,000", " 1", "NaN", "--1"])
      expect(parseDecimal(text)).toBeUndefined();
  });

  test("a value that can never fit its operator is found before anything runs", () => {
    expect(valueProblem("<", "abc")).toBe("a decimal number");
    expect(valueProblem("~", "(")).toBe("a regular expression");
    expect(valueProblem("~", "^a+$")).toBeUndefined();
    expect(valueProblem("==", "anything")).toBeUndefined();
  });
});
