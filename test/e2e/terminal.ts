/** The program in a terminal of its own: keys in, the screen as a person sees it out. */
import { Terminal } from "@xterm/headless";
import { until } from "./until.ts";

const main = new URL("../../src/main.tsx", import.meta.url).pathname;
const COLUMNS = 300;
const ROWS = 200;

export interface Screen {
  type(keys: string): void;
  /** Everything on the screen, without blanks at the ends of lines. */
  text(): string;
  /** Resolves once the screen shows it. @throws with the screen when it does not within 30 seconds */
  shows(pattern: RegExp): Promise<void>;
  /** Every byte the program wrote. */
  written(): string;
  ended: Promise<void>;
}

/**
 * Runs the program below a shell, which afterwards shows the exit code and how the terminal was left:
 * `exit code N`, then what `stty -a` says.
 */
export function openTerminal(args: readonly string[], env: Record<string, string> = {}): Screen {
  const screen = new Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  // The shell is told of a ctrl-c as well, and has to outlive it.
  const script = 'trap : INT; "$@"; echo "exit code $?"; stty -a';
  let written = "";
  const take = (_: unknown, bytes: Uint8Array): void => {
    written += Buffer.from(bytes).toString("latin1");
    screen.write(bytes);
  };
  const child = Bun.spawn(["sh", "-c", script, "sh", process.execPath, main, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", TERM: "xterm-256color", ...env },
    terminal: { cols: COLUMNS, rows: ROWS, data: take },
    timeout: 110_000,
    killSignal: "SIGKILL",
  });

  function text(): string {
    const buffer = screen.buffer.active;
    const lines = Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i)?.translateToString() ?? "");
    return lines
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  }

  return {
    written: () => written,
    type: (keys) => child.terminal?.write(keys),
    text,
    async shows(pattern) {
      try {
        await until(async () => pattern.test(text()), 30_000);
      } catch (cause) {
        throw new Error(`the screen does not show ${pattern}:\n${text()}`, { cause });
      }
    },
    ended: child.exited.then(() => undefined),
  };
}
