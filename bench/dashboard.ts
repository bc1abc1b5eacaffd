/**
 * `bun run bench:screen [--seconds N] [--json]`: what the dashboard costs, measured from outside through a terminal of
 * 120x45: processor time, memory, bytes written, time to the first frame; beside it the same rows drawn by Ink, in turn
 * on one machine in one run. Linux, which tells these things in /proc.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { buildExecutable } from "../scripts/build/executable.ts";
import { nativePaths } from "../scripts/setup/native-stamp.ts";
import { median } from "./figures.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "8" }, json: { type: "boolean" } } });
const seconds = Number(values.seconds);
if (!(seconds >= 1)) throw new Error(`--seconds ${values.seconds}: a number from 1 on`);

const WARM_UP_MS = 2_500;
const CHANGES_PER_SECOND = 4;
const KEYS_PER_SECOND = 20;
/** Of /proc/PID/stat on every Linux there is. */
const TICKS_PER_SECOND = 100;
const root = join(import.meta.dir, "..");
/** Of its own, so that nothing of this machine's user is read or written. */
const home = mkdtempSync(join(tmpdir(), "peer-stables-bench-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
const executable = join(home, "peer-stables");
const figuresSchema = z.object({
  cpu_ms: z.number(),
  changes: z.int(),
  keys: z.int(),
  frame_median_ms: z.number().nullable(),
  frame_p95_ms: z.number().nullable(),
});
const hourSchema = z.object({
  early_heap_mb: z.number(),
  late_heap_mb: z.number(),
  early_resident_mb: z.number(),
  late_resident_mb: z.number(),
  kb_per_second: z.number(),
});

interface Spawned {
  pid: number;
  bytes(): number;
  text(): string;
  type(keys: string): void;
  /** Asks it to stop. @returns all it wrote */
  stop(): Promise<string>;
}

function start(args: readonly string[], program = process.execPath): Spawned {
  let bytes = 0;
  let text = "";
  const decoder = new TextDecoder();
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, TERM: "xterm-256color" };
  const child = Bun.spawn([program, ...args], {
    cwd: root,
    env,
    terminal: {
      cols: 120,
      rows: 45,
      data(_, chunk) {
        bytes += chunk.byteLength;
        text = (text + decoder.decode(chunk, { stream: true })).slice(-200_000);
      },
    },
  });
  return {
    pid: child.pid,
    bytes: () => bytes,
    text: () => text,
    type: (keys) => void child.terminal?.write(keys),
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
      await Bun.sleep(50);
      return text;
    },
  };
}

/** User and system time of a process, seconds. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

async function until(done: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !done(); await Bun.sleep(5)) {
    if (performance.now() > end) throw new Error("the program showed nothing for a minute");
  }
}

interface Measured {
  /** Of one core, at the named pace: what one change or key took times how many there should be. */
  cpu_percent: number;
  kb_per_second: number;
  resident_mb: number;
  frame_median_ms?: number;
  frame_p95_ms?: number;
}

interface Case {
  args: readonly string[];
  /** Once the screen shows it, it counts. */
  ready: string;
  /** Sent at the pace of a held key. */
  key?: () => string;
  /** Before it counts. */
  prepare?: (program: Spawned) => Promise<void>;
}

async function measure({ args, ready, key, prepare }: Case): Promise<Measured> {
  const program = start(args);
  await until(() => program.text().includes(ready));
  await prepare?.(program);
  await Bun.sleep(WARM_UP_MS);
  const [cpu, bytes, began] = [cpuOf(program.pid), program.bytes(), performance.now()];
  const timer = key === undefined ? undefined : setInterval(() => program.type(key()), 1000 / KEYS_PER_SECOND);
  await Bun.sleep(seconds * 1000);
  clearInterval(timer);
  const passed = (performance.now() - began) / 1000;
  const measured = {
    cpu_percent: ((cpuOf(program.pid) - cpu) / passed) * 100,
    kb_per_second: (program.bytes() - bytes) / passed / 1000,
    resident_mb: residentMb(program.pid),
  };
  const last = /\{"cpu_ms.*?\}/.exec(await program.stop())?.[0];
  if (last === undefined) return measured;
  const told = figuresSchema.parse(JSON.parse(last));
  const [count, pace] = key === undefined ? [told.changes, CHANGES_PER_SECOND] : [told.keys, KEYS_PER_SECOND];
  return {
    ...measured,
    ...(count === 0 ? {} : { cpu_percent: (told.cpu_ms / count) * (pace / 10) }),
    ...(told.frame_median_ms === null ? {} : { frame_median_ms: told.frame_median_ms }),
    ...(told.frame_p95_ms === null ? {} : { frame_p95_ms: told.frame_p95_ms }),
  };
}

/** From the start of the process to the word every first frame has. */
async function firstFrameMs(args: readonly string[], bin?: string): Promise<number> {
  const began = performance.now();
  const program = start(args, bin);
  await until(() => program.text().includes("overview"));
  const passed = performance.now() - began;
  await program.stop();
  return passed;
}

async function overAnHour() {
  const child = Bun.spawn([process.execPath, "bench/dashboard-hour.ts"], { cwd: root, stdout: "pipe" });
  const [text] = await Promise.all([child.stdout.text(), child.exited]);
  return hourSchema.parse(JSON.parse(text));
}

/** From nothing to a settled peg. */
async function tour(program: Spawned): Promise<void> {
  for (const shown of ["Step 2 of 5", "Step 3 of 5", "Step 4 of 5", "Step 5 of 5", "The tour is done"]) {
    program.type("n");
    await until(() => program.text().includes(shown));
  }
}

const alone = "bench/dashboard-program.tsx";
const hz = String(CHANGES_PER_SECOND);
let typed = 0;
const upAndDown = (): string => (Math.floor(typed++ / 60) % 2 === 0 ? "j" : "k");
const cases: Readonly<Record<string, Case>> = {
  idle: { args: [alone, "40", "0", "overview"], ready: "in sync" },
  overview: { args: [alone, "40", hz, "overview"], ready: "in sync" },
  overview_by_ink: { args: [alone, "40", hz, "overview", "ink"], ready: "in sync" },
  list: { args: [alone, "40", hz, "channels"], ready: "local sat" },
  list_by_ink: { args: [alone, "40", hz, "channels", "ink"], ready: "local sat" },
  scrolling: { args: [alone, "1000", "0", "channels"], ready: "local sat", key: upAndDown },
  scrolling_by_ink: { args: [alone, "1000", "0", "channels", "ink"], ready: "local sat", key: upAndDown },
  demo: { args: ["src/main.tsx", "demo"], ready: "Step 1 of 5", prepare: tour },
  // Two hours of the scenario for each minute.
  crash: { args: ["src/main.tsx", "demo", "--price", "scenario=crash", "--speed", "120"], ready: "Step 1 of 5" },
};

/** What no first frame can come before: Bun through the same terminal, with nothing to do. */
const empty = ["-e", "process.stdout.write('overview'); setTimeout(() => {}, 60_000)"];
const firstFrames: number[] = [];
const executables: number[] = [];
const empties: number[] = [];
const library = process.env["PEER_STABLES_LIBRARY"] ?? nativePaths(root, process.platform).library;
await buildExecutable({ root, library, outfile: executable });
// Its very first start unpacks the library.
await firstFrameMs(["demo"], executable);
for (let i = 0; i < 5; i += 1) {
  firstFrames.push(await firstFrameMs(["src/main.tsx", "demo"]));
  executables.push(await firstFrameMs(["demo"], executable));
  empties.push(await firstFrameMs(empty));
}
const measured: Record<string, Measured> = {};
for (const [name, one] of Object.entries(cases)) measured[name] = await measure(one);
const hour = await overAnHour();
const of = (name: string): Measured => measured[name] ?? { cpu_percent: NaN, kb_per_second: NaN, resident_mb: NaN };

interface Row {
  what: string;
  ours: number;
  /** By Ink's own drawing of the same rows. */
  ink?: number;
  most: number;
}

const rows: readonly Row[] = [
  { what: "first frame, ms", ours: median(firstFrames), most: 300 },
  { what: "first frame of the executable, ms", ours: median(executables), most: 400 },
  { what: "the same by a Bun program that only writes a word, ms", ours: median(empties), most: NaN },
  { what: "idle, % of a core", ours: of("idle").cpu_percent, most: 0.5 },
  {
    what: "40 channels, 4 changes a second, overview, % of a core",
    ours: of("overview").cpu_percent,
    ink: of("overview_by_ink").cpu_percent,
    most: 6,
  },
  { what: "the same, written, kB/s", ours: of("overview").kb_per_second, most: 5 },
  {
    what: "40 channels, 4 changes a second, list, % of a core",
    ours: of("list").cpu_percent,
    ink: of("list_by_ink").cpu_percent,
    most: 6,
  },
  { what: "the same, written, kB/s", ours: of("list").kb_per_second, most: 5 },
  {
    what: "1,000 channels, key held: a frame's work, median, ms",
    ours: of("scrolling").frame_median_ms ?? NaN,
    ink: of("scrolling_by_ink").frame_median_ms ?? NaN,
    most: 16,
  },
  { what: "the same, p95, ms", ours: of("scrolling").frame_p95_ms ?? NaN, most: NaN },
  {
    what: "the same, 20 keys a second, % of a core",
    ours: of("scrolling").cpu_percent,
    ink: of("scrolling_by_ink").cpu_percent,
    most: NaN,
  },
  { what: "the demo's three nodes with a peg, resident, MB", ours: of("demo").resident_mb, most: 160 },
  { what: "the demo in a crash at 120 times, resident, MB", ours: of("crash").resident_mb, most: 160 },
  { what: "the demo in a crash at 120 times, written, kB/s", ours: of("crash").kb_per_second, most: 5 },
  { what: "heap after a simulated hour / after 5 minutes", ours: hour.late_heap_mb / hour.early_heap_mb, most: 1.1 },
  {
    what: "resident after a simulated hour / after 5 minutes",
    ours: hour.late_resident_mb / hour.early_resident_mb,
    most: 1.1,
  },
];

if (values.json) {
  process.stdout.write(`${JSON.stringify({ rows, measured, hour })}\n`);
} else {
  const number = (n: number | undefined): string =>
    n === undefined || Number.isNaN(n) ? "" : n.toFixed(n < 10 ? 2 : 0);
  const table = rows.map(({ what, ours, ink, most }) => [
    what,
    number(ours),
    number(ink),
    Number.isNaN(most) ? "(shown)" : `at most ${most}`,
    Number.isNaN(most) ? "" : ours <= most ? "yes" : "NO",
  ]);
  const all = [["", "ours", "by Ink", "wanted", "met"], ...table];
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  for (const row of all) {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
    process.stdout.write(`${cells.join("  ")}\n`);
  }
}
