import { expect, test } from "bun:test";
import { type Loop, startWatchdog } from "../../src/service/watchdog.ts";
import { manualClock } from "../price/manual-clock.ts";

function watched(loops: readonly Loop[]) {
  const clock = manualClock();
  const seen: string[] = [];
  const late: number[] = [];
  const watchdog = startWatchdog({
    loops,
    everyMs: 10,
    clock,
    onBeat: (ms) => {
      seen.push("beat");
      late.push(ms);
    },
    onStuck: ({ name }, forMs) => seen.push(`${name} stuck for ${forMs}`),
    onRecovered: ({ name }, afterMs) => seen.push(`${name} back after ${afterMs}`),
  });
  /** Lets what was answered be heard. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { clock, seen, late, watchdog, settle };
}

test("as long as every loop comes round there is a beat each round", async () => {
  const { clock, seen, settle, watchdog } = watched([
    { name: "a", turn: async () => 1, limitMs: 20 },
    { name: "b", turn: () => Promise.reject(new Error("an error is a sign of life")), limitMs: 20 },
  ]);
  for (let i = 0; i < 5; i++) {
    await settle();
    clock.advance(10);
  }
  expect(seen).toEqual(Array(6).fill("beat"));
  expect(watchdog.stuck()).toEqual([]);
  watchdog.stop();
  clock.advance(100);
  expect(seen).toHaveLength(6);
  expect(clock.pending()).toBe(0);
});

test("a loop that stays away is told once, silences the beat, and is asked no second time", async () => {
  const turns: (() => void)[] = [];
  const turn = () => new Promise<void>((resolve) => turns.push(resolve));
  const { clock, seen, settle, watchdog } = watched([{ name: "queue", turn, limitMs: 25 }]);
  for (let i = 0; i < 6; i++) clock.advance(10);
  expect(seen).toEqual(["beat", "beat", "beat", "queue stuck for 30"]);
  expect(watchdog.stuck()).toEqual(["queue"]);
  expect(turns).toHaveLength(1);
  turns[0]?.();
  await settle();
  expect(seen.at(-1)).toBe("queue back after 60");
  clock.advance(10);
  expect(seen.at(-1)).toBe("beat");
  expect(turns).toHaveLength(2);
});

test("a round that comes late tells how late", () => {
  let held = 0;
  const clock = manualClock();
  const late: number[] = [];
  startWatchdog({
    loops: [],
    everyMs: 10,
    clock: { ...clock, steadyMs: () => clock.steadyMs() + held },
    onBeat: (ms) => late.push(ms),
    onStuck: () => undefined,
    onRecovered: () => undefined,
  });
  clock.advance(10);
  held = 700;
  clock.advance(10);
  expect(late).toEqual([0, 0, 700]);
});
