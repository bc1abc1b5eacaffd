/**
 * `bun run peg-report`: writes docs/peg.md and its pictures, from every price history in ../shared/data (optional, beside
 * the project, not part of it) and from the synthetic scenarios. The same inputs give the same files.
 */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BacktestOptions, type BacktestResult, runBacktests } from "../src/backtest/backtest.ts";
import { backtestSvg } from "../src/backtest/svg.ts";
import { percent, usd } from "../src/backtest/text.ts";
import { type ScenarioName, scenarios } from "../src/price/scenarios.ts";
import type { Terms } from "../src/stable/agreement.ts";
import { defaultTerms, termsPresets } from "../src/stable/terms.ts";
import { type Micro, micro } from "../src/stable/units.ts";

const root = dirname(import.meta.dir);
const dataDir = join(root, "..", "shared", "data");
const docs = join(root, "docs");

const THOUSAND = micro(1_000_000_000n);
const TWENTY = micro(20_000_000n);
const HORIZONS = [1, 7, 30, 90, 365];
const RATIOS = [0.25, 0.5, 1, 2, 3, 4];
const HISTORY_STEP_MS = 10_000;

interface Policy {
  name: string;
  terms: Terms;
}

/** Ours, the rule of Stable Channels at both checks, a lazy one, and one that pays every satoshi at every look. */
const policies: readonly Policy[] = [
  { name: "**default**: 0.25 %, every 10 s", terms: defaultTerms },
  { name: "`stable-channels`: 0.10 %, $0.25, 120 s cooldown, every 10 s", terms: termsPresets["stable-channels"] },
  {
    name: "`stable-channels`, every 60 s as deployed",
    terms: { ...termsPresets["stable-channels"], checkSeconds: 60 },
  },
  { name: "1 %, every hour", terms: { ...defaultTerms, bandBps: 100, checkSeconds: 3_600 } },
  { name: "no band: every satoshi, every 10 s", terms: { ...defaultTerms, bandBps: 0, floorMicro: micro(0n) } },
];

const sweep: readonly Policy[] = [10, 60].flatMap((checkSeconds) =>
  [5, 10, 15, 25, 50, 100].map((bandBps) => ({
    name: `${bandBps / 100} %, every ${checkSeconds} s`,
    terms: { ...defaultTerms, bandBps, checkSeconds },
  })),
);

const marketScenarios: readonly { name: ScenarioName; seconds: number }[] = [
  { name: "calm", seconds: 86_400 },
  { name: "volatile", seconds: 86_400 },
  { name: "crash", seconds: 172_800 },
  { name: "rally", seconds: 172_800 },
  { name: "gap", seconds: 3_600 },
];

function optionsFor(
  source: BacktestOptions["source"],
  policy: Policy,
  more: Partial<BacktestOptions> = {},
): BacktestOptions {
  return {
    source,
    seed: 1,
    terms: policy.terms,
    termsName: policy.name.replace(/[*`]/g, "").split(":")[0] ?? policy.name,
    targetMicro: THOUSAND,
    latencyMs: 100,
    ratios: RATIOS,
    horizons: HORIZONS,
    stepMs: "file" in source ? HISTORY_STEP_MS : 5_000,
    ...more,
  };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const bps = (n: number): string => percent(n / 10_000);
const count = (n: number): string => Math.round(n).toLocaleString("en-US");

const policyHead = ["policy", "payments a year", "median drift", "99 %", "99.9 %", "worst", "out of band"];

function policyRow(name: string, { paymentsPerYear, figures }: BacktestResult): string[] {
  const { p50, p99, p999, max } = figures.driftBps;
  return [name, count(paymentsPerYear), bps(p50), bps(p99), bps(p999), bps(max), percent(figures.outOfBandShare)];
}

/** Every policy over one pass of the source. */
async function compare(
  source: BacktestOptions["source"],
  list: readonly Policy[],
  targetMicro: Micro = THOUSAND,
): Promise<BacktestResult[]> {
  return await runBacktests(
    list.map((policy) => optionsFor(source, policy, { targetMicro })),
    () => 0,
  );
}

function policyTable(list: readonly Policy[], results: readonly BacktestResult[]): string {
  return table(
    policyHead,
    results.map((result, i) => policyRow(list[i]?.name ?? "", result)),
  );
}

function coverTable({ cover }: BacktestResult): string {
  const rows = cover.map((c) => [
    `${c.ratio}x`,
    ...HORIZONS.map((days) => {
      const { dry = 0, starts = 0 } = c.rolling.get(days) ?? {};
      return starts === 0 ? "-" : percent(dry / starts);
    }),
  ]);
  return table(["stake", ...HORIZONS.map((d) => (d === 1 ? "1 day" : `${d} days`))], rows);
}

async function picture(file: string, result: BacktestResult): Promise<string> {
  await Bun.write(join(docs, file), backtestSvg(result));
  return `![${result.label}](${file})`;
}

/** Where histories that are known come from. */
const origins: Record<string, string> = {
  "btc-usd-hourly-2019-2025.csv.gz":
    "Hourly BTC/USD of CryptoCompare, collected at github.com/mouadja02/bitcoin-technical-indicators-dataset (MIT).",
};

function histories(): string[] {
  try {
    return readdirSync(dataDir)
      .filter((name) => /\.csv(\.gz)?$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

async function historySection(name: string): Promise<string> {
  const source = { file: join(dataDir, name) };
  const small = await compare(source, policies, TWENTY);
  const bands = await compare(source, sweep);
  const results = await compare(source, policies);
  const [main, stableChannels, deployed, , ideal] = results;
  if (!(main && stableChannels && deployed && ideal)) throw new Error("a policy is missing from the report");
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const { figures } = main;
  const worst = new Date(figures.worstAtMs).toISOString().slice(0, 16).replace("T", " ");
  const share = (ratio: number, days: number): string => {
    const { dry = 0, starts = 1 } = main.cover.find((c) => c.ratio === ratio)?.rolling.get(days) ?? {};
    return percent(dry / starts);
  };
  return `## ${name}

${origins[name] ?? "A price history."} ${day(figures.fromMs)} to ${day(figures.toMs)}, ${count(main.rows)} rows, from ${usd(figures.firstMicro)} to ${usd(figures.lastMicro)}.

${await picture(`peg-${name.replace(/\.csv(\.gz)?$/, "")}.svg`, main)}

What these figures say:

- On the default terms the dollars are within ${bps(figures.driftBps.p50)} of their value half of the time, within
  ${bps(figures.driftBps.p99)} for 99 % of it and within ${bps(figures.driftBps.p999)} for 99.9 %, for ${count(main.paymentsPerYear)} payments a year.
- The thresholds of Stable Channels pay ${count(stableChannels.paymentsPerYear)} times a year (${count(deployed.paymentsPerYear)} at the deployed check every
  60 s). Their narrower band wins in the median, ${bps(stableChannels.figures.driftBps.p50)}; their cooldown loses where it matters:
  ${bps(stableChannels.figures.driftBps.p99)} at 99 %, ${bps(stableChannels.figures.driftBps.p999)} at 99.9 %, ${bps(stableChannels.figures.driftBps.max)} at worst. At $20 their floor of $0.25 decides alone.
- No policy beats a gap. Paying every satoshi every 10 s, ${count(ideal.paymentsPerYear)} times a year, still leaves
  ${bps(ideal.figures.driftBps.p999)} at 99.9 % and ${bps(ideal.figures.driftBps.max)} at worst. Ours at worst: ${bps(figures.driftBps.max)}, ${worst} UTC.
- What ends a peg is the provider's stake, not the band. A one-to-one channel runs dry within a year for ${share(1, 365)} of
  all starting days, within 30 days for ${share(1, 30)}; with twice the stake ${share(2, 365)} and ${share(2, 30)}.

How it is measured: inside each bar the price walks at random (seeded) between its open, extremes and close, one point every
${HISTORY_STEP_MS / 1_000} s, so drift within a bar is estimated from the bar's range, while cover depends on the bars alone. Drift is looked at before every
check; "out of band" is the share of time beyond the policy's own band and floor. The provider is taken to be topped up where
it would have run dry. A settlement takes 100 ms.

### $1,000 held

${policyTable(policies, results)}

### $20 held

A floor in dollars weighs on small positions: $0.25 of $20 is 1.25 %.

${policyTable(policies, small)}

### Which band, how often

${policyTable(sweep, bands)}

### How often the provider runs dry

Share of all days on which a position could have been opened whose provider could no longer pay within the horizon, without
adding anything; 1 % of the channel kept as reserve. A stake of 1x is the usual one-to-one channel.

${coverTable(main)}
`;
}

async function scenarioSection(): Promise<string> {
  const parts: string[] = [];
  let crash: BacktestResult | undefined;
  for (const { name, seconds } of marketScenarios) {
    const results = await compare({ scenario: name, seconds }, policies);
    if (name === "crash") crash = results[0];
    parts.push(`### ${name}: ${scenarios[name].summary}\n\n${policyTable(policies, results)}\n`);
  }
  return `## Scenarios (synthetic)

Made from a seed, the same everywhere, for $1,000; "a year" extrapolates the scenario. One of them by hand:
\`peer-stables backtest --scenario crash --svg crash.svg\`.

${crash === undefined ? "" : await picture("peg-crash.svg", crash)}

${parts.join("\n")}`;
}

const intro = `# How well the peg holds

\`bun run peg-report\` writes this page: the program's own decisions over price histories, no node involved. The same figures for
any history: \`peer-stables backtest FILE.csv\` (columns time,close or time,open,high,low,close; \`--help\` for the rest).
`;

const sections: string[] = [];
for (const name of histories()) sections.push(await historySection(name));
sections.push(await scenarioSection());
await Bun.write(join(docs, "peg.md"), [intro, ...sections].join("\n"));
process.stdout.write(`docs/peg.md: ${histories().length} histories, ${marketScenarios.length} scenarios\n`);
