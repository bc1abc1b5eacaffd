/** `peer-stables backtest [FILE.csv] [flags]` -> what to run and how to show it. Pure. */
import { parseArgs } from "node:util";
import { CodedError, reasonOf } from "../errors.ts";
import { parseMicro } from "../price/decimal.ts";
import type { ScenarioName } from "../price/scenarios.ts";
import { parsePriceSpec, parseScenarioName } from "../price/spec.ts";
import type { Terms } from "../stable/agreement.ts";
import { termsPresets } from "../stable/terms.ts";
import { MAX_MICRO, type Micro, micro } from "../stable/units.ts";
import type { BacktestOptions } from "./backtest.ts";
import { BacktestError } from "./backtest-error.ts";

export interface BacktestInvocation {
  options: BacktestOptions;
  json: boolean;
  svg: string | undefined;
  help: boolean;
}

/** Every flag, what it takes, and its line in the help. */
export const backtestFlags = {
  scenario: { value: "NAME", summary: "a synthetic history instead of a file: calm, volatile, crash, rally, gap" },
  price: { value: "SOURCE", summary: "the same as elsewhere: scenario=NAME or file=CSV" },
  length: { value: "TIME", summary: "how much of the scenario, e.g. 2d (its own length)" },
  seed: { value: "N", summary: "another path of the scenario, or inside the bars of a file (1)" },
  step: { value: "TIME", summary: "distance of the points inside bars, and of a scenario (60s; 5s)" },
  target: { value: "USD", summary: "dollars held ($1000)" },
  terms: { value: "NAME", summary: `${Object.keys(termsPresets).join(" or ")} (default), changed by the flags below` },
  band: { value: "BPS", summary: "act from this drift on, 25 or 0.25%" },
  floor: { value: "USD", summary: "and from this many dollars on" },
  check: { value: "TIME", summary: "look at the position this often" },
  cooldown: { value: "TIME", summary: "pause after a settlement" },
  latency: { value: "TIME", summary: "from a decision to the money's arrival (100ms)" },
  ratio: { value: "LIST", summary: "the provider's stake over the dollars' backing (0.5,1,2,3)" },
  rolling: { value: "LIST", summary: "share of daily starts that run dry within (30d,90d,365d)" },
  svg: { value: "FILE", summary: "draw it" },
  json: { summary: "one JSON object on standard output" },
  help: { summary: "this text" },
} as const satisfies Record<string, { value?: string; summary: string }>;

type Flag = keyof typeof backtestFlags;
type Values = Partial<Record<Flag, string>>;

const DAY = 86_400;
/** Scenarios a backtest can use, with the length they are made for; the rest are about venues, not the market. */
const lengths: Partial<Record<ScenarioName, number>> = {
  calm: DAY,
  volatile: DAY,
  crash: 2 * DAY,
  rally: 2 * DAY,
  gap: 3_600,
};

/** @throws BacktestError `usage` or `bad_argument`, PriceError `bad_argument`: naming the flag and what it takes */
export function parseBacktestArgs(args: readonly string[]): BacktestInvocation {
  const { values, switches, file } = split(args);
  const source = sourceOf(values, file);
  const isFile = "file" in source;
  const options: BacktestOptions = {
    source,
    seed: whole("seed", values.seed ?? "1"),
    terms: termsOf(values),
    termsName: values.terms ?? "default",
    targetMicro: dollars("target", values.target ?? "1000", 1n),
    latencyMs: seconds("latency", values.latency ?? "100ms") * 1_000,
    ratios: list("ratio", values.ratio ?? "0.5,1,2,3", ratio),
    horizons: list("rolling", values.rolling ?? "30d,90d,365d", days),
    stepMs: Math.max(seconds("step", values.step ?? (isFile ? "60s" : "5s")) * 1_000, 1_000),
  };
  return { options, json: switches.has("json"), svg: values.svg, help: switches.has("help") };
}

function split(args: readonly string[]): { values: Values; switches: Set<string>; file: string | undefined } {
  const options = Object.fromEntries(
    Object.entries(backtestFlags).map(([name, flag]) => [
      name,
      { type: "value" in flag ? ("string" as const) : ("boolean" as const) },
    ]),
  );
  try {
    const parsed = parseArgs({ args: [...args], allowPositionals: true, options });
    if (parsed.positionals.length > 1) {
      throw new BacktestError(
        "unexpected_argument",
        `backtest takes one file; ${parsed.positionals[1]} is one too many`,
      );
    }
    const values: Values = {};
    const switches = new Set<string>();
    for (const name of Object.keys(backtestFlags).filter(isFlag)) {
      const value = parsed.values[name];
      if (typeof value === "string") values[name] = value;
      else if (value === true) switches.add(name);
    }
    return { values, switches, file: parsed.positionals[0] };
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new BacktestError("usage", `${reasonOf(error).split(". ")[0]}; see peer-stables backtest --help`, {
      cause: error,
    });
  }
}

function isFlag(name: string): name is Flag {
  return Object.hasOwn(backtestFlags, name);
}

function sourceOf(values: Values, file: string | undefined): BacktestOptions["source"] {
  const given = [file, values.scenario, values.price].filter((v) => v !== undefined);
  if (given.length > 1) throw new BacktestError("usage", `one source at a time: ${given.join(" or ")}`);
  if (file !== undefined) return { file };
  if (values.price === undefined) return scenario(parseScenarioName(values.scenario ?? "crash"), values.length);
  const spec = parsePriceSpec(values.price);
  if (spec.source === "file") return { file: spec.path };
  if (spec.source === "scenario") return scenario(spec.name, values.length);
  throw new BacktestError("bad_argument", `--price ${values.price} has no history; use scenario=NAME or file=CSV`);
}

function scenario(name: ScenarioName, length: string | undefined): BacktestOptions["source"] {
  const usual = lengths[name];
  if (usual === undefined) {
    const good = Object.keys(lengths).join(", ");
    throw new BacktestError("bad_argument", `scenario ${name} is about venues, not about the market; use ${good}`);
  }
  return { scenario: name, seconds: length === undefined ? usual : seconds("length", length) };
}

function termsOf(values: Values): Terms {
  const name = values.terms ?? "default";
  const preset = Object.entries(termsPresets).find(([n]) => n === name)?.[1];
  if (preset === undefined) {
    throw new BacktestError(
      "bad_argument",
      `--terms ${name} is not known; use ${Object.keys(termsPresets).join(" or ")}`,
    );
  }
  const terms: Terms = { ...preset };
  if (values.band !== undefined) terms.bandBps = band(values.band);
  if (values.floor !== undefined) terms.floorMicro = dollars("floor", values.floor, 0n);
  if (values.check !== undefined) terms.checkSeconds = seconds("check", values.check);
  if (values.cooldown !== undefined) terms.cooldownSeconds = seconds("cooldown", values.cooldown);
  return terms;
}

function wrong(flag: Flag, text: string, wanted: string): BacktestError {
  return new BacktestError("bad_argument", `--${flag} ${text} is not usable; give ${wanted}`);
}

function whole(flag: Flag, text: string): number {
  const n = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(n)) return n;
  throw wrong(flag, text, "a whole number");
}

function band(text: string): number {
  const match = /^(\d{1,5}(?:\.\d{1,2})?)(%?)$/.exec(text);
  const bps = match === null ? Number.NaN : Math.round(Number(match[1]) * (match[2] === "%" ? 100 : 1) * 100) / 100;
  if (Number.isInteger(bps) && bps <= 10_000) return bps;
  throw wrong("band", text, "1/100 of a percent such as 25, or 0.25%");
}

function dollars(flag: Flag, text: string, least: bigint): Micro {
  const n = parseMicro(text.replace(/^\$/, ""));
  if (n !== undefined && n >= least && n <= MAX_MICRO) return micro(n);
  throw wrong(flag, text, "dollars such as 1000 or $0.25");
}

const unitSeconds: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: DAY };

function seconds(flag: Flag, text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text);
  if (match !== null) return Number(match[1]) * (unitSeconds[match[2] ?? "s"] ?? 1);
  throw wrong(flag, text, "a time such as 60, 100ms, 5m, 1h or 2d");
}

function list<T>(flag: Flag, text: string, parse: (item: string) => T | undefined): T[] {
  const items = text.split(",").map((item) => parse(item.trim()));
  const good = items.filter((item) => item !== undefined);
  if (good.length === items.length && new Set(good).size === good.length && good.length <= 12) return good;
  throw wrong(flag, text, flag === "ratio" ? "up to 12 ratios such as 0.5,1,2" : "up to 12 horizons such as 30d,365d");
}

function ratio(text: string): number | undefined {
  const n = /^\d{1,3}(\.\d{1,4})?$/.test(text) ? Number(text) : 0;
  return n > 0 && n <= 100 ? n : undefined;
}

function days(text: string): number | undefined {
  const n = /^\d{1,4}d?$/.test(text) ? Number.parseInt(text, 10) : 0;
  return n > 0 && n <= 3_650 ? n : undefined;
}

/** `peer-stables backtest --help`. */
export function backtestHelp(): string {
  const lines = Object.entries(backtestFlags).map(([name, flag]) => {
    const left = "value" in flag ? `--${name} ${flag.value}` : `--${name}`;
    return `  ${left.padEnd(20)}${flag.summary}`;
  });
  return [
    "peer-stables backtest [FILE.csv] [flags]",
    "",
    "The peg over a price history: how far it strays, what it pays, and when the provider would run dry.",
    "FILE has a header with time,close or time,open,high,low,close (more columns do no harm); .gz is fine.",
    "",
    ...lines,
    "",
  ].join("\n");
}
