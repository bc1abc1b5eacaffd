/**
 * The simulator as a program: `bun run sim -- --schedules 10000 --seed 1` runs schedules with the seeds 1, 2, ... side
 * by side; `--seed S --only` runs one again, exactly, and cuts it down if it breaks a rule.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { runSchedule, stepsOf } from "./run.ts";
import { shrink } from "./shrink.ts";
import type { Step } from "./steps.ts";

/** So many broken seeds are named; the rest are counted. */
const SHOWN = 50;

/** What a part of the work says, one JSON line each: what broke as it breaks, and at last how much was done. */
const reportSchema = z.union([
  z.strictObject({ seed: z.string(), rule: z.string() }),
  z.strictObject({ schedules: z.number(), settlements: z.number(), carried: z.number() }),
]);
type Report = z.output<typeof reportSchema>;

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: String(navigator.hardwareConcurrency) },
    only: { type: "boolean", default: false },
    /** Internal: run every so many seeds and report as JSON. */
    stride: { type: "string" },
  },
});

function natural(name: string, text: string): number {
  const n = Number(text);
  if (Number.isSafeInteger(n) && n > 0) return n;
  process.stderr.write(`--${name} ${text} is not a whole number from 1\n`);
  process.exit(2);
}

const seed = natural("seed", values.seed);
const schedules = natural("schedules", values.schedules);
const print = (line: string): unknown => process.stdout.write(`${line}\n`);

function shown({ wait, kind, who, size, ms }: Step): string {
  const for_ = ms === 0 ? "" : ` for ${ms} ms`;
  return `  after ${wait} ms: ${kind} ${who} ${size}${for_}`;
}

async function runStride(from: number, count: number, stride: number): Promise<void> {
  let [settlements, carried] = [0, 0];
  for (let i = 0; i < count; i++) {
    const result = await runSchedule(String(from + i * stride));
    settlements += result.settlements;
    carried += result.carried;
    if (result.broken !== undefined) report({ seed: result.seed, rule: result.broken });
  }
  report({ schedules: count, settlements, carried });
}

function report(line: Report): void {
  print(JSON.stringify(line));
}

async function replay(one: string): Promise<boolean> {
  const result = await runSchedule(one);
  print(`seed ${one}: ${result.broken ?? "nothing is broken"} (trace ${result.trace.slice(0, 16)})`);
  for (const step of result.steps) print(shown(step));
  if (result.broken === undefined) return true;
  const shrunk = await shrink(one, stepsOf(one), result.broken);
  print(`cut down in ${shrunk.runs} runs: ${shrunk.broken}`);
  for (const step of shrunk.steps) print(shown(step));
  return false;
}

async function part(job: number, jobs: number, hear: (line: Report) => void): Promise<void> {
  const count = Math.ceil((schedules - job) / jobs);
  const args = ["--seed", String(seed + job), "--schedules", String(count), "--stride", String(jobs)];
  const child = Bun.spawn([process.execPath, import.meta.path, ...args], { stderr: "inherit" });
  let rest = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(reportSchema.parse(JSON.parse(line)));
  }
  if ((await child.exited) !== 0) throw new Error(`a part of the simulation ended with ${child.exitCode}`);
}

async function runAll(): Promise<boolean> {
  const start = performance.now();
  const jobs = Math.min(natural("jobs", values.jobs), schedules);
  const sum = { schedules: 0, settlements: 0, carried: 0, broken: 0 };
  let first: string | undefined;
  const hear = (line: Report): void => {
    if ("seed" in line) {
      sum.broken += 1;
      first ??= line.seed;
      if (sum.broken <= SHOWN) print(`--seed ${line.seed} --only: ${line.rule}`);
    } else {
      sum.schedules += line.schedules;
      sum.settlements += line.settlements;
      sum.carried += line.carried;
    }
  };
  await Promise.all(Array.from({ length: jobs }, (_, job) => part(job, jobs, hear)));
  const seconds = Math.round((performance.now() - start) / 1000);
  const did = `${sum.settlements} settlements and ${sum.carried} pegs carried over`;
  print(`${sum.schedules} schedules with ${did} in ${seconds} s, ${sum.broken} broken`);
  if (first !== undefined) await replay(first);
  return first === undefined;
}

if (values.stride !== undefined) {
  await runStride(seed, schedules, natural("stride", values.stride));
} else if (!(values.only ? await replay(String(seed)) : await runAll())) {
  process.exit(1);
}
