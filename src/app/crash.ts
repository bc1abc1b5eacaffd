/** The last words of a process that failed: one clear line, and after a bug a report for whoever mends it. */
import { writeFileSync } from "node:fs";
import { arch, platform, tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { visible } from "../commands/text.ts";
import { CodedError, errorTable, exitCodeOf, reasonOf } from "../errors.ts";
import { redactText } from "../ffi/redact.ts";
import { failureOf } from "../script/run-script.ts";
import { ScriptError } from "../script/script.ts";

export interface Around {
  argv: readonly string[];
  /** One line to standard error. */
  write(line: string): void;
  reportDir?: string;
}

/** Says what happened. @returns the exit code */
export function lastWords(error: unknown, { argv, write, reportDir = tmpdir() }: Around): number {
  for (const line of sentences(error)) write(visible(line));
  const exit = exitCodeOf(error);
  if (exit === errorTable.internal.exit) write(`This is a bug of peer-stables. ${reportOf(error, argv, reportDir)}`);
  return exit;
}

function sentences(error: unknown): string[] {
  if (error instanceof ScriptError) {
    return [
      ...error.problems.map(({ message, code }) => `${message} (${code})`),
      `peer-stables: The script does not parse, so nothing of it was run. (${error.code})`,
    ];
  }
  const { code, message } = failureOf(error);
  return [`peer-stables: ${message} (${code})`];
}

function reportOf(error: unknown, argv: readonly string[], folder: string): string {
  const path = join(folder, `peer-stables-bug-${Date.now()}-${process.pid}.txt`);
  try {
    writeFileSync(path, reportText(error, argv), { mode: 0o600, flag: "wx" });
  } catch (cause) {
    return `No report could be written to ${path} (${reasonOf(cause)}).`;
  }
  return `A report without secrets is at ${path}; please send it to whoever mends it.`;
}

/** Of the command line only the names of its flags: their values may be secret. */
export function reportText(error: unknown, argv: readonly string[]): string {
  const flags = argv.flatMap((arg) => /^--[a-z-]+/.exec(arg)?.[0] ?? []);
  return redactText(
    [
      `peer-stables ${packageJson.version}, bun ${Bun.version}, ${platform()} ${arch()}`,
      `at ${new Date().toISOString()}`,
      `flags: ${flags.join(" ") || "none"}`,
      ...chainOf(error).map((thrown) => `\n${describe(thrown)}`),
      "",
    ].join("\n"),
  );
}

/** The error, what it came from, what that came from. */
function chainOf(error: unknown): unknown[] {
  const chain = [error];
  for (let next = error; next instanceof Error && next.cause !== undefined && chain.length < 8; next = next.cause) {
    chain.push(next.cause);
  }
  return chain;
}

function describe(thrown: unknown): string {
  const code = thrown instanceof CodedError ? `(${thrown.code}) ` : "";
  return code + (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
}
