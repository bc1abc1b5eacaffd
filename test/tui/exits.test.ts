/** However it ends, the terminal is as it was, the nodes are stopped, and a bug leaves a report. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/until.ts";
import { startInTerminal, type TerminalProgram, typedLine } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "peer-stables-exits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LONG_MS = 120_000;
const restored = { alternate: false, cursorHidden: false, echo: true, canonical: true, mouse: false };

async function ended(program: TerminalProgram, code: number): Promise<void> {
  expect(await program.exited).toBe(code);
  // The last bytes may reach the screen a moment after the process is gone.
  await until(async () => !program.state().alternate && !program.state().mouse).catch(() => undefined);
  expect(program.state()).toEqual(restored);
  // The demo removes its folder only behind a clean stop of its nodes.
  expect(readdirSync(folder).filter((name) => name.startsWith("peer-stables-demo-"))).toEqual([]);
}

const ways: readonly (readonly [string, number, (program: TerminalProgram) => Promise<void> | void])[] = [
  [
    "q and yes",
    0,
    async (program) => {
      program.type("q");
      await program.shows("Stop and leave?");
      program.type("y");
    },
  ],
  [
    "ctrl-c twice",
    0,
    async (program) => {
      program.type("\u0003");
      await program.shows("Stop and leave?");
      program.type("\u0003");
    },
  ],
  ["/exit", 0, (program) => program.type("/exit\r")],
  ["SIGTERM", 143, (program) => program.kill("SIGTERM")],
  ["SIGHUP", 129, (program) => program.kill("SIGHUP")],
  ["SIGINT", 130, (program) => program.kill("SIGINT")],
];

describe("a clean stop", () => {
  test.each(ways)(
    "by %s",
    async (_, code, act) => {
      const program = startInTerminal(["demo", "--mouse"], { env: { TMPDIR: folder } });
      try {
        await program.shows("Step 1 of 5");
        expect(program.state()).toMatchObject({ alternate: true, cursorHidden: true, canonical: false, mouse: true });
        await act(program);
        await ended(program, code);
      } finally {
        program.close();
      }
    },
    LONG_MS,
  );

  test(
    "ctrl-z gives the shell its terminal back, fg the screen, in the size it has by then",
    async () => {
      const env = { TMPDIR: folder, PS1: "shell> " };
      const shell = startInTerminal(["--norc", "--noediting", "-i"], { env, program: "/bin/bash" });
      try {
        await shell.shows("shell>");
        shell.type(`${typedLine(["demo", "--mouse"])}\r`);
        await shell.shows("Step 1 of 5");
        shell.type("\u001a");
        await shell.shows("Stopped");
        expect(shell.state()).toEqual(restored);
        shell.resize(120, 40);
        shell.type("fg\r");
        await shell.shows("overview  channels  payments");
        expect(shell.state()).toMatchObject({ alternate: true, cursorHidden: true, canonical: false, mouse: true });
        shell.type("/exit\r");
        await shell.shows(/shell> fg[\s\S]*shell>/);
        expect(shell.state()).toEqual(restored);
        shell.type("exit\r");
        await shell.exited;
      } finally {
        shell.close();
      }
    },
    LONG_MS,
  );

  test(
    "before the nodes are up",
    async () => {
      const program = startInTerminal(["demo"], { env: { TMPDIR: folder } });
      try {
        // Of all that was written: the screen may show it for less than the time between two looks.
        await until(async () => program.output().includes("starting"));
        program.kill("SIGTERM");
        await ended(program, 143);
      } finally {
        program.close();
      }
    },
    LONG_MS,
  );
});

describe("a bug", () => {
  test.each([
    ["throw", "a handler threw"],
    ["reject", "a promise was rejected"],
    ["render", "a component threw"],
    ["panic", "panic"],
  ])(
    "%s",
    async (fault, reason) => {
      const program = startInTerminal([fault, folder], {
        entry: join(import.meta.dir, "fixtures/faulty.tsx"),
        columns: 120,
        env: { TMPDIR: folder, PEER_STABLES_DEBUG_PANIC: "1" },
      });
      try {
        await program.shows("Step 1 of 5");
        program.kill("SIGUSR2");
        await ended(program, 70);
        await program.shows(reason);
        await program.shows("A report without secrets");
        const said = program.screen().join("");
        const path = /peer-stables-bug-[\w-]+\.txt/.exec(said)?.[0] ?? "";
        expect(readFileSync(join(folder, path), "utf8")).toContain(reason);
        rmSync(join(folder, path));
      } finally {
        program.close();
      }
    },
    LONG_MS,
  );

  test(
    "of the surroundings: an error of starting is told on the ordinary screen",
    async () => {
      const args = ["demo", "--data-dir", "/proc/nowhere"];
      const program = startInTerminal(args, { env: { TMPDIR: folder } });
      try {
        await ended(program, 3);
        await program.shows("data_dir_unwritable");
      } finally {
        program.close();
      }
    },
    LONG_MS,
  );
});
