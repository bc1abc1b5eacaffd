/**
 * `bun bench/dashboard.ts [--seconds N] [--json]`: what the dashboard costs, measured from outside through a terminal
 * of 120x45: processor, memory, bytes written, time to the first frame. Linux, which tells these things in /proc.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { median } from "./figures.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "8" }, json: { type: "boolean" } } });
const seconds = Number(values.seconds);
if (!(seconds >= 1)) throw new Error(`--seconds ${values.seconds}: a number from 1 on`);

const WARM_UP_MS = 2_500;
/** Of /proc/PID/stat on every Linux there is. */
const TICKS_PER_SECOND = 100;
const root = join(import.meta.dir, "..");
const framesSchema = z.object({
  frames: z.int(),
  frame_median_ms: z.number().nullable(),
  frame_p95_ms: z.number().nullable(),
});

interface Spawned {
  pid: number;
  bytes(): number;
  text(): string;
  type(keys: string): void;
  /** Asks it to stop. @returns all it wrote */
  stop(): Promise<string>;
}

function start(args: readonly string[]): Spawned {
  let bytes = 0;
  let text = "";
  const decoder = new TextDecoder();
  const env = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", TERM: "xterm-256color" };
  const child = Bun.spawn([process.execPath, ...args], {
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
  case: string;
  cpu_percent: number;
  kb_per_second: number;
  resident_mb: number;
  frame_median_ms?: number;
  frame_p95_ms?: number;
}

async function measure(
  name: string,
  args: readonly string[],
  ready: string,
  during?: (program: Spawned) => void,
): Promise<Measured> {
  const program = start(args);
  await until(() => program.text().includes(ready));
  await Bun.sleep(WARM_UP_MS);
  const [cpu, bytes, began] = [cpuOf(program.pid), program.bytes(), performance.now()];
  const timer = during === undefined ? undefined : setInterval(() => during(program), 50);
  await Bun.sleep(seconds * 1000);
  clearInterval(timer);
  const passed = (performance.now() - began) / 1000;
  const measured = {
    case: name,
    cpu_percent: ((cpuOf(program.pid) - cpu) / passed) * 100,
    kb_per_second: (program.bytes() - bytes) / passed / 1000,
    resident_mb: residentMb(program.pid),
  };
  const last = /\{"frames.*?\}/.exec(await program.stop())?.[0];
  if (last === undefined) return measured;
  const { frame_median_ms, frame_p95_ms } = framesSchema.parse(JSON.parse(last));
  return {
    ...measured,
    ...(frame_median_ms === null ? {} : { frame_median_ms }),
    ...(frame_p95_ms === null ? {} : { frame_p95_ms }),
  };
}

async function firstFrameMs(): Promise<number> {
  const began = performance.now();
  const program = start(["src/main.tsx", "demo"]);
  await until(() => program.text().includes("overview"));
  const passed = performance.now() - began;
  await program.stop();
  return passed;
}

const alone = "bench/dashboard-program.tsx";
const cases: Measured[] = [];
const firstFrames: number[] = [];
for (let i = 0; i < 5; i += 1) firstFrames.push(await firstFrameMs());
cases.push(await measure("idle, 40 channels", [alone, "40", "0", "overview"], "in sync"));
cases.push(await measure("40 channels, 4 updates/s, overview", [alone, "40", "4", "overview"], "in sync"));
cases.push(await measure("40 channels, 4 updates/s, list", [alone, "40", "4", "channels"], "local sat"));
let down = 0;
const scroll = (program: Spawned) => program.type(Math.floor(down++ / 60) % 2 === 0 ? "j" : "k");
cases.push(
  await measure("1,000 channels, scrolling at 20 rows/s", [alone, "1000", "0", "channels"], "local sat", scroll),
);
cases.push(await measure("the demo with its three nodes", ["src/main.tsx", "demo"], "Step 1 of 5"));

const firstFrame = median(firstFrames);
if (values.json) {
  process.stdout.write(`${JSON.stringify({ first_frame_ms: firstFrame, cases })}\n`);
} else {
  process.stdout.write(`first frame after ${firstFrame.toFixed(0)} ms (median of ${firstFrames.length})\n`);
  const width = Math.max(...cases.map((one) => one.case.length));
  process.stdout.write(`${"".padEnd(width)}    CPU %   kB/s   RSS MB  frame ms median / p95\n`);
  for (const one of cases) {
    const frame =
      one.frame_median_ms === undefined
        ? ""
        : `${one.frame_median_ms.toFixed(1)} / ${(one.frame_p95_ms ?? 0).toFixed(1)}`;
    const numbers = [
      one.cpu_percent.toFixed(1).padStart(7),
      one.kb_per_second.toFixed(2).padStart(6),
      one.resident_mb.toFixed(0).padStart(7),
    ];
    process.stdout.write(`${one.case.padEnd(width)}  ${numbers.join("  ")}  ${frame}\n`);
  }
}
