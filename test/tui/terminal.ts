/** The real program in a terminal of its own: keys in, the screen's cells out. */
import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { until } from "../support/until.ts";

const main = join(import.meta.dir, "../../src/main.tsx");

const DRAIN_MS = 2_000;

export interface TerminalProgram {
  /** The rows of the screen as text, without blanks at their ends. */
  screen(): string[];
  /** Resolves once the screen has the text or fits the pattern. @throws with the screen when it never does */
  shows(what: string | RegExp): Promise<void>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  exited: Promise<number>;
  /** All bytes written so far. */
  output(): string;
  /** Of the terminal itself, as a shell would find it. */
  state(): { alternate: boolean; cursorHidden: boolean; echo: boolean; canonical: boolean; mouse: boolean };
  pid: number;
  buffer: Terminal["buffer"];
  close(): void;
}

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
  /** Another entry file than the program's own. */
  entry?: string;
  /** Another program than Bun with the entry file. */
  program?: string;
  cwd?: string;
}

/** The program as a person types it into a shell. */
export const typedLine = (args: readonly string[]): string => [process.execPath, main, ...args].join(" ");

/** Bits of c_lflag in termios.h; ECHO is the same everywhere. */
const ICANON = process.platform === "darwin" ? 0x100 : 0o2;
const ECHO = 0o10;

export function startInTerminal(args: readonly string[], options: TerminalOptions = {}): TerminalProgram {
  const { columns = 80, rows = 24, env = {}, entry = main, program, cwd } = options;
  const screen = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 500 });
  let output = "";
  const decoder = new TextDecoder();
  const child = Bun.spawn([...(program === undefined ? [process.execPath, entry] : [program]), ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", TERM: "xterm-256color", ...env },
    terminal: {
      cols: columns,
      rows,
      data(_, bytes) {
        const text = decoder.decode(bytes, { stream: true });
        output += text;
        screen.write(text);
      },
    },
  });
  const terminal = child.terminal;
  if (terminal === undefined) throw new Error("the program got no terminal");

  function lines(): string[] {
    const active = screen.buffer.active;
    return Array.from(
      { length: screen.rows },
      (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? "",
    );
  }

  return {
    screen: lines,
    async shows(what) {
      const found = () =>
        typeof what === "string" ? lines().join("\n").includes(what) : what.test(lines().join("\n"));
      // What was written last may still be on its way through the terminal when the process is gone.
      let goneAt: number | undefined;
      const drained = () => {
        if (child.exitCode !== null) goneAt ??= performance.now();
        return goneAt !== undefined && performance.now() - goneAt > DRAIN_MS;
      };
      await until(async () => found() || drained()).catch(() => undefined);
      if (!found())
        throw new Error(`the screen never showed ${String(what)} (exit ${child.exitCode}):\n${lines().join("\n")}`);
    },
    type: (keys) => void terminal.write(keys),
    resize(nextColumns, nextRows) {
      screen.resize(nextColumns, nextRows);
      terminal.resize(nextColumns, nextRows);
    },
    kill: (signal) => child.kill(signal),
    exited: child.exited,
    output: () => output,
    state: () => ({
      alternate: screen.buffer.active.type === "alternate",
      cursorHidden: output.lastIndexOf("\u001b[?25l") > output.lastIndexOf("\u001b[?25h"),
      echo: (terminal.localFlags & ECHO) !== 0,
      canonical: (terminal.localFlags & ICANON) !== 0,
      mouse: screen.modes.mouseTrackingMode !== "none",
    }),
    pid: child.pid,
    buffer: screen.buffer,
    close() {
      if (child.exitCode === null) child.kill("SIGKILL");
      terminal.close();
      screen.dispose();
    },
  };
}
