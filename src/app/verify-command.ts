import { readFileSync } from "node:fs";
import { reasonOf } from "../errors.ts";
import { AppError } from "./app-error.ts";
import { verifyEvidence } from "./verify-evidence.ts";

/** A file larger than this is no evidence of ours. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Says what an evidence file proves, or why it proves nothing.
 * @returns the exit code: 0, or 1 for a file that was changed or is something else
 * @throws AppError `usage` for a file that can't be read
 */
export function verifyCommand(file: string, print: (text: string) => unknown): number {
  const verdict = verifyEvidence(readText(file));
  if (!verdict.ok) {
    print(`${file} proves nothing: ${verdict.reason}.\n`);
    return 1;
  }
  print(`${file} holds:\n${verdict.lines.map((line) => `  ${line}\n`).join("")}`);
  return 0;
}

function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > MOST_BYTES) throw new Error(`it has ${bytes.length} bytes`);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const said = `${file} can't be read (${reasonOf(cause)})`;
    throw new AppError("usage", `${said}; name a file that --evidence wrote.`, { cause });
  }
}
