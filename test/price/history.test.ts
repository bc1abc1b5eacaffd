import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Bars, readCsv } from "../../src/price/csv.ts";
import { createFeed } from "../../src/price/feed.ts";
import { fileHistory, scenarioHistory } from "../../src/price/history.ts";
import { scenarioNames, scenarios } from "../../src/price/scenarios.ts";
import { price } from "../../src/stable/units.ts";
import { manualClock } from "./manual-clock.ts";

async function* chunked(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let i = 0; i < bytes.length; i += size) yield bytes.slice(i, i + size);
}

/** `[time, open, high, low, close]` or `[time, close]` of every row. */
async function read(text: string, size = 7): Promise<number[][]> {
  const { bars, ohlc } = await readCsv("f.csv", chunked(text, size));
  const rows: number[][] = [];
  for await (const batch of bars) {
    for (let i = 0; i < batch.length; i++) {
      const columns: (keyof Bars)[] = ohlc ? ["timeMs", "open", "high", "low", "close"] : ["timeMs", "close"];
      rows.push(columns.map((c) => (typeof batch[c] === "number" ? 0 : (batch[c][i] ?? Number.NaN))));
    }
  }
  return rows;
}

const T = 1_574_247_600_000;

describe("formats, by their header", () => {
  const formats: [string, string, number[][]][] = [
    ["time,close", `time,close\n${T / 1_000},63001.25\n`, [[T, 63_001_250_000]]],
    ["price first, no newline at the end", `price,timestamp\n63001.25,${T}`, [[T, 63_001_250_000]]],
    ["CRLF, semicolons, quotes", `"Date";"Close"\r\n"2019-11-20 11:00:00";"8098.82"\r\n`, [[T, 8_098_820_000]]],
    ["tabs and microseconds", `open_time\topen\thigh\tlow\tclose\n${T}000\t1\t4\t0.5\t2\n`, [[T, 1e6, 4e6, 5e5, 2e6]]],
    [
      "the order of CryptoCompare",
      `time,date,hour,open,high,close,low,volumefrom,volumeto\n${T / 1_000},2019-11-20,11,8073.27,8109.55,8098.82,8064.8,575.88,4665150.84\n`,
      [[T, 8_073_270_000, 8_109_550_000, 8_064_800_000, 8_098_820_000]],
    ],
    ["a line of origin above", `https://example.org\nUnix,Symbol,Close\n${T / 1_000},BTC,5\n`, [[T, 5e6]]],
    ["ISO times and exponents", "Date,Close\n2019-11-20T11:00Z,6.3e4\n", [[T, 63e9]]],
    ["a date alone", "date,value\n1970-01-02,7\n", [[86_400_000, 7e6]]],
    ["blank lines", `time,close\n\n${T / 1_000},1\n\n\n`, [[T, 1e6]]],
    ["more decimals than a micro-dollar", `time,close\n${T / 1_000},0.1234567899\n`, [[T, 123_456]]],
  ];
  test.each(formats)("%s", async (_, text, rows) => {
    expect(await read(text)).toEqual(rows);
  });

  test("wherever the chunks are cut", async () => {
    const text = `time,close,note\n${Array.from({ length: 50 }, (_, i) => `${T / 1_000 + i},${100 + i}.${i},"x"`).join("\r\n")}`;
    const whole = await read(text, text.length);
    expect(whole).toHaveLength(50);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 90 }), async (size) => {
        expect(await read(text, size)).toEqual(whole);
      }),
    );
  });
});

describe("what is wrong is named with line and column", () => {
  const wrong: [string, string][] = [
    ["time,close\n1,100\n2,abc\n", 'f.csv:3:3: "abc" is not a price'],
    ["time,close\n1,100\n2,\n", 'f.csv:3:3: "" is not a price'],
    ["time,close\n1,0\n", 'f.csv:2:3: "0" is not a price'],
    ["time,close\n1,-5\n", 'f.csv:2:3: "-5" is not a price'],
    ["time,close\n1,NaN\n", 'f.csv:2:3: "NaN" is not a price'],
    ["time,close\n1,1e300\n", 'f.csv:2:3: "1e300" is not a price'],
    ["time,note,close\nnow,x,1\n", 'f.csv:2:1: "now" is not a time'],
    ["time,close\n1\n", "f.csv:2:2: the line ends before column 2"],
    ["time,close\n5,1\n4,1\n", "f.csv:3: time goes backward"],
    ["time,open,high,low,close\n1,5,4,6,5\n", "f.csv:2: the high is below the low"],
    ["a,b\n1,2\n", "f.csv:1:1: no header with a time and a price"],
    ["time\n1\n", "f.csv:1:1: no header"],
    ["", "f.csv:1:1: no header"],
    [`time,close\n${"9".repeat(70_000)}`, "a line of more than 64 KiB"],
  ];
  test.each(wrong)("%j", async (text, message) => {
    await expect(read(text, 5_000)).rejects.toThrow(message);
  });
});

describe("files", () => {
  const dir = mkdtempSync(join(tmpdir(), "peer-stables-history-"));
  const write = async (name: string, text: string | Uint8Array) => {
    await Bun.write(join(dir, name), text);
    return join(dir, name);
  };
  const hours = Array.from(
    { length: 48 },
    (_, i) => `${T / 1_000 + i * 3_600},${100 + i},${130 + i},${90 + i},${110 + i}`,
  );
  const ohlc = `time,open,high,low,close\n${hours.join("\n")}\n`;

  async function points(path: string, stepMs = 60_000, seed = 1): Promise<[number, number][]> {
    const history = await fileHistory(path, { stepMs, seed });
    const all: [number, number][] = [];
    for await (const batch of history.points) {
      for (let i = 0; i < batch.length; i++) all.push([batch.timeMs[i] ?? 0, batch.price[i] ?? 0]);
    }
    return all;
  }

  test("bars are bridged inside their range, through open, both extremes and close", async () => {
    const all = await points(await write("bars.csv", ohlc));
    expect(all).toHaveLength(48 * 60);
    for (let bar = 0; bar < 48; bar++) {
      const inside = all.slice(bar * 60, bar * 60 + 60).map(([, p]) => p / 1e6);
      expect(inside[0]).toBe(100 + bar);
      expect(inside.at(-1)).toBe(110 + bar);
      expect(Math.max(...inside)).toBe(130 + bar);
      expect(Math.min(...inside)).toBe(90 + bar);
      expect(inside.indexOf(90 + bar)).toBeLessThan(inside.indexOf(130 + bar));
    }
    for (const [i, [ms]] of all.entries()) expect(ms).toBe(T + i * 60_000);
  });

  test("any bar, any step: never outside, always whole micro-dollars", async () => {
    const cents = fc.integer({ min: 1, max: 10_000_000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cents, cents, cents, cents), { minLength: 2, maxLength: 20 }),
        fc.nat(5_000),
        async (bars, step) => {
          const rows = bars.map((b, i) => {
            const [low = 0, open = 0, close = 0, high = 0] = [...b].sort((x, y) => x - y);
            return { low, high, text: `${i * 3_600},${open / 100},${high / 100},${low / 100},${close / 100}` };
          });
          const path = await write("any.csv", `time,open,high,low,close\n${rows.map((r) => r.text).join("\n")}\n`);
          for (const [ms, p] of await points(path, 1_000 * (step + 60))) {
            const bar = rows[Math.floor(ms / 3_600_000)];
            expect(Number.isInteger(p) && p >= (bar?.low ?? 0) * 1e4 && p <= (bar?.high ?? 0) * 1e4).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test("the same seed draws the same path", async () => {
    const path = await write("seeded.csv", ohlc);
    expect(await points(path, 60_000, 5)).toEqual(await points(path, 60_000, 5));
    expect(await points(path, 60_000, 5)).not.toEqual(await points(path, 60_000, 6));
  });

  test("gzip, whole and cut off", async () => {
    const packed = Bun.gzipSync(new TextEncoder().encode(ohlc));
    expect(await points(await write("bars.csv.gz", packed))).toHaveLength(48 * 60);
    await expect(points(await write("cut.csv.gz", packed.slice(0, 60)))).rejects.toThrow(/not whole gzip/);
  });

  test("missing and empty files", async () => {
    await expect(points(join(dir, "none.csv"))).rejects.toThrow(/none.csv is not there/);
    await expect(points(await write("empty.csv", "time,close\n"))).rejects.toThrow(/no rows/);
    await expect(points(await write("one.csv", "time,open,high,low,close\n1,1,1,1,1\n"))).rejects.toThrow(/two bars/);
  });

  test("replayed as a feed, at speed, to its end", async () => {
    const path = await write("feed.csv", "time,close\n1000,100\n1060,50\n1120,200\n");
    const clock = manualClock();
    const feed = createFeed({ spec: { source: "file", path }, clock, speed: 60 });
    const next = () =>
      new Promise<void>((resolve) => {
        const stop = feed.onUpdate(() => {
          stop();
          resolve();
        });
      });
    let heard = next();
    feed.start();
    await heard;
    // A fall by half within a minute is what the file says; no breaker asks.
    for (const usd of [100, 50]) {
      expect(feed.usable("open")).toMatchObject({ ok: true, price: price(BigInt(usd) * 1_000_000n), sources: 1 });
      heard = next();
      clock.advance(1_000);
      await heard;
    }
    while (feed.view().reason === undefined) await next();
    expect(feed.view()).toMatchObject({
      status: "hold",
      reason: "the file feed.csv has ended",
      label: "file feed.csv (replay)",
    });
    expect(feed.view().price).toBe(price(200_000_000n));
    expect(feed.usable("settle").ok).toBe(false);
    expect(clock.pending()).toBe(0);
  });

  test("a file that cannot be replayed holds the price and says why", async () => {
    const feed = createFeed({ spec: { source: "file", path: join(dir, "gone.csv") }, clock: manualClock() });
    const told = new Promise<void>((resolve) => {
      feed.onUpdate(() => resolve());
    });
    feed.start();
    await told;
    expect(feed.view()).toMatchObject({ status: "hold", reason: expect.stringContaining("gone.csv is not there") });
  });

  test("is cleaned up", () => {
    rmSync(dir, { recursive: true });
  });
});

describe("scenarios", () => {
  test("all begin at one and stay positive", () => {
    for (const name of scenarioNames) {
      for (let seed = 0; seed < 20; seed++) {
        expect(scenarios[name].path(seed, 0)).toBe(1);
        for (let t = 0; t < 200_000; t += 977) expect(scenarios[name].path(seed, t)).toBeWithin(0.3, 2);
      }
    }
  });

  test("calm: 0.1 % for the first minute, 0.5 % ever after, whatever the seed", () => {
    for (let seed = 0; seed < 200; seed++) {
      for (let t = 0; t <= 60; t++) expect(Math.abs(scenarios.calm.path(seed, t) - 1)).toBeLessThanOrEqual(0.001);
      for (let t = 60; t <= 20_000; t += 61)
        expect(Math.abs(scenarios.calm.path(seed, t) - 1)).toBeLessThanOrEqual(0.005);
    }
  });

  test("gap: a fifth within a minute; crash: half within a day, most of it in two hours of panic", () => {
    expect(scenarios.gap.path(1, 60) - scenarios.gap.path(1, 120)).toBeWithin(0.195, 0.205);
    const hourly = Array.from({ length: 49 }, (_, h) => scenarios.crash.path(1, h * 3_600));
    expect(Math.min(...hourly.slice(0, 25))).toBeWithin(0.48, 0.52);
    expect(Math.min(...hourly.slice(1).map((p, i) => p / (hourly[i] ?? 1)))).toBeLessThan(0.87);
    expect(scenarios.rally.path(1, 86_400)).toBeGreaterThan(1.4);
  });

  test("volatile moves half a percent a minute in the median", () => {
    const moves = Array.from({ length: 1_000 }, (_, i) => {
      const [a, b] = [scenarios.volatile.path(1, i * 60), scenarios.volatile.path(1, i * 60 + 60)];
      return Math.abs(b / a - 1);
    }).sort((a, b) => a - b);
    expect(moves[500]).toBeWithin(0.003, 0.008);
  });

  test("as a history: one point a step, labelled synthetic", async () => {
    const history = scenarioHistory("crash", { seed: 1, stepMs: 60_000, lengthMs: 86_400_000, startMs: T });
    let last = 0;
    for await (const batch of history.points) last = batch.timeMs[batch.length - 1] ?? 0;
    expect([history.rows(), last, history.label]).toEqual([1_441, T + 86_400_000, "scenario crash (synthetic)"]);
  });
});
