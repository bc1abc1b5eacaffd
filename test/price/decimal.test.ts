import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatPrice, parseMicro, parsePrice, priceFromSynthetic } from "../../src/price/decimal.ts";
import { parseJsonExact } from "../../src/price/json.ts";
import { MAX_MICRO, price } from "../../src/stable/units.ts";

describe("parsePrice", () => {
  const good: [string, bigint][] = [
    ["63001.25", 63_001_250_000n],
    ["63001", 63_001_000_000n],
    ["0.000001", 1n],
    ["63001.1234567", 63_001_123_456n],
    ["6.3e4", 63_000_000_000n],
    ["6300125E-2", 63_001_250_000n],
    ["10000000000", MAX_MICRO],
  ];
  test.each(good)("%s", (text, micro) => {
    expect<bigint | undefined>(parsePrice(text)).toBe(micro);
  });

  const bad = [
    "",
    "0",
    "0.0000001",
    "-1",
    "NaN",
    "Infinity",
    "1e308",
    "1e-308",
    "0x10",
    "63,000",
    " 63000",
    "63000 ",
    "1.2.3",
  ];
  test.each([...bad, "e5", ".", ".5", "5.", "+5", "١٢٣", "10000000000.000001", "9".repeat(41), "1e99999"])(
    "refuses %p",
    (text) => {
      expect(parsePrice(text)).toBeUndefined();
    },
  );

  test("is exact where a float is not", () => {
    expect(parseMicro("9007199254740993.000001")).toBe(9_007_199_254_740_993_000_001n);
  });

  test("gives back every price it writes", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, MAX_MICRO), (n) => {
        expect<bigint | undefined>(parsePrice(formatPrice(n))).toBe(n);
      }),
    );
  });

  test("never throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parsePrice(text);
        expect(parsed === undefined || (parsed > 0n && parsed <= MAX_MICRO)).toBe(true);
      }),
    );
  });
});

test("formatPrice", () => {
  expect(formatPrice(100_000_000_000n)).toBe("100000.00");
  expect(formatPrice(1n)).toBe("0.000001");
  expect(formatPrice(-1_500_000n)).toBe("-1.50");
});

test("a synthetic price is whole cents", () => {
  expect(priceFromSynthetic(63_001.256)).toBe(price(63_001_260_000n));
});

test("JSON numbers keep their text", () => {
  expect(parseJsonExact('{"last":63001.10,"n":[1e308,-0.0,12345678901234567890.123]}')).toEqual({
    last: "63001.10",
    n: ["1e308", "-0.0", "12345678901234567890.123"],
  });
});
