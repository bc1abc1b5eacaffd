/** A whole script, parsed before its first line runs. */

import { CommandError } from "../commands/command-error.ts";
import { CodedError, type ErrorCode } from "../errors.ts";
import type { Role } from "../node/port.ts";
import { parseStatement, type Statement } from "./statement.ts";

export interface ScriptLine {
  /** 1-based. */
  line: number;
  text: string;
  statement: Statement;
}

export interface Script {
  file: string;
  lines: ScriptLine[];
}

export interface Problem {
  file: string;
  line: number;
  column: number;
  /** Of the line alone; the script's is `script_syntax`. */
  code: ErrorCode;
  /** `demo.txt:3:6: There is no command ...` */
  message: string;
}

/** `script_syntax`: nothing of the script was run. */
export class ScriptError extends CodedError {
  readonly problems: readonly Problem[];

  constructor(first: Problem, others: readonly Problem[], options?: { cause?: unknown }) {
    const more =
      others.length === 0
        ? ""
        : ` ${others.length} more ${others.length === 1 ? "problem follows" : "problems follow"}.`;
    super("script_syntax", `${first.message} Nothing was run.${more}`, options);
    this.problems = [first, ...others];
  }
}

/**
 * @param file the name that problems are reported under
 * @param stage what the script may name: the session's roles, and whether there is a world
 * @throws ScriptError with every problem of the script
 */
export function parseScript(text: string, file: string, stage: { roles: readonly Role[]; world: boolean }): Script {
  const variables = new Set<string>();
  const lines: ScriptLine[] = [];
  const problems: Problem[] = [];
  let cause: unknown;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = index + 1;
    try {
      const statement = parseStatement(raw, { ...stage, variables });
      if (statement === undefined) continue;
      if (statement.kind === "let") variables.add(statement.name);
      lines.push({ line, text: raw.trim(), statement });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      cause ??= error;
      problems.push(problemAt(file, line, error));
      // Its later uses are no problems of their own.
      const name = /^\s*\/?let\s+([A-Za-z_]\w*)/.exec(raw)?.[1];
      if (name !== undefined) variables.add(name);
    }
  }
  const [first, ...others] = problems;
  if (first !== undefined) throw new ScriptError(first, others, { cause });
  return { file, lines };
}

function problemAt(file: string, line: number, error: CommandError): Problem {
  const column = error.column ?? 1;
  return { file, line, column, code: error.code, message: `${file}:${line}:${column}: ${error.message}` };
}
