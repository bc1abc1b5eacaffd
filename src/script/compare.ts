/** The operators of `expect`. Numbers are compared exactly, as decimals: no float takes part. */

export const operators = ["==", "!=", "<=", ">=", "<", ">", "~"] as const;
export type Operator = (typeof operators)[number];

interface Decimal {
  digits: bigint;
  scale: number;
}

const SHAPE = /^(-?)(\d{1,60})(?:\.(\d{1,60}))?$/;

/** `-12.50`, without exponents; undefined where the text is no decimal number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  const size = BigInt(whole + fraction);
  return { digits: sign === "-" ? -size : size, scale: fraction.length };
}

function order(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.digits * 10n ** BigInt(scale - a.scale);
  const right = b.digits * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

const holdsFor: Record<Exclude<Operator, "~">, (order: number) => boolean> = {
  "==": (n) => n === 0,
  "!=": (n) => n !== 0,
  "<": (n) => n < 0,
  "<=": (n) => n <= 0,
  ">": (n) => n > 0,
  ">=": (n) => n >= 0,
};

export type Comparison = { ok: boolean } | { ok: false; why: string };

/** Text that is a number on both sides is compared as numbers (`4` is `4.000000`), other text only for being equal. */
export function compare(actual: string, operator: Operator, expected: string): Comparison {
  if (operator === "~") return { ok: new RegExp(expected, "u").test(actual) };
  const left = parseDecimal(actual);
  const right = parseDecimal(expected);
  if (left !== undefined && right !== undefined) return { ok: holdsFor[operator](order(left, right)) };
  if (operator === "==" || operator === "!=") return { ok: (actual === expected) === (operator === "==") };
  return { ok: false, why: `${JSON.stringify(left === undefined ? actual : expected)} is not a number` };
}

/** What keeps a value from being compared with this operator, known before anything is run. */
export function valueProblem(operator: Operator, expected: string): string | undefined {
  if (operator === "==" || operator === "!=") return undefined;
  if (operator !== "~") return parseDecimal(expected) === undefined ? "a decimal number" : undefined;
  try {
    new RegExp(expected, "u");
    return undefined;
  } catch {
    return "a regular expression";
  }
}
