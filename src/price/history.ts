/** A price history, from a file or a scenario, as batches of points in the order of time. */
import { basename } from "node:path";
import { type Bridge, bridgeOf, newPoints, type Points } from "./bridge.ts";
import { type Bars, readCsv } from "./csv.ts";
import { PriceError } from "./errors.ts";
import { marketAt, SCENARIO_START } from "./scenario-driver.ts";
import { type Scenario, type ScenarioName, scenarios } from "./scenarios.ts";

export interface History {
  label: string;
  synthetic: boolean;
  points: AsyncGenerator<Points>;
  /** Rows of the source read so far: lines of a file, points of a scenario. */
  rows(): number;
}

const BATCH = 8_192;

/**
 * @param stepMs distance of the points drawn inside open-high-low-close bars; closes stay as they are
 * @throws PriceError `bad_argument` for a file that is missing or does not parse
 */
export async function fileHistory(path: string, options: { stepMs: number; seed: number }): Promise<History> {
  const file = Bun.file(path);
  if (!(await file.exists())) throw new PriceError("bad_argument", `price file ${path} is not there; give a CSV file`);
  const raw: AsyncIterable<Uint8Array> = file.stream();
  const csv = await readCsv(path, path.endsWith(".gz") ? gunzip(path, raw) : raw);
  let rows = 0;
  async function* counted(): AsyncGenerator<Bars> {
    for await (const bars of csv.bars) {
      rows += bars.length;
      yield bars;
    }
    if (rows === 0) throw new PriceError("bad_argument", `price file ${path} has a header and no rows`);
  }
  const points = csv.ohlc ? bridged(path, counted(), options) : closes(counted());
  return { label: basename(path), synthetic: false, points, rows: () => rows };
}

async function* gunzip(path: string, raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const feeding = (async () => {
    for await (const chunk of raw) await writer.write(Uint8Array.from(chunk));
    await writer.close();
  })();
  // The reader below meets the same failure; this one only keeps it from being unhandled.
  feeding.catch(() => writer.abort().catch(() => undefined));
  try {
    for await (const chunk of stream.readable) yield chunk;
  } catch (cause) {
    throw new PriceError("bad_argument", `price file ${path} is not whole gzip data`, { cause });
  }
}

async function* closes(batches: AsyncGenerator<Bars>): AsyncGenerator<Points> {
  for await (const bars of batches) yield { length: bars.length, timeMs: bars.timeMs, price: bars.close };
}

async function* bridged(
  path: string,
  batches: AsyncGenerator<Bars>,
  { stepMs, seed }: { stepMs: number; seed: number },
): AsyncGenerator<Points> {
  let bridge: Bridge | undefined;
  let points: Points | undefined;
  for await (const bars of batches) {
    bridge ??= bridgeOf(barLength(path, bars), stepMs, seed);
    points ??= newPoints(Math.max(BATCH, bridge.pointsPerBar));
    for (let i = 0; i < bars.length; i++) {
      if (points.length + bridge.pointsPerBar > points.timeMs.length) {
        yield points;
        points.length = 0;
      }
      bridge.fill(bars, i, points);
    }
  }
  if (points !== undefined && points.length > 0) yield points;
}

/** The least distance between two of the first rows; later gaps are gaps, not longer bars. */
function barLength(path: string, bars: Bars): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < bars.length; i++) {
    const step = (bars.timeMs[i] ?? 0) - (bars.timeMs[i - 1] ?? 0);
    if (step > 0 && step < least) least = step;
  }
  if (Number.isFinite(least)) return least;
  throw new PriceError("bad_argument", `price file ${path} needs at least two bars of different times`);
}

/** A scenario from its beginning, one point every `stepMs`. */
export function scenarioHistory(
  name: ScenarioName,
  options: { seed: number; stepMs: number; lengthMs: number; startMs: number },
): History {
  const scenario: Scenario = scenarios[name];
  const { seed, stepMs, lengthMs, startMs } = options;
  let rows = 0;
  async function* points(): AsyncGenerator<Points> {
    const batch = newPoints(BATCH);
    for (let ms = 0; ms <= lengthMs; ms += stepMs) {
      batch.timeMs[batch.length] = startMs + ms;
      batch.price[batch.length] = Number(marketAt(scenario, seed, SCENARIO_START, ms));
      rows++;
      if (++batch.length < BATCH) continue;
      yield batch;
      batch.length = 0;
    }
    if (batch.length > 0) yield batch;
  }
  return { label: `scenario ${name} (synthetic)`, synthetic: true, points: points(), rows: () => rows };
}
