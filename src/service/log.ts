/** A service's log: one JSON object a line, in a file that is kept small, or on standard output for a journal. */
import { appendFileSync, existsSync, renameSync, statSync } from "node:fs";
import type { JsonObject } from "../commands/view.ts";
import { redacted } from "./redact.ts";

export type Level = "info" | "warn" | "error";

export interface ServiceLog {
  /** Never throws: a log that can't be written stops nothing. Secrets in `fields` are masked. */
  write(level: Level, event: string, fields?: JsonObject): void;
  /** Lines that could not be written. */
  lost(): number;
}

export interface FileOptions {
  path: string;
  /** A line that would make the file longer begins the next one; `path.1` is the one before. */
  maxBytes: number;
  /** How many are kept, the present one included. */
  files: number;
}

type Sink = (line: string) => void;

/** @param nowMs unix milliseconds */
export function serviceLog(sink: Sink, nowMs: () => number): ServiceLog {
  let lost = 0;
  return {
    write(level, event, fields = {}) {
      const line = JSON.stringify({ at: new Date(nowMs()).toISOString(), level, event, ...redacted(fields) });
      try {
        sink(`${line}\n`);
      } catch {
        lost++;
      }
    },
    lost: () => lost,
  };
}

/** Appends to a file, 0600 by the process's umask. @throws the system's error when a line is written */
export function rotatingFile({ path, maxBytes, files }: FileOptions): Sink {
  let size = existsSync(path) ? statSync(path).size : 0;

  function rotate(): void {
    for (let n = files - 1; n > 0; n--) {
      const from = n === 1 ? path : `${path}.${n - 1}`;
      if (existsSync(from)) renameSync(from, `${path}.${n}`);
    }
    size = 0;
  }

  return (line) => {
    const bytes = Buffer.byteLength(line);
    if (size > 0 && size + bytes > maxBytes) rotate();
    appendFileSync(path, line, { mode: 0o600 });
    size += bytes;
  };
}
