/**
 * The test command: every check and test of the project, the quick ones first. The last line it prints is
 * `N passed, N failed`; exit code 1 when anything failed, 2 when it was called wrongly.
 */
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type Outcome, runStep } from "./checks/run-step.ts";
import { type Step, steps } from "./checks/steps.ts";
import { elapsedText } from "./setup/build-progress.ts";

const root = dirname(import.meta.dir);
const NAME_WIDTH = Math.max(...steps.map(({ name }) => name.length));
const usage = "bun run test [-- [--only NAME,...] [--fast] [--list]]";

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function refuse(reason: string): never {
  process.stderr.write(`${reason}\nusage: ${usage}\n`);
  process.exit(2);
}

function readArguments(): { list: boolean; chosen: readonly Step[] } {
  const options = { only: { type: "string" }, fast: { type: "boolean" }, list: { type: "boolean" } } as const;
  try {
    const { values } = parseArgs({ options });
    const names = values.only?.split(",");
    const unknown = names?.find((name) => !steps.some((step) => step.name === name));
    if (unknown !== undefined)
      refuse(`no step is called "${unknown}"; there are ${steps.map(({ name }) => name).join(", ")}`);
    const chosen = steps.filter((step) => (names ? names.includes(step.name) : !(values.fast && step.slow)));
    return { list: values.list ?? false, chosen };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function report({ step, output, counts, elapsedMs }: Outcome): void {
  const verdict = counts.failed === 0 ? "ok  " : "FAIL";
  const numbers = step.counting === "check" ? "" : `, ${counts.passed} passed, ${counts.failed} failed`;
  const skipped = counts.skipped > 0 ? ` (${counts.skipped} skipped, which counts as failed)` : "";
  if (counts.failed > 0) print(`\n--- ${step.name}: ${step.command.join(" ")}\n${output.trimEnd()}\n---`);
  // What a check could not look at is worth reading even when all it could look at is fine.
  else for (const line of output.split("\n")) if (line.startsWith("not checked:")) print(`     ${line}`);
  print(`${verdict} ${step.name.padEnd(NAME_WIDTH)}  ${elapsedText(elapsedMs)}${numbers}${skipped}`);
}

const { list, chosen } = readArguments();
if (list) {
  for (const step of chosen)
    print(`${step.name.padEnd(NAME_WIDTH)}  ${step.what}${step.slow ? " (not with --fast)" : ""}`);
  process.exit(0);
}

const start = performance.now();
const outcomes: Outcome[] = [];
for (const step of chosen) {
  print(`     ${step.name.padEnd(NAME_WIDTH)}  ${step.what} ...`);
  const outcome = await runStep(step, root);
  outcomes.push(outcome);
  report(outcome);
}
const failures = outcomes.filter(({ counts }) => counts.failed > 0);
const total = (key: "passed" | "failed"): number => outcomes.reduce((sum, { counts }) => sum + counts[key], 0);
print(
  `\n${outcomes.length} steps in ${elapsedText(performance.now() - start)}${failures.length > 0 ? `; failed: ${failures.map(({ step }) => step.name).join(", ")}` : ""}`,
);
print(`${total("passed")} passed, ${total("failed")} failed`);
process.exit(failures.length > 0 ? 1 : 0);
