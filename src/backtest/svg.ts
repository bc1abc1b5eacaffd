/** The result as one picture: price, value, drift, payments and cover over the same time. Floats draw, nothing more. */
import type { BacktestResult } from "./backtest.ts";
import { type Bucket, narrow } from "./series.ts";
import { describeTerms, percent, usd } from "./text.ts";

const WIDTH = 960;
const LEFT = 76;
const RIGHT = 20;
const PLOT = WIDTH - LEFT - RIGHT;
const TOP = 74;
const GAP = 34;
const COLUMNS = 480;

const style = `
  svg { font: 12px system-ui, sans-serif; background: #fff }
  text { fill: #444 } .title { font-size: 17px; font-weight: 600; fill: #111 } .name { font-weight: 600; fill: #111 }
  .grid { stroke: #e4e4e8 } .band { stroke: #111; stroke-dasharray: 5 4 } .price { stroke: #2c5aa0 } .priceArea { fill: #2c5aa0; opacity: .25 }
  .value { fill: #1a8f5a } .drift { fill: #c4542a } .payments { fill: #7a5bb5 } path.line { fill: none; stroke-width: 1.4 }
  .c0 { stroke: #c4542a } .c1 { stroke: #2c5aa0 } .c2 { stroke: #1a8f5a } .c3 { stroke: #7a5bb5 }
  @media (prefers-color-scheme: dark) { svg { background: #16181d } text { fill: #b5b9c2 } .title, .name { fill: #f2f3f5 } .grid { stroke: #2b2f38 } .band { stroke: #fff } }`;

/** From a value to its height in the panel, 0 at the bottom and 1 at the top. */
interface Scale {
  at(value: number): number;
  ticks: readonly number[];
}

interface Panel {
  name: string;
  height: number;
  scale: Scale;
  label(value: number): string;
  draw(y: (value: number) => number): string;
}

export function backtestSvg(result: BacktestResult): string {
  const buckets = narrow(result.buckets, COLUMNS);
  const { figures, options } = result;
  const panels = [pricePanel(result, buckets), valuePanel(result, buckets), driftPanel(result, buckets)];
  panels.push(paymentsPanel(buckets), coverPanel(result, buckets));
  let top = TOP;
  const parts: string[] = [];
  for (const panel of panels) {
    parts.push(panelSvg(panel, top));
    top += panel.height + GAP;
  }
  const title = `${usd(options.targetMicro)} held over ${xmlText(result.label)}`;
  const years = timeTicks(figures.fromMs, figures.toMs)
    .map(([ms, text]) => `<text x="${n(timeX(ms, figures))}" y="${top - 12}" text-anchor="middle">${text}</text>`)
    .join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + 6}" width="${WIDTH}" height="${top + 6}" role="img" aria-label="${title}">
<style>${style}</style>
<text class="title" x="${LEFT}" y="26">${title}</text>
<text x="${LEFT}" y="46">${xmlText(describeTerms(result))}</text>
${parts.join("\n")}
${years}
</svg>
`;
}

function panelSvg({ name, height, scale, label, draw }: Panel, top: number): string {
  const y = (value: number): number => top + height * (1 - Math.min(Math.max(scale.at(value), 0), 1));
  const grid = scale.ticks
    .map((tick) => {
      const at = n(y(tick));
      return `<path class="grid" d="M${LEFT} ${at}h${PLOT}"/><text x="${LEFT - 8}" y="${n(y(tick) + 4)}" text-anchor="end">${label(tick)}</text>`;
    })
    .join("");
  return `<text class="name" x="${LEFT}" y="${top - 8}">${name}</text>${grid}${draw(y)}`;
}

function x(i: number, count: number): number {
  return LEFT + (PLOT * (i + 0.5)) / count;
}

function timeX(ms: number, { fromMs, toMs }: { fromMs: number; toMs: number }): number {
  return LEFT + (PLOT * (ms - fromMs)) / Math.max(toMs - fromMs, 1);
}

/** A filled band between a low and a high in every column. */
function range(buckets: readonly Bucket[], y: (v: number) => number, of: (b: Bucket) => [number, number]): string {
  const upper = buckets.map((b, i) => `${n(x(i, buckets.length))} ${n(y(of(b)[1]) - 0.5)}`);
  const lower = buckets.map((b, i) => `${n(x(i, buckets.length))} ${n(y(of(b)[0]) + 0.5)}`).reverse();
  return `M${[...upper, ...lower].join("L")}Z`;
}

function line(buckets: readonly Bucket[], y: (v: number) => number, of: (b: Bucket) => number): string {
  return `M${buckets.map((b, i) => `${n(x(i, buckets.length))} ${n(y(of(b)))}`).join("L")}`;
}

function bars(buckets: readonly Bucket[], y: (v: number) => number, of: (b: Bucket) => number, floor: number): string {
  const width = (PLOT / buckets.length) * 0.9;
  return buckets
    .map((b, i) => `M${n(x(i, buckets.length) - width / 2)} ${n(y(floor))}V${n(y(of(b)))}h${n(width)}V${n(y(floor))}Z`)
    .join("");
}

function pricePanel(result: BacktestResult, buckets: readonly Bucket[]): Panel {
  const low = Math.min(...buckets.map((b) => b.low));
  const high = Math.max(...buckets.map((b) => b.high));
  return {
    name: result.synthetic ? "Price of a bitcoin (synthetic)" : "Price of a bitcoin",
    height: 150,
    scale: high > 3 * low ? logScale(low, high) : linearScale(low, high),
    label: usd,
    draw: (y) =>
      `<path class="priceArea" d="${range(buckets, y, (b) => [b.low, b.high])}"/><path class="line price" d="${line(buckets, y, (b) => b.last)}"/>`,
  };
}

function valuePanel(result: BacktestResult, buckets: readonly Bucket[]): Panel {
  const target = Number(result.options.targetMicro);
  const low = Math.min(...buckets.map((b) => b.valueLow)) * target;
  const high = Math.max(...buckets.map((b) => b.valueHigh)) * target;
  return {
    name: "Value of the dollars",
    height: 90,
    scale: linearScale(Math.min(low, target * 0.98), Math.max(high, target * 1.02)),
    label: usd,
    draw: (y) => `<path class="value" d="${range(buckets, y, (b) => [b.valueLow * target, b.valueHigh * target])}"/>`,
  };
}

function driftPanel(result: BacktestResult, buckets: readonly Bucket[]): Panel {
  const drift = (b: Bucket): number => Math.max(b.valueHigh - 1, 1 - b.valueLow);
  const band = result.options.terms.bandBps / 10_000;
  const least = 0.0001;
  return {
    name: "Largest drift of each stretch; dashed: the band",
    height: 90,
    scale: logScale(least, Math.max(...buckets.map(drift), band, 0.01)),
    label: percent,
    draw: (y) =>
      `<path class="drift" d="${bars(buckets, y, drift, least)}"/><path class="band" d="M${LEFT} ${n(y(band))}h${PLOT}"/>`,
  };
}

function paymentsPanel(buckets: readonly Bucket[]): Panel {
  return {
    name: "Payments in each stretch",
    height: 70,
    scale: linearScale(0, Math.max(...buckets.map((b) => b.payments), 1)),
    label: (v) => Math.round(v).toLocaleString("en-US"),
    draw: (y) => `<path class="payments" d="${bars(buckets, y, (b) => b.payments, 0)}"/>`,
  };
}

function coverPanel(result: BacktestResult, buckets: readonly Bucket[]): Panel {
  const shown = result.cover.slice(0, 4);
  const legend = shown.map((c, i) => `<tspan class="c${i}" dx="10">${c.ratio}x</tspan>`).join("");
  return {
    name: `Further fall the provider covers, by stake${legend}`,
    height: 90,
    scale: linearScale(0, 1),
    label: (v) => `${Math.round(v * 100)} %`,
    draw: (y) =>
      shown
        .map((c, i) => {
          const left = (b: Bucket): number => Math.max(1 - Number(c.coveredToMicro) / b.low, 0);
          return `<path class="line c${i}" d="${line(buckets, y, left)}"/>`;
        })
        .join(""),
  };
}

function linearScale(low: number, high: number): Scale {
  const span = high > low ? high - low : Math.max(Math.abs(high), 1);
  const raw = span / 3;
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((m) => m * magnitude >= raw) ?? 10) * magnitude;
  const ticks: number[] = [];
  for (let t = Math.ceil(low / step) * step; t <= high + span * 1e-9; t += step) ticks.push(t);
  return { at: (v) => (v - low) / span, ticks };
}

function logScale(low: number, high: number): Scale {
  const span = Math.log(high / low) || 1;
  const ticks: number[] = [];
  for (let decade = 10 ** Math.floor(Math.log10(low)); decade <= high; decade *= 10) {
    for (const m of span > Math.log(200) ? [1] : [1, 3]) {
      if (decade * m >= low * 0.999 && decade * m <= high) ticks.push(decade * m);
    }
  }
  return { at: (v) => Math.log(Math.max(v, low) / low) / span, ticks };
}

/** About six round moments with their text: years, months, days or hours, as the span asks for. */
function timeTicks(fromMs: number, toMs: number): [number, string][] {
  const hour = 3_600_000;
  const span = toMs - fromMs;
  const step = [hour / 6, hour, 6 * hour, 24 * hour, 7 * 24 * hour, 30 * 24 * hour].find((s) => span / s <= 8);
  const from = new Date(fromMs);
  if (step === undefined) {
    const every = Math.max(Math.ceil(span / (365 * 24 * hour) / 8), 1);
    return Array.from({ length: 9 }, (_, i): [number, string] => {
      const year = from.getUTCFullYear() + 1 + i * every;
      return [Date.UTC(year, 0, 1), String(year)];
    }).filter(([ms]) => ms <= toMs);
  }
  const ticks: [number, string][] = [];
  for (let ms = Math.ceil(fromMs / step) * step; ms <= toMs; ms += step) {
    const text = new Date(ms).toISOString();
    ticks.push([ms, step < 24 * hour ? text.slice(11, 16) : text.slice(5, 10)]);
  }
  return ticks;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function xmlText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
