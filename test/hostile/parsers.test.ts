/**
 * What reads text from outside, with more than 100,000 inputs: it understands or refuses with a code of its own, and
 * nothing else is ever thrown. Records of messages and lines of commands have their own in test/stable/envelope.test.ts
 * and test/commands/parse.test.ts.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseInvocation } from "../../src/app/invocation.ts";
import { settingKeys } from "../../src/config/settings.ts";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import { parseCustomVenue } from "../../src/price/custom-venue.ts";
import { parsePriceSpec } from "../../src/price/spec.ts";
import { parseScript } from "../../src/script/script.ts";
import { stateText } from "../../src/stable/canonical.ts";
import { readState } from "../../src/stable/signed-state.ts";
import { noFiles, oneFile } from "../config/files.ts";
import { agreement } from "../stable/samples.ts";

const LONG_MS = 120_000;

/** "ok", or the code it was refused with; anything else that is thrown fails the test. */
function outcome(parse: () => unknown): ErrorCode | "ok" {
  try {
    parse();
    return "ok";
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    expect(error.message.length).toBeGreaterThan(0);
    return error.code;
  }
}

function outcomes<T>(input: fc.Arbitrary<T>, runs: number, parse: (value: T) => unknown): string[] {
  const seen = new Set<string>();
  fc.assert(
    fc.property(input, (value) => {
      seen.add(outcome(() => parse(value)));
    }),
    { numRuns: runs },
  );
  return [...seen].sort();
}

const odd = fc.constantFrom(
  ...["\u0000", "\u202e", "\ufeff", "\u2028", "\ud800", "\\"],
  ...["__proto__", "constructor", "toString"],
);
const punctuation = fc.constantFrom(...Array.from("'\"#=[]{},.:-\t "), "--", "\n", "\r\n");

/** A text in which some places were replaced, cut out or doubled. */
function mutated(text: string): fc.Arbitrary<string> {
  const piece = fc.oneof(odd, punctuation, fc.string({ maxLength: 3 }), fc.constant(""));
  const change = fc.record({ at: fc.nat({ max: text.length }), cut: fc.nat({ max: 12 }), piece });
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((now, c) => now.slice(0, c.at) + c.piece + now.slice(c.at + c.cut), text));
}

test(
  "30,000 mutated scripts",
  async () => {
    const lines = (await Bun.file(`${import.meta.dir}/../../scripts/demo.txt`).text()).split("\n");
    const excerpt = fc.nat({ max: lines.length - 4 }).map((from) => lines.slice(from, from + 4).join("\n"));
    const stage = { roles: ["exchange", "user", "lsp"] as const, world: true };
    const seen = outcomes(excerpt.chain(mutated), 30_000, (text) => parseScript(text, "x", stage));
    expect(seen).toEqual(["ok", "script_syntax"]);
  },
  LONG_MS,
);

const value = fc.oneof(
  fc.constantFrom("true", "1", "user", "lsp", "regtest", "127.0.0.1:1", "esplora=http://x", `02${"ab".repeat(32)}@h:1`),
  fc.constantFrom("live", "fixed=1", "[::1]:70000", "99999999999", "-1", "1e3", "NaN", ""),
  fc.string({ maxLength: 20 }),
  odd,
);

test(
  "40,000 command lines of the program",
  () => {
    const flag = fc.constantFrom(...settingKeys, "help", "version", "h", "V", "nope").map((key) => `--${key}`);
    const word = fc.oneof(
      flag,
      value,
      fc.tuple(flag, value).map(([f, v]) => `${f}=${v}`),
      fc.constantFrom("demo", "--"),
    );
    const seen = outcomes(fc.array(word, { maxLength: 6 }), 40_000, (argv) =>
      parseInvocation(argv, { ...noFiles, env: {}, config: { path: "own.toml", exists: false } }),
    );
    expect(seen).toEqual(["bad_config", "ok", "usage"]);
  },
  LONG_MS,
);

test(
  "40,000 config files",
  () => {
    const good =
      'role = "user"\nnetwork = "regtest"\nlisten = "127.0.0.1:9735"\nseed = 7\njson = true\n# words\n[x]\na = [1]\n';
    const line = fc.tuple(fc.constantFrom(...settingKeys, "x", "a.b"), value).map(([key, v]) => `${key} = "${v}"\n`);
    const text = fc.oneof(
      mutated(good),
      mutated(good.slice(0, 60)),
      fc.array(line, { maxLength: 4 }).map((l) => l.join("")),
    );
    const seen = outcomes(text, 40_000, (toml) =>
      parseInvocation(["--config", "c.toml"], {
        ...oneFile("c.toml", toml),
        env: {},
        config: { path: "own.toml", exists: false },
      }),
    );
    expect(seen).toEqual(["bad_config", "ok"]);
  },
  LONG_MS,
);

test(
  "20,000 signed states: what is read is exactly what was written",
  () => {
    const text = stateText(agreement("provider"));
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(mutated(text), fc.json(), fc.constant(text)), (candidate) => {
        const state = readState(candidate);
        if (state === undefined) return;
        read += 1;
        expect(stateText(state)).toBe(candidate);
      }),
      { numRuns: 20_000 },
    );
    expect(read).toBeGreaterThan(1_000);
  },
  LONG_MS,
);

test(
  "20,000 price sources",
  () => {
    const venue = "name=bank url=https://example.org/x last=.data[0].last time=.at time_unit=ms unit=usd every_ms=900";
    expect(outcomes(mutated(venue), 15_000, parseCustomVenue)).toEqual(["bad_config", "ok"]);
    const seen = outcomes(fc.oneof(mutated("fixed=100000.50"), mutated("scenario=calm"), value), 5_000, parsePriceSpec);
    expect(seen).toContain("ok");
    expect(seen.length).toBe(2);
  },
  LONG_MS,
);
