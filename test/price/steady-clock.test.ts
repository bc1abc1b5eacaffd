import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { steadyFrom } from "../../src/clock.ts";
import { createFeed } from "../../src/price/feed.ts";
import { observe } from "../../src/price/quote.ts";
import { price } from "../../src/stable/units.ts";
import { manualClock } from "./manual-clock.ts";

describe("the steady clock", () => {
  test("never runs backward and never misses time, whatever both clocks do", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -86_400_000, max: 86_400_000 }), fc.nat(10_000)));
    fc.assert(
      fc.property(steps, (moves) => {
        let [wall, monotonic] = [0, 0];
        const steady = steadyFrom(
          () => wall,
          () => monotonic,
        );
        let before = steady();
        for (const [byWall, byMonotonic] of moves) {
          wall += byWall;
          monotonic += byMonotonic;
          const now = steady();
          expect(now - before).toBe(Math.max(byWall, byMonotonic));
          before = now;
        }
      }),
    );
  });

  test("a machine that slept wakes up with an old price", () => {
    const clock = manualClock();
    let [wall, monotonic] = [0, 0];
    const steady = steadyFrom(
      () => wall,
      () => monotonic,
    );
    const feed = createFeed({ spec: { source: "scenario", name: "calm" }, clock: { ...clock, steadyMs: steady } });
    feed.start();
    expect(feed.usable("open").ok).toBe(true);
    wall += 3_600_000;
    monotonic += 5;
    expect(feed.usable("settle")).toMatchObject({ ok: false, code: "stale_price" });
  });

  test("a wall clock that was set wrong makes the venues' times wrong, and is said", () => {
    const now = Date.UTC(2026, 0, 1);
    const quote = { last: price(63_000_000_000n), timeMs: now };
    const at = (wallMs: number) => observe("bitstamp", quote, { wallMs, steadyMs: 0 }, { coarse: false, maxAgeMs: 0 });
    expect<unknown>(at(now - 5_000)).toEqual({ source: "bitstamp", atMs: 0, price: quote.last });
    expect(at(now - 3_600_000)).toMatchObject({ error: "its time is 3600 s ahead of this machine's clock" });
    expect(at(now + 3_600_000)).toMatchObject({ atMs: -3_600_000 });
  });
});
