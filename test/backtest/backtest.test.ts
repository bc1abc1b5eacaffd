import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseBacktestArgs } from "../../src/backtest/args.ts";
import { type BacktestOptions, backtestJson, runBacktest, runBacktests } from "../../src/backtest/backtest.ts";
import { backtestCommand } from "../../src/backtest/command.ts";
import { sendableStake, watchCover } from "../../src/backtest/cover.ts";
import { runPeg } from "../../src/backtest/peg.ts";
import { narrow, newSeries } from "../../src/backtest/series.ts";
import { CodedError } from "../../src/errors.ts";
import type { Points } from "../../src/price/bridge.ts";
import type { Terms } from "../../src/stable/agreement.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { MSAT_PER_BTC, MSAT_PER_SAT, micro, msat } from "../../src/stable/units.ts";

const dir = mkdtempSync(join(tmpdir(), "peer-stables-backtest-"));
afterAll(() => rmSync(dir, { recursive: true }));

const THOUSAND = micro(1_000_000_000n);
const T = Date.UTC(2026, 0, 1);

function pointsOf(rows: readonly (readonly [ms: number, micro: number])[]): Points {
  const points = { length: rows.length, timeMs: new Float64Array(rows.length), price: new Float64Array(rows.length) };
  for (const [i, [ms, p]] of rows.entries()) {
    points.timeMs[i] = ms;
    points.price[i] = p;
  }
  return points;
}

/** A walk in cents, a row every `stepMs`. */
const walk = fc
  .tuple(
    fc.integer({ min: 100_000, max: 10_000_000 }),
    fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 300 }),
  )
  .map(([start, moves]) => {
    let cents = start;
    return [cents, ...moves.map((bps) => (cents = Math.max(Math.round(cents * (1 + bps / 10_000)), 100)))];
  });

const terms = fc.record({
  bandBps: fc.integer({ min: 0, max: 200 }),
  floorMicro: fc.bigInt(0n, 2_000_000n).map(micro),
  checkSeconds: fc.constantFrom(0, 10, 60, 90, 600),
  cooldownSeconds: fc.constantFrom(0, 60, 120, 3_600),
});

/** The rules written down plainly, row by row with integers only: what the quick loop has to agree with. */
function plainly(rows: readonly (readonly [number, number])[], t: Terms, latencyMs: number) {
  const T0 = THOUSAND;
  const first = BigInt(rows[0]?.[1] ?? 1);
  let backing = ((T0 * MSAT_PER_BTC) / first / MSAT_PER_SAT) * MSAT_PER_SAT;
  let pending: { at: number; change: bigint } | undefined;
  let lastCheck = Number.NEGATIVE_INFINITY;
  let lastSettled: number | undefined;
  let payments = 0;
  const settle = () => {
    if (pending === undefined) return;
    backing += pending.change;
    lastSettled = Math.floor(pending.at / 1_000);
    pending = undefined;
    payments++;
  };
  for (const [ms, p] of rows) {
    if (pending !== undefined && ms >= pending.at) settle();
    if (ms - lastCheck < t.checkSeconds * 1_000) continue;
    lastCheck = ms;
    const drift = backing * BigInt(p) - T0 * MSAT_PER_BTC;
    const size = drift < 0n ? -drift : drift;
    const band = T0 * BigInt(t.bandBps);
    const floor = t.floorMicro * 10_000n;
    const sats = size / (BigInt(p) * MSAT_PER_SAT);
    const cooling = lastSettled !== undefined && Math.floor(ms / 1_000) - lastSettled < t.cooldownSeconds;
    if (pending !== undefined || cooling || sats === 0n) continue;
    if (size * 10_000n < MSAT_PER_BTC * (band > floor ? band : floor)) continue;
    const change = sats * MSAT_PER_SAT;
    pending = { at: ms + latencyMs, change: drift > 0n ? -change : change };
    if (latencyMs === 0) settle();
  }
  return { payments, backing };
}

describe("the quick loop", () => {
  test("pays exactly what the rules say, row by row", () => {
    fc.assert(
      fc.property(
        walk,
        terms,
        fc.constantFrom(0, 100, 30_000, 90_000),
        fc.constantFrom(1_000, 60_000),
        (cents, some, latencyMs, stepMs) => {
          const all = { ...defaultTerms, ...some };
          const rows = cents.map((c, i) => [T + i * stepMs, c * 10_000] as const);
          const run = runPeg({ terms: all, targetMicro: THOUSAND, latencyMs, ratios: [1], horizons: [] });
          run.take(pointsOf(rows.slice(0, 5)));
          run.take(pointsOf(rows.slice(5)));
          const figures = run.figures();
          expect({ payments: figures?.payments, backing: figures?.backingMsat }).toEqual(plainly(rows, all, latencyMs));
          expect(figures?.points).toBe(rows.length);
        },
      ),
    );
  });

  test("counts drift and time out of band", () => {
    const run = runPeg({
      terms: { ...defaultTerms, checkSeconds: 0 },
      targetMicro: THOUSAND,
      latencyMs: 15_000,
      ratios: [1],
      horizons: [],
    });
    // A minute a row: in band, 10 % up (settled after 15 s), in band again for the rest.
    const prices = [100_000, 110_000, ...Array(98).fill(110_000)];
    run.take(pointsOf(prices.map((p, i) => [T + i * 60_000, p * 1e6] as const)));
    const figures = run.figures();
    expect(figures?.payments).toBe(1);
    expect(figures?.driftBps).toEqual({
      p50: 0.1,
      p99: 0.1,
      p999: expect.closeTo(1_000, 0),
      max: expect.closeTo(1_000, 6),
    });
    expect(figures?.worstAtMs).toBe(T + 60_000);
    expect(figures?.outOfBandShare).toBeCloseTo(15 / (99 * 60), 9);
  });
});

describe("cover", () => {
  const day = 86_400_000;
  const backingMsat = msat(10_000_000_000n);

  test("the stake is what the reserve leaves", () => {
    expect<bigint>(sendableStake(backingMsat, 1)).toBe(9_800_000_000n);
    expect<bigint>(sendableStake(backingMsat, 0.005)).toBe(0n);
  });

  test("dry at the first price at or below the dry price", () => {
    const watch = watchCover({ targetMicro: micro(10_000_000_000n), backingMsat }, [1, 3], []);
    const rows: [number, number][] = [
      [0, 100_000],
      [1, 60_000],
      [2, 50_506],
      [3, 50_505],
      [4, 200_000],
    ];
    for (const [ms, usd] of rows) watch.add(ms, usd * 1e6);
    expect(watch.result().map((c) => c.dryAtMs)).toEqual([3, undefined]);
    watch.add(5, 1_000_000);
    expect(watch.result().map((c) => c.dryAtMs)).toEqual([3, 5]);
  });

  test("rolling shares are those of trying every day by itself", () => {
    const prices = fc.array(fc.integer({ min: 100, max: 1_000 }), { minLength: 3, maxLength: 120 });
    fc.assert(
      fc.property(prices, (usd) => {
        // Three prices a day.
        const rows = usd.map((p, i) => ({ day: Math.floor(i / 3), ms: (i * day) / 3, p: p * 1e6 }));
        const horizons = [1, 4, 9];
        const watch = watchCover({ targetMicro: THOUSAND, backingMsat }, [0.5, 1, 2], horizons);
        for (const { ms, p } of rows) watch.add(ms, p);
        const complete = Math.floor((rows.length - 1) / 3);
        for (const { ratio, rolling } of watch.result()) {
          for (const horizon of horizons) {
            let dry = 0;
            let starts = 0;
            for (let start = 0; start + horizon <= complete; start++) {
              const window = rows.filter((r) => r.day >= start && r.day < start + horizon).map((r) => r.p);
              starts++;
              if (Math.min(...window) <= (window[0] ?? 0) / ((1 + ratio) * 0.99)) dry++;
            }
            expect(rolling.get(horizon)).toEqual({ dry, starts });
          }
        }
      }),
    );
  });
});

describe("series", () => {
  test("keeps ends, extremes and sums in bounded room, however long", () => {
    const series = newSeries();
    const n = 300_000;
    for (let i = 0; i < n; i++) {
      series.add(i, 1_000 + (i === 123_456 ? 5_000 : i % 100), 1);
      if (i % 10 === 0) series.pay();
    }
    const buckets = series.buckets();
    expect(buckets.length).toBeWithin(256, 1_025);
    expect([buckets[0]?.fromMs, buckets.at(-1)?.toMs]).toEqual([0, n - 1]);
    expect(Math.max(...buckets.map((b) => b.high))).toBe(6_000);
    expect(buckets.reduce((sum, b) => sum + b.payments, 0)).toBe(n / 10);
    const columns = narrow(buckets, 60);
    expect(columns).toHaveLength(60);
    expect(columns.reduce((sum, b) => sum + b.payments, 0)).toBe(n / 10);
  });
});

async function run(args: readonly string[]): Promise<string> {
  let out = "";
  await backtestCommand(args, {
    write: (text) => {
      out += text;
    },
    writeFile: (path, text) => Bun.write(path, text),
    nowMs: () => 0,
  });
  return out;
}

async function csvFile(name: string, rows: number): Promise<string> {
  const path = join(dir, name);
  const writer = Bun.file(path).writer();
  writer.write("time,close\n");
  for (let i = 0; i < rows; i++) {
    writer.write(`${1_500_000_000 + 60 * i},${(60_000 + 20_000 * Math.sin(i / 5_000) + (i % 90)).toFixed(2)}\n`);
  }
  await writer.end();
  return path;
}

describe("peer-stables backtest", () => {
  test("--json has everything a program asks for", async () => {
    const path = await csvFile("a.csv", 60_000);
    const json: unknown = JSON.parse(
      await run([path, "--json", "--ratio", "0.5,1", "--rolling", "10d,365d", "--band", "0.5%"]),
    );
    expect(json).toMatchObject({
      rows: 60_000,
      points: 60_000,
      from: "2017-07-14T02:40:00.000Z",
      to: "2017-08-24T18:39:00.000Z",
      source: "a.csv",
      synthetic: false,
      target_usd: "1000.00",
      terms: {
        name: "default",
        band_bps: 50,
        floor_usd: "0.01",
        check_seconds: 10,
        cooldown_seconds: 0,
        latency_ms: 100,
      },
      payments: expect.any(Number),
      payments_per_year: expect.any(Number),
      volume_usd: expect.stringMatching(/^\d+\.\d{2,6}$/),
      drift_bps: {
        p50: expect.any(Number),
        p99: expect.any(Number),
        p999: expect.any(Number),
        max: expect.any(Number),
      },
      out_of_band_share: expect.any(Number),
      provider_pnl_usd: expect.stringMatching(/^-?\d+\.\d{2,6}$/),
      elapsed_ms: 0,
      cover: {
        "0.5": {
          covered_to_usd: expect.any(String),
          dry_at: expect.stringMatching(/Z$/),
          rolling: { "10d": expect.any(Number), "365d": null },
        },
        "1": { dry_at: null, rolling: { "10d": expect.any(Number), "365d": null } },
      },
    });
  });

  test("text and picture show the same run", async () => {
    const svg = join(dir, "crash.svg");
    const text = await run(["--scenario", "crash", "--svg", svg]);
    expect(text).toContain("$1,000 over scenario crash (synthetic)");
    for (const word of ["Price", "Value", "Drift", "Payments", "Cover", "Out of band", "covered to"])
      expect(text).toContain(word);
    const picture = await Bun.file(svg).text();
    expect(picture).toStartWith("<svg ");
    expect(picture).toContain("(synthetic)");
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
    expect(picture.split("<text").length).toBe(picture.split("</text>").length);
  });

  test("a file's name cannot break the picture", async () => {
    const path = join(dir, 'a<b&"c.csv');
    await Bun.write(path, "time,close\n1,100\n2,101\n");
    const svg = join(dir, "name.svg");
    await run([path, "--svg", svg]);
    expect(await Bun.file(svg).text()).toContain("a&lt;b&amp;&quot;c.csv");
  });

  test("several policies over one pass are the same as one by one", async () => {
    const { options } = parseBacktestArgs(["--scenario", "volatile", "--length", "2h"]);
    const other: BacktestOptions = { ...options, terms: { ...options.terms, bandBps: 100 } };
    const together = await runBacktests([options, other], () => 0);
    expect(together).toEqual([await runBacktest(options, () => 0), await runBacktest(other, () => 0)]);
  });

  test("memory does not grow with the file", async () => {
    const small = await csvFile("small.csv", 20_000);
    const large = await csvFile("large.csv", 1_500_000);
    const script = `
      import { runBacktest } from "${join(import.meta.dir, "../../src/backtest/backtest.ts")}";
      import { parseBacktestArgs } from "${join(import.meta.dir, "../../src/backtest/args.ts")}";
      await runBacktest(parseBacktestArgs([process.argv.at(-1)]).options, () => 0);
      console.log(process.resourceUsage().maxRSS);`;
    const peak = async (path: string): Promise<number> => {
      const child = Bun.spawn([process.execPath, "-e", script, path], { stdout: "pipe" });
      return Number(await child.stdout.text());
    };
    const [a, b] = [await peak(small), await peak(large)];
    expect(a).toBeGreaterThan(0);
    // The large file is 30 MB more; maxRSS is in KiB.
    expect(b - a).toBeLessThan(24 * 1_024);
  }, 60_000);

  test("its JSON is that of the result", async () => {
    const { options } = parseBacktestArgs(["--scenario", "gap"]);
    const result = await runBacktest(options, () => 0);
    expect(backtestJson(result)["rows"]).toBe(721);
    expect(result.figures.driftBps.max).toBeGreaterThan(300);
  });
});

describe("arguments", () => {
  test("all of them", () => {
    const { options, json, svg } = parseBacktestArgs(
      "x.csv --terms stable-channels --check 1m --cooldown 2m --floor $0.5 --latency 2s --target 20 --ratio 2 --rolling 7 --seed 9 --step 10s --json --svg p.svg".split(
        " ",
      ),
    );
    expect(options).toMatchObject({
      source: { file: "x.csv" },
      seed: 9,
      termsName: "stable-channels",
      targetMicro: 20_000_000n,
      latencyMs: 2_000,
      ratios: [2],
      horizons: [7],
      stepMs: 10_000,
      terms: { bandBps: 10, floorMicro: 500_000n, checkSeconds: 60, cooldownSeconds: 120 },
    });
    expect([json, svg]).toEqual([true, "p.svg"]);
  });

  test("sources", () => {
    expect(parseBacktestArgs([]).options.source).toEqual({ scenario: "crash", seconds: 172_800 });
    expect(parseBacktestArgs(["--price", "scenario=calm", "--length", "1h"]).options.source).toEqual({
      scenario: "calm",
      seconds: 3_600,
    });
    expect(parseBacktestArgs(["--price", "file=b.csv"]).options.source).toEqual({ file: "b.csv" });
  });

  const wrong: [string, string][] = [
    ["--bnd 5", "'--bnd'"],
    ["a.csv b.csv", "b.csv is one too many"],
    ["a.csv --scenario crash", "one source at a time: a.csv or crash"],
    ["--scenario doom", '"doom"'],
    ["--scenario glitch", "scenario glitch"],
    ["--price live", "--price live"],
    ["--price fixed=1", "--price fixed=1"],
    ["--band 1.234%", "--band 1.234%"],
    ["--band 20000", "--band 20000"],
    ["--floor x", "--floor x"],
    ["--check -1", "--check"],
    ["--check 5y", "--check 5y"],
    ["--target 0", "--target 0"],
    ["--ratio 1,x", "--ratio 1,x"],
    ["--ratio 0", "--ratio 0"],
    ["--ratio 1,1", "--ratio 1,1"],
    ["--rolling 30w", "--rolling 30w"],
    ["--seed 1.5", "--seed 1.5"],
    ["--terms mine", "--terms mine"],
  ];
  test.each(wrong)("%s is refused by name", (line, named) => {
    const attempt = () => parseBacktestArgs(line.split(" "));
    expect(attempt).toThrow(CodedError);
    expect(attempt).toThrow(named);
  });

  test("a picture that cannot be written is an error with its name", async () => {
    await expect(run(["--scenario", "gap", "--svg", join(dir, "small.csv", "x.svg")])).rejects.toThrow(
      /--svg .*x\.svg cannot be written/,
    );
  });

  test("--help lists every flag", async () => {
    const help = await run(["--help"]);
    for (const flag of ["--scenario", "--ratio", "--rolling", "--svg", "--latency"]) expect(help).toContain(flag);
  });
});
