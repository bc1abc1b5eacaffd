/** The result for a terminal: a few small charts and tables, plain text. */
import { formatPrice } from "../price/decimal.ts";
import { type BacktestResult, mainCover } from "./backtest.ts";
import { narrow } from "./series.ts";

const BARS = "▁▂▃▄▅▆▇█";
const CHART_WIDTH = 60;

/** One character a value, from the lowest to the highest of them. */
export function sparkline(values: readonly number[]): string {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  return values.map((v) => BARS[span > 0 ? Math.min(Math.floor(((v - low) / span) * 8), 7) : 0]).join("");
}

/** `$63,001` from micro-dollars, `$3.67` below a hundred. */
export function usd(microDollars: number | bigint): string {
  const n = Number(microDollars) / 1e6;
  const digits = Math.abs(n) < 100 ? 2 : 0;
  const text = Math.abs(n).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${n < 0 ? "-" : ""}$${text}`;
}

/** A share as percent with as many decimals as its size asks for. */
export function percent(share: number): string {
  const n = share * 100;
  const digits = n === 0 || n >= 10 ? 1 : n >= 1 ? 2 : n >= 0.01 ? 3 : 4;
  return `${n.toFixed(digits)} %`;
}

const bps = (n: number): string => percent(n / 10_000);
const count = (n: number): string => Math.round(n).toLocaleString("en-US");
const minute = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

export function describeTerms({ options }: BacktestResult): string {
  const { terms } = options;
  const pause = terms.cooldownSeconds === 0 ? "no cooldown" : `${terms.cooldownSeconds} s cooldown`;
  const act = `act from ${terms.bandBps / 100} % and $${formatPrice(terms.floorMicro)}`;
  return `${options.termsName}: ${act}, check every ${terms.checkSeconds} s, ${pause}, ${options.latencyMs} ms to settle`;
}

export function backtestText(result: BacktestResult): string {
  const { figures, options } = result;
  const years = (figures.toMs - figures.fromMs) / (365.25 * 86_400_000);
  const mean = figures.payments === 0 ? 0n : figures.volumeMicro / BigInt(figures.payments);
  const points = figures.points === result.rows ? "" : `, ${count(figures.points)} points`;
  return [
    `${usd(options.targetMicro)} over ${result.label}`,
    `${minute(figures.fromMs)} to ${minute(figures.toMs)} UTC, ${count(result.rows)} rows${points}`,
    describeTerms(result),
    "",
    ...charts(result),
    "",
    ...table([
      ["Drift", `half of the time below ${bps(figures.driftBps.p50)}, 99 % of it below ${bps(figures.driftBps.p99)},`],
      [
        "",
        `99.9 % below ${bps(figures.driftBps.p999)}; at worst ${bps(figures.driftBps.max)} at ${minute(figures.worstAtMs)}`,
      ],
      ["Out of band", `${percent(figures.outOfBandShare)} of the time`],
      ["Payments", `${count(figures.payments)}, ${count(result.paymentsPerYear)} a year, ${usd(mean)} on average`],
      ["Moved", `${usd(figures.volumeMicro)}, ${usd(Number(figures.volumeMicro) / Math.max(years, 1e-9))} a year`],
    ]),
    "",
    ...coverTable(result),
    "",
    `${count((result.rows * 1_000) / Math.max(result.elapsedMs, 1))} rows/s, ${(result.elapsedMs / 1_000).toFixed(2)} s`,
    "",
  ].join("\n");
}

function charts(result: BacktestResult): string[] {
  const target = Number(result.options.targetMicro);
  const columns = narrow(result.buckets, CHART_WIDTH);
  const drifts = columns.map((b) => Math.max(b.valueHigh - 1, 1 - b.valueLow));
  const lows = columns.map((b) => b.valueLow);
  const highest = Math.max(...columns.map((b) => b.valueHigh));
  const price = columns.map((b) => b.last);
  const covered = Number(mainCover(result)?.coveredToMicro ?? 0n);
  const cover = columns.map((b) => Math.max(1 - covered / b.low, 0));
  const range = (low: number, high: number): string => `${usd(low)} to ${usd(high)}`;
  return table([
    ["Price", sparkline(price), range(Math.min(...columns.map((b) => b.low)), Math.max(...columns.map((b) => b.high)))],
    ["Value", sparkline(lows), range(Math.min(...lows) * target, highest * target)],
    ["Drift", sparkline(drifts), `up to ${percent(Math.max(...drifts))}`],
    ["Payments", sparkline(columns.map((b) => b.payments)), `${count(result.figures.payments)} in all`],
    [
      "Cover",
      sparkline(cover),
      `${percent(Math.min(...cover))} to ${percent(Math.max(...cover))} at ratio ${mainCover(result)?.ratio ?? 1}`,
    ],
  ]);
}

function coverTable(result: BacktestResult): string[] {
  const { horizons } = result.options;
  const first = Number(result.figures.firstMicro);
  const head = ["Stake", "covered to", "", "runs dry", ...horizons.map((d) => `dry in ${d} d`), "provider's P&L"];
  const rows = result.cover.map((c) => [
    `${c.ratio}x`,
    usd(c.coveredToMicro),
    `-${((1 - Number(c.coveredToMicro) / first) * 100).toFixed(1)} %`,
    c.dryAtMs === undefined ? "never" : minute(c.dryAtMs),
    ...horizons.map((d) => {
      const { dry = 0, starts = 0 } = c.rolling.get(d) ?? {};
      return starts === 0 ? "too short" : percent(dry / starts);
    }),
    usd(c.pnlMicro),
  ]);
  return table([head, ...rows]);
}

/** Columns padded to their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd());
}
