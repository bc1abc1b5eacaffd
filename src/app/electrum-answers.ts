/** The answers a client of the Electrum protocol waits for: a line asks, a line answers, and some lines are news. */

import type { Clock } from "../clock.ts";

/** With nothing at all from the server; LDK's own connections for channels would wait for ever. */
const SILENCE_MS = 10_000;
/** A block's worth of hex digits, several times over. */
const LONGEST_LINE = 32 << 20;
const NEWS = /"method"\s*:/;

export interface AnswersDue {
  asked(bytes: Buffer): void;
  /** @returns false where the server sends a line that no answer is as long as */
  heard(bytes: Buffer): boolean;
  /** Nothing more is waited for. */
  end(): void;
}

/** @param onSilence called where an answer is due and nothing has come for ten seconds */
export function answersDue(clock: Clock, onSilence: () => void): AnswersDue {
  let due = 0;
  let started: Buffer[] = [];
  let length = 0;
  let cancel: (() => void) | undefined;

  function wait(): void {
    cancel?.();
    cancel = due > 0 ? clock.after(SILENCE_MS, onSilence) : undefined;
  }

  return {
    asked(bytes) {
      due += bytes.filter((byte) => byte === 10).length;
      if (cancel === undefined) wait();
    },
    heard(bytes) {
      started.push(bytes);
      length += bytes.length;
      if (bytes.includes(10)) {
        const lines = Buffer.concat(started).toString("latin1").split("\n");
        const rest = lines.pop() ?? "";
        due = Math.max(due - lines.filter((line) => !NEWS.test(line)).length, 0);
        started = [Buffer.from(rest, "latin1")];
        length = rest.length;
      }
      wait();
      return length <= LONGEST_LINE;
    },
    end: () => cancel?.(),
  };
}
