/** One step as a child process: its whole output and its counts. */
import { elapsedText } from "../setup/build-progress.ts";
import { pathWithRustup } from "../setup/toolchain.ts";
import type { Step } from "./steps.ts";
import { type Counts, countTests } from "./test-counts.ts";

const DEADLINE_MS = 25 * 60_000;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Outcome {
  step: Step;
  output: string;
  elapsedMs: number;
  counts: Counts;
}

/** In a group of its own, so that what it started can be ended along with it. */
function start(step: Step, root: string) {
  const env = { ...process.env, PATH: pathWithRustup(process.env), NO_COLOR: "1", CARGO_TERM_COLOR: "never" };
  return Bun.spawn([...step.command], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
}

/** Waits for the end of a child; one that hangs is ended with all it started. */
async function finish(
  child: ReturnType<typeof start>,
  deadlineMs: number,
): Promise<{ output: string; exitCode: number }> {
  const end = (): void => {
    process.kill(-child.pid, "SIGKILL");
  };
  const interrupted = (): void => {
    end();
    process.exit(130);
  };
  for (const signal of signals) process.once(signal, interrupted);
  let late = "";
  const deadline = setTimeout(() => {
    late = `It did not end within ${elapsedText(deadlineMs)} and was ended.`;
    end();
  }, deadlineMs);
  try {
    const [output, errors, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { output: [output, errors, late].filter(Boolean).join("\n"), exitCode };
  } finally {
    clearTimeout(deadline);
    for (const signal of signals) process.off(signal, interrupted);
  }
}

/** Runs a step to its end. One whose program is missing, or that hangs, has failed. */
export async function runStep(step: Step, root: string, deadlineMs = DEADLINE_MS): Promise<Outcome> {
  const began = performance.now();
  const { output, exitCode } = await Promise.try(() => finish(start(step, root), deadlineMs)).catch(
    (error: unknown) => ({
      output: String(error),
      exitCode: 127,
    }),
  );
  return { step, output, elapsedMs: performance.now() - began, counts: countTests(step.counting, output, exitCode) };
}
