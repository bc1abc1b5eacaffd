/** Scripts and one-shot commands: parsed whole before anything starts, then run without a screen. */

import type { Settings } from "../config/settings.ts";
import { reasonOf } from "../errors.ts";
import type { Role } from "../node/port.ts";
import type { ScriptOutput } from "../script/run-script.ts";
import { parseScript, type Script, ScriptError } from "../script/script.ts";
import { AppError } from "./app-error.ts";

/** The script that was asked for, by `--script` or behind `--`; undefined when neither was. */
export async function readScript(
  settings: Settings,
  line: string | undefined,
  stage: { roles: readonly Role[]; world: boolean },
): Promise<Script | undefined> {
  if (line !== undefined) return parseOneLine(line, stage);
  const file = settings.script;
  if (file === undefined) return undefined;
  const name = file === "-" ? "standard input" : file;
  let text: string;
  try {
    text = await (file === "-" ? Bun.stdin : Bun.file(file)).text();
  } catch (cause) {
    throw new AppError("usage", `The script ${name} cannot be read (${reasonOf(cause)}); name another with --script.`, {
      cause,
    });
  }
  return parseScript(text, name, stage);
}

/** One command is no script: its own error says all. */
function parseOneLine(line: string, stage: Parameters<typeof parseScript>[2]): Script {
  try {
    return parseScript(line, "command line", stage);
  } catch (error) {
    throw error instanceof ScriptError ? (error.cause ?? error) : error;
  }
}

/** @param silent once it says so, nothing more is written: what is cut off by a stop is no failure of its line */
export function scriptOutput(
  settings: Settings,
  env: Record<string, string | undefined>,
  silent: () => boolean,
): ScriptOutput {
  const plain = settings["no-color"] === true || (env["NO_COLOR"] ?? "") !== "" || !process.stdout.isTTY;
  const to = (stream: NodeJS.WriteStream) => (text: string) => {
    if (!silent()) stream.write(`${text}\n`);
  };
  return {
    json: settings.json === true,
    style: { color: !plain },
    out: to(process.stdout),
    err: to(process.stderr),
  };
}

/** What was written has left this process, or its reader has: exiting earlier would cut it off. */
export async function flushed(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(drained));
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  stream.on("error", () => undefined);
  return new Promise((resolve) => {
    stream.write("", () => resolve());
  });
}
