import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Conceded, concede, gainOf, mostConceded } from "../../src/stable/concession.ts";
import { absolute } from "../../src/stable/integers.ts";
import { defaultPolicy } from "../../src/stable/policy.ts";
import { backingFloor, valueFloor } from "../../src/stable/units.ts";
import { usd, usdPerBtc } from "./samples.ts";

const ours = usdPerBtc(100_000);
const DAY_MS = 86_400_000;
const most = mostConceded(defaultPolicy);

const quote = fc.integer({ min: 99_500, max: 100_500 }).map((n) => usdPerBtc(n));
const target = fc.integer({ min: 0, max: 1_000 }).map((n) => usd(n));

test("a gain is what the other backing is worth at our price, and the other side's loss", () => {
  fc.assert(
    fc.property(target, target, quote, (fromMicro, toMicro, theirs) => {
      const change = { fromMicro, toMicro, theirs, ours };
      const gain = gainOf({ side: "provider", ...change });
      expect(gainOf({ side: "receiver", ...change })).toBe(-gain);
      // The receiver gives bitcoin worth `held` for dollars worth `toMicro - fromMicro`, or the other way round.
      const worth = (micro: typeof toMicro) => valueFloor(backingFloor(micro, theirs), ours);
      const held = worth(toMicro) - worth(fromMicro);
      expect(absolute(toMicro - fromMicro - held - gain)).toBeLessThanOrEqual(4n);
    }),
  );
});

test("half a percent of $1,000 by default", () => {
  expect(most).toBe(usd(5));
  expect(concede(undefined, usd(5), most, 0)).toEqual({ micro: usd(5), atMs: 0 });
  expect(concede(undefined, usd(5) + 1n, most, 0)).toBeUndefined();
});

test("nobody gains more than that at once and once more each day, whatever it proposes and when", () => {
  const step = fc.record({ from: target, to: target, theirs: quote, pauseMs: fc.integer({ min: 0, max: DAY_MS / 4 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let [conceded, gained, nowMs]: [Conceded | undefined, bigint, number] = [undefined, 0n, 0];
      for (const { from, to, theirs, pauseMs } of steps) {
        nowMs += pauseMs;
        const gain = gainOf({ side: "provider", fromMicro: from, toMicro: to, theirs, ours });
        const next = concede(conceded, gain, most, nowMs);
        expect(next === undefined && gain <= 0n).toBe(false);
        if (next === undefined) continue;
        [conceded, gained] = [next, gained + gain];
        expect(gained).toBeLessThanOrEqual(most + (most * BigInt(nowMs)) / BigInt(DAY_MS));
      }
    }),
  );
});

test("a machine that slept for a year owes nobody anything", () => {
  const before = { micro: usd(5), atMs: 0 };
  expect(concede(before, usd(5), most, 365 * DAY_MS)).toEqual({ micro: usd(5), atMs: 365 * DAY_MS });
});
