import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  dollarAmount,
  dollarPrice,
  msatAmount,
  msatOrZero,
  satAmount,
  satAmountOrAll,
} from "../../src/commands/amounts.ts";
import type { ArgumentKind } from "../../src/commands/arguments.ts";
import { usd } from "../../src/commands/fields.ts";
import { MAX_MICRO, MAX_MSAT } from "../../src/stable/units.ts";

function value<T>(kind: ArgumentKind<T>, text: string): T {
  return kind.schema.parse(text);
}

function why(kind: ArgumentKind<unknown>, text: string): string {
  const parsed = kind.schema.safeParse(text);
  return parsed.success ? `accepted as ${String(parsed.data)}` : (parsed.error.issues[0]?.message ?? "");
}

describe("bitcoin amounts", () => {
  test.each([
    ["50000", 50_000_000n],
    ["50000sat", 50_000_000n],
    ["50000 sats", 50_000_000n],
    ["50000SAT", 50_000_000n],
    ["50000000msat", 50_000_000n],
    ["0.0005btc", 50_000_000n],
    ["1", 1_000n],
    ["1msat", 1n],
    ["0.5sat", 500n],
    ["1.000msat", 1n],
    ["0.00000000001btc", 1n],
    ["21000000btc", MAX_MSAT],
  ])("%s is %p msat", (text, expected) => {
    expect(String(value(msatAmount, text))).toBe(expected.toString());
  });

  test.each([
    ["5usd", "usd is not sat, msat or btc"],
    ["$5", "it is not an amount"],
    ["5€", "€ is not sat, msat or btc"],
    ["5constructor", "constructor is not sat, msat or btc"],
    ["0.5", "a plain number is whole sats; 0.5 bitcoin would be 0.5btc"],
    ["-5", "an amount cannot be negative"],
    ["-0.1btc", "an amount cannot be negative"],
    ["0.0001sat", "it has a fraction of a millisatoshi"],
    ["1.5msat", "it has a fraction of a millisatoshi"],
    ["22000000btc", "there will never be more than 21 million bitcoin"],
    ["2200000000000001", "there will never be more than 21 million bitcoin"],
    ["0", "it must be more than zero"],
    ["", "it is empty"],
    ["50,000", "an amount has digits and at most one point"],
    ["1e5", "it is not an amount"],
    ["0x10", "it is not an amount"],
    ["all", "it is not an amount"],
    ["9".repeat(41), "it is too long for an amount"],
  ])("%p is refused: %s", (text, expected) => {
    expect(why(msatAmount, text)).toBe(expected);
  });

  test("zero and all are answers only where they mean something", () => {
    expect(String(value(msatOrZero, "0"))).toBe("0");
    expect(value(satAmountOrAll, "ALL")).toBe("all");
    expect(String(value(satAmountOrAll, "12"))).toBe("12");
    expect(why(satAmountOrAll, "0")).toBe("it must be more than zero");
  });

  test("a channel or a transaction holds whole sats only", () => {
    expect(String(value(satAmount, "1500000msat"))).toBe("1500");
    expect(why(satAmount, "1500msat")).toBe("only whole sats can be moved here");
  });

  const amounts = fc.bigInt({ min: 1n, max: MAX_MSAT });

  test("every amount comes back from each way to write it", () => {
    fc.assert(
      fc.property(amounts, (n) => {
        const sats = `${n / 1000n}.${(n % 1000n).toString().padStart(3, "0")}sat`;
        const scale = 100_000_000_000n;
        const btc = `${n / scale}.${(n % scale).toString().padStart(11, "0")}btc`;
        expect([`${n}msat`, sats, btc].map((text) => String(value(msatAmount, text)))).toEqual([
          `${n}`,
          `${n}`,
          `${n}`,
        ]);
      }),
    );
  });

  test("a plain integer is that many sats, exactly", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: MAX_MSAT / 1000n }), (n) => {
        expect(String(value(satAmount, `${n}`))).toBe(`${n}`);
      }),
    );
  });

  test("no text gives an amount below zero or above 21 million bitcoin", () => {
    const part = fc.constantFrom("-", ".", "0", "9", "21", "sat", "msat", "btc", " ", "e", "$", "1000000");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join("")),
        ),
        (text) => {
          const parsed = msatOrZero.schema.safeParse(text);
          if (parsed.success) expect(parsed.data >= 0n && parsed.data <= MAX_MSAT).toBe(true);
        },
      ),
    );
  });
});

describe("dollars", () => {
  test.each([
    ["4", "4.000000"],
    ["4.0", "4.000000"],
    ["$4.00", "4.000000"],
    ["0.000001", "0.000001"],
    ["$10000000000", "10000000000.000000"],
  ])("%s is $%s", (text, expected) => {
    expect(usd(value(dollarAmount, text))).toBe(expected);
  });

  test.each([
    ["4.0000001", "dollars have at most 6 decimals"],
    ["-4", "a dollar amount cannot be negative"],
    ["-$4", "a dollar amount cannot be negative"],
    ["4sat", "sat is not a unit of dollars"],
    ["4€", "€ is not a unit of dollars"],
    ["10000000001", "more than 10 billion dollars"],
    ["0", "it must be more than zero"],
    ["4,00", "an amount has digits and at most one point"],
    ["$", "it is empty"],
  ])("%p is refused: %s", (text, expected) => {
    expect(why(dollarAmount, text)).toBe(expected);
  });

  test("a price must be more than zero", () => {
    expect(why(dollarPrice, "0.00")).toBe("a price must be more than zero");
    expect(String(value(dollarPrice, "80000"))).toBe("80000000000");
  });

  test("what is printed reads back as the same dollars", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: MAX_MICRO }), (n) => {
        expect(String(value(dollarAmount, usd(n)))).toBe(`${n}`);
        expect(String(value(dollarAmount, `$${usd(n)}`))).toBe(`${n}`);
      }),
    );
  });
});
