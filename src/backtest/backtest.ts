/** The peg over a price history: how far it strays, what it costs, and when the provider would run dry. No node needed. */

import { formatPrice } from "../price/decimal.ts";
import { fileHistory, type History, scenarioHistory } from "../price/history.ts";
import type { ScenarioName } from "../price/scenarios.ts";
import type { Terms } from "../stable/agreement.ts";
import { type Micro, MSAT_PER_BTC } from "../stable/units.ts";
import { BacktestError } from "./backtest-error.ts";
import type { RatioCover } from "./cover.ts";
import { type PegFigures, runPeg } from "./peg.ts";
import type { Bucket } from "./series.ts";

export interface BacktestOptions {
  source: { file: string } | { scenario: ScenarioName; seconds: number };
  seed: number;
  terms: Terms;
  termsName: string;
  targetMicro: Micro;
  latencyMs: number;
  /** The provider's stake over the backing, one result each. */
  ratios: readonly number[];
  /** Days. */
  horizons: readonly number[];
  /** Points drawn inside open-high-low-close bars, and of a scenario, lie this far apart. */
  stepMs: number;
}

export interface BacktestResult {
  options: BacktestOptions;
  label: string;
  synthetic: boolean;
  rows: number;
  figures: PegFigures;
  paymentsPerYear: number;
  cover: (RatioCover & { pnlMicro: bigint })[];
  buckets: Bucket[];
  elapsedMs: number;
}

const YEAR_MS = 365.25 * 86_400_000;
/** Synthetic histories have to begin somewhere; the date only labels them. */
const SCENARIO_EPOCH_MS = Date.UTC(2020, 0, 1);

/**
 * Streams the history once; memory does not grow with its length.
 * @param nowMs a clock for `elapsedMs` only
 * @throws PriceError `bad_argument` for a file that is missing or does not parse
 */
export async function runBacktest(options: BacktestOptions, nowMs: () => number): Promise<BacktestResult> {
  const [result] = await runBacktests([options], nowMs);
  if (result === undefined) throw new BacktestError("internal", "a backtest without a result");
  return result;
}

/** Several over one pass of the same history: the first one's source, seed and step hold for all. */
export async function runBacktests(all: readonly BacktestOptions[], nowMs: () => number): Promise<BacktestResult[]> {
  const [first] = all;
  if (first === undefined) return [];
  const startedMs = nowMs();
  const history = await openHistory(first);
  const runs = all.map((options) => ({ options, run: runPeg(options) }));
  for await (const points of history.points) {
    for (const { run } of runs) run.take(points);
  }
  return runs.map(({ options, run }) => {
    const figures = run.figures();
    if (figures === undefined) throw new BacktestError("bad_argument", `${history.label} holds no prices`);
    const span = figures.toMs - figures.fromMs;
    return {
      options,
      label: history.label,
      synthetic: history.synthetic,
      rows: history.rows(),
      figures,
      paymentsPerYear: span > 0 ? (figures.payments * YEAR_MS) / span : 0,
      cover: (run.cover()?.result() ?? []).map((c) => ({ ...c, pnlMicro: providerPnl(figures, c.ratio) })),
      buckets: run.series.buckets(),
      elapsedMs: nowMs() - startedMs,
    };
  });
}

async function openHistory({ source, seed, stepMs }: BacktestOptions): Promise<History> {
  if ("file" in source) return await fileHistory(source.file, { stepMs, seed });
  return scenarioHistory(source.scenario, {
    seed,
    stepMs,
    lengthMs: source.seconds * 1_000,
    startMs: SCENARIO_EPOCH_MS,
  });
}

/** The stake and what was paid in or out of it, at the last price, less the stake at the first; as if it never ran dry. */
function providerPnl(figures: PegFigures, ratio: number): bigint {
  const stake = BigInt(Math.round(Number(figures.backing0Msat) * ratio));
  const end = stake + figures.backing0Msat - figures.backingMsat;
  return (end * figures.lastMicro - stake * figures.firstMicro) / MSAT_PER_BTC;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const round = (n: number, digits: number): number => Number(n.toFixed(digits));

/** The result as JSON: amounts as decimal strings, shares as numbers from 0 to 1, times in RFC 3339. */
export function backtestJson(result: BacktestResult): Record<string, unknown> {
  const { figures, options } = result;
  const { terms } = options;
  const main = mainCover(result);
  return {
    rows: result.rows,
    points: figures.points,
    from: iso(figures.fromMs),
    to: iso(figures.toMs),
    source: result.label,
    synthetic: result.synthetic,
    target_usd: formatPrice(options.targetMicro),
    price_first_usd: formatPrice(figures.firstMicro),
    price_last_usd: formatPrice(figures.lastMicro),
    terms: {
      name: options.termsName,
      band_bps: terms.bandBps,
      floor_usd: formatPrice(terms.floorMicro),
      check_seconds: terms.checkSeconds,
      cooldown_seconds: terms.cooldownSeconds,
      latency_ms: options.latencyMs,
    },
    payments: figures.payments,
    payments_per_year: round(result.paymentsPerYear, 1),
    volume_usd: formatPrice(figures.volumeMicro),
    mean_payment_usd: formatPrice(figures.payments === 0 ? 0n : figures.volumeMicro / BigInt(figures.payments)),
    drift_bps: {
      p50: round(figures.driftBps.p50, 1),
      p99: round(figures.driftBps.p99, 1),
      p999: round(figures.driftBps.p999, 1),
      max: round(figures.driftBps.max, 1),
      max_at: iso(figures.worstAtMs),
    },
    out_of_band_share: round(figures.outOfBandShare, 6),
    cover: Object.fromEntries(result.cover.map((c) => [String(c.ratio), coverJson(c)])),
    provider_pnl_usd: formatPrice(main?.pnlMicro ?? 0n),
    elapsed_ms: Math.round(result.elapsedMs),
  };
}

/** The ratio the single figures are for: 1 where it was asked for, else the first. */
export function mainCover(result: BacktestResult): BacktestResult["cover"][number] | undefined {
  return result.cover.find((c) => c.ratio === 1) ?? result.cover[0];
}

function coverJson(c: BacktestResult["cover"][number]): Record<string, unknown> {
  return {
    covered_to_usd: formatPrice(c.coveredToMicro),
    dry_at: c.dryAtMs === undefined ? null : iso(c.dryAtMs),
    provider_pnl_usd: formatPrice(c.pnlMicro),
    rolling: Object.fromEntries(
      [...c.rolling].map(([days, { dry, starts }]) => [`${days}d`, starts === 0 ? null : round(dry / starts, 4)]),
    ),
  };
}
