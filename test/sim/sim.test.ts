/** A few hundred schedules, and the simulator's own promises; `bun run sim` runs as many as one likes. */
import { expect, test } from "bun:test";
import { runSchedule, stepsOf } from "./run.ts";
import { shrink } from "./shrink.ts";

test("300 schedules break no rule", async () => {
  let settlements = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const result = await runSchedule(String(seed));
    expect([result.seed, result.broken]).toEqual([String(seed), undefined]);
    settlements += result.settlements;
  }
  expect(settlements).toBeGreaterThan(300);
}, 120_000);

test("a seed is the same run every time", async () => {
  const [once, again] = [await runSchedule("7"), await runSchedule("7")];
  expect(again).toEqual(once);
  expect(once.steps).toEqual(stepsOf("7"));
  expect((await runSchedule("8")).trace).not.toBe(once.trace);
}, 30_000);

test("a schedule that breaks a rule is cut down to what breaks it", async () => {
  const steps = stepsOf("3");
  const at = Math.floor(steps.length / 2);
  const planted = [...steps.slice(0, at), { wait: 10, kind: "forge", who: "user", size: 1, ms: 0 } as const];
  const whole = await runSchedule("3", planted);
  expect(whole.broken).toContain("msat are there instead of");
  const shrunk = await shrink("3", planted, whole.broken ?? "");
  expect(shrunk.steps.map(({ kind }) => kind)).toEqual(["forge"]);
}, 30_000);
