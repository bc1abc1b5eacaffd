/** The program as a person or another program runs it: a child process with its three streams. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { until } from "./until.ts";

const main = join(import.meta.dir, "../../src/main.tsx");
const LONGEST_MS = 110_000;
/** For a program that lives through several tests, on a busy machine. */
export const SEVERAL_TESTS_MS = 600_000;

const lineSchema = z.object({
  line: z.int(),
  role: z.string().optional(),
  command: z.string(),
  ok: z.boolean(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  elapsed_ms: z.int(),
});
export type Line = z.output<typeof lineSchema>;

export interface Ended {
  /** 128 and more: ended by a signal it could not catch, or asked to by one. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface Running {
  pid: number;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** The JSON lines so far. */
  lines(): Line[];
  /** The line of this number, once it is there. @throws when the program ends without it */
  line(n: number): Promise<Line>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

export interface ProgramOptions {
  stdin?: string;
  env?: Record<string, string>;
  /** It is ended after that. */
  longestMs?: number;
}

/** As typed behind `peer-stables`, in surroundings of its own: no settings or data of whoever runs the test. */
export function startProgram(
  args: readonly string[],
  { stdin = "", env = {}, longestMs = LONGEST_MS }: ProgramOptions = {},
): Running {
  const child = Bun.spawn([process.execPath, main, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
    stdin: new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
    timeout: longestMs,
    killSignal: "SIGKILL",
  });
  const written = { stdout: "", stderr: "" };
  async function gather(name: "stdout" | "stderr"): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of child[name]) written[name] += decoder.decode(chunk, { stream: true });
  }
  const gathered = Promise.all([gather("stdout"), gather("stderr"), child.exited]);
  const lines = () => jsonLines(written.stdout);
  return {
    pid: child.pid,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    lines,
    async line(n) {
      await until(async () => lines().some((line) => line.line === n) || child.exitCode !== null);
      if (child.exitCode !== null) await gathered;
      const found = lines().find((line) => line.line === n);
      if (found === undefined) throw new Error(`it ended without line ${n}:\n${written.stdout}${written.stderr}`);
      return found;
    },
    kill: (signal) => child.kill(signal),
    ended: gathered.then(() => ({ code: child.exitCode ?? 128, ...written })),
  };
}

export function runProgram(args: readonly string[], options?: ProgramOptions): Promise<Ended> {
  return startProgram(args, options).ended;
}

/** Every finished line of standard output; each has to be a JSON object of a script's line. */
export function jsonLines(stdout: string): Line[] {
  const whole = stdout.slice(0, stdout.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

/** A folder for one test file, gone with `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "peer-stables-e2e-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
