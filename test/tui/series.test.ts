/** What charts remember: bounded however long it runs, and as exact as a column. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { grown, slots } from "../../src/tui/series.ts";
import { type Point, ranges } from "../../src/tui/state.ts";
import { after, agreementId, pegOf, readOf, starting } from "./samples.ts";

const grownFrom = (points: readonly Point[]): readonly Point[] =>
  points.reduce<readonly Point[]>((series, { at, value }) => grown(series, at, value), []);

/** A value that names its own time, so that an error in it is an error in time. */
const clockwork = (gaps: readonly number[]): Point[] => {
  let at = 0;
  return gaps.map((gap) => {
    at += gap;
    return { at, value: at };
  });
};

describe("a series", () => {
  test("stays within a thousand points through a day of two changes a second", () => {
    let series: readonly Point[] = [];
    let most = 0;
    for (let at = 0; at < 86_400_000; at += 500) {
      series = grown(series, at, at);
      most = Math.max(most, series.length);
    }
    expect(most).toBeLessThanOrEqual(1_000);
    expect(series.at(-1)).toEqual({ at: 86_399_500, value: 86_399_500 });
  });

  test("shows in every range what all points would, at most two columns late", () => {
    const stretch = fc.record({ gap: fc.integer({ min: 500, max: 40_000 }), times: fc.integer({ min: 1, max: 400 }) });
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 3, maxLength: 12 }), (stretches) => {
        const all = clockwork(stretches.flatMap(({ gap, times }) => Array<number>(times).fill(gap)));
        const series = grownFrom(all);
        const now = all.at(-1)?.at ?? 0;
        for (const range of ranges) {
          const [wanted, got] = [slots(all, now, range, 240), slots(series, now, range, 240)];
          expect(got.length).toBe(wanted.length);
          const early = got.findIndex((value, i) => value > (wanted[i] ?? 0));
          const late = got.findIndex((value, i) => value < (wanted[i - 2] ?? 0));
          expect({ range, early, late }).toEqual({ range, early: -1, late: -1 });
        }
      }),
      { numRuns: 50 },
    );
  });

  test("is the very same where nothing moved", () => {
    const series = grownFrom([
      { at: 0, value: 1 },
      { at: 1_000, value: 2 },
    ]);
    expect(grown(series, 500_000, 2)).toBe(series);
  });
});

test("the drift of a peg that has ended is forgotten", () => {
  const holding = after(starting(), { type: "up" }, readOf("user", { agreements: [pegOf("receiver")] }));
  expect(Object.keys(holding.drifts)).toEqual([agreementId]);
  const ended = after(
    holding,
    readOf("user", { agreements: [pegOf("receiver", { status: "ended", drift_bps: 900 })] }),
  );
  expect(ended.drifts).toEqual({});
});
