/** Runs a parsed script and says what comes of it, as text or as JSON lines. */

import type { Clock } from "../clock.ts";
import type { Outcome } from "../commands/command.ts";
import { type TextStyle, viewLines, visible } from "../commands/text.ts";
import type { JsonObject } from "../commands/view.ts";
import { CodedError, type ErrorCode, reasonOf } from "../errors.ts";
import { execute, type Machine } from "./execute.ts";
import type { Script, ScriptLine } from "./script.ts";
import type { Stage } from "./stage.ts";
import type { Statement } from "./statement.ts";

export interface ScriptOutput {
  json: boolean;
  style: TextStyle;
  /** One line to standard output, without its newline. */
  out(line: string): void;
  /** One line to standard error. */
  err(line: string): void;
}

/** Who and what a line is, for its JSON object. */
function headOf({ line, statement }: ScriptLine): JsonObject {
  const role = "run" in statement ? statement.run.role : undefined;
  return { line, ...(role === undefined ? {} : { role }), command: nameOf(statement) };
}

function nameOf(statement: Statement): string {
  if (statement.kind === "command") return statement.run.command.name;
  return statement.kind === "verb" ? statement.verb.name : statement.kind;
}

/** The code and sentence of anything that was thrown. */
export function failureOf(error: unknown): { code: ErrorCode; message: string } {
  return { code: error instanceof CodedError ? error.code : "internal", message: reasonOf(error) };
}

/**
 * Line after line; the first that fails ends it, and so does `exit`.
 *
 * @returns the exit code: 0, or 1 where a line failed
 */
export async function runScript(script: Script, stage: Stage, clock: Clock, output: ScriptOutput): Promise<0 | 1> {
  const machine: Machine = { stage, clock, variables: new Map() };
  for (const line of script.lines) {
    if (!output.json) output.out(`> ${visible(line.text)}`);
    const began = clock.steadyMs();
    const elapsed = () => Math.round(clock.steadyMs() - began);
    try {
      const outcome = await execute(line.statement, machine);
      report(line, outcome, elapsed(), output);
      if (outcome.quit === true) return 0;
    } catch (thrown) {
      const error = failureOf(thrown);
      if (output.json) output.out(JSON.stringify({ ...headOf(line), ok: false, error, elapsed_ms: elapsed() }));
      output.err(`${script.file}:${line.line}: ${visible(error.message)} (${error.code})`);
      return 1;
    }
  }
  return 0;
}

function report(line: ScriptLine, outcome: Outcome, elapsedMs: number, output: ScriptOutput): void {
  if (output.json) {
    output.out(JSON.stringify({ ...headOf(line), ok: true, result: outcome.result, elapsed_ms: elapsedMs }));
    return;
  }
  for (const text of viewLines(outcome.view(), output.style)) output.out(text);
  output.out("");
}
