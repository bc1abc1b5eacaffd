/** The real program in a terminal: keys in, what is on the screen out. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startInTerminal, type TerminalOptions, type TerminalProgram } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "peer-stables-screen-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LONG_MS = 180_000;

async function demo(
  play: (program: TerminalProgram) => Promise<void>,
  options: TerminalOptions = {},
  args: string[] = [],
) {
  const program = startInTerminal(["demo", "--price", "fixed=100000", ...args], {
    ...options,
    env: { TMPDIR: folder, HOME: folder, ...options.env },
  });
  try {
    await program.shows("Step 1 of 5");
    await play(program);
    program.type("\u0003\u0003\u0003");
    expect(await program.exited).toBe(0);
  } finally {
    program.close();
  }
}

describe("the demo", () => {
  test(
    "the tour from nothing to a settled peg, then the price by hand",
    () =>
      demo(
        async (program) => {
          for (const step of [2, 3, 4, 5]) {
            program.type("n");
            await program.shows(`Step ${step} of 5`);
          }
          await program.shows("the $4.00 peg with lsp holds");
          program.type("n");
          await program.shows("The tour is done");
          await program.shows(/lsp settled with 1,\d{3} sat|lsp settled with 999 sat/);
          program.type("\u001b[A");
          await program.shows("$80,800.00");
          await program.shows(/settled with lsp: paid \d+ sat/);
          program.type("3");
          await program.shows("held by us, backed by lsp");
          await program.shows("stable, ");
          program.type("4");
          await program.shows("if bitcoin falls");
          await program.shows("covered");
        },
        { columns: 120, rows: 40 },
      ),
    LONG_MS,
  );

  test(
    "the line: completion, a burst, a question, an error with its remedy, help, history",
    () =>
      demo(async (program) => {
        program.type("/");
        await program.shows("enter run");
        program.type("user geta");
        await program.shows("user geta");
        program.type("\t");
        await program.shows("› user getaddress");
        program.type("\r");
        await program.shows("address  bcrt1");
        program.type("/faucet lsp 100000\r");
        await program.shows("amount");
        program.type("/lsp payments\r");
        await program.shows(/│ inbound\s+│.*│ 100,000 sat │/);
        program.type("/user closechannel last\r");
        await program.shows("Do it?");
        program.type("y");
        await program.shows("(unknown_channel)");
        program.type("/user balanse\r");
        await program.shows("did you mean balance?");
        program.type("?");
        await program.shows("pgdn ctrl-d");
        program.type("q");
        program.type("/");
        await program.shows("enter run");
        program.type("\u0012fauc");
        await program.shows("faucet lsp 100000");
        program.type("\u0003\u0003");
        await program.shows("Stop and leave?");
        program.type("n");
      }),
    LONG_MS,
  );

  test(
    "what was typed is kept for the next time, unreadable to others, without invoices",
    async () => {
      const invoice = `lnbcrt500u1p${"q".repeat(150)}`;
      await demo(
        async (program) => {
          program.type(`/exchange payinvoice ${invoice}\r`);
          await program.shows("Do it?");
          program.type("n");
          program.type("/lsp nodeinfo\r");
          await program.shows("node id");
        },
        {},
        ["--data-dir", join(folder, "kept")],
      );
      const path = join(folder, "kept", "history");
      expect(readFileSync(path, "utf8")).toBe("lsp nodeinfo\n");
      expect(statSync(path).mode & 0o077).toBe(0);
    },
    LONG_MS,
  );

  test(
    "resized while it runs, it fills the new screen and nothing is left of the old one",
    () =>
      demo(async (program) => {
        for (const [columns, rows] of [
          [120, 40],
          [60, 20],
          [100, 30],
        ] as const) {
          program.resize(columns, rows);
          // The header reaches from one edge to the other.
          await program.shows(new RegExp(`^(?=.{${columns - 1}}$) .*demo.*by hand$`, "m"));
          await program.shows("? help");
          expect(program.screen().filter((line) => line.includes("press / to type")).length).toBe(1);
        }
        program.resize(40, 10);
        await program.shows("this is 40x10");
        program.resize(80, 24);
        await program.shows("Step 1 of 5");
      }),
    LONG_MS,
  );

  test(
    "the mouse is left to the terminal unless it is asked for; then clicks choose",
    async () => {
      await demo(async (program) => expect(program.state().mouse).toBe(false));
      await demo(
        async (program) => {
          const click = (text: string) => {
            const y = program.screen().findIndex((row) => row.includes(text));
            program.type(`\u001b[<0;${(program.screen()[y]?.indexOf(text) ?? 0) + 1};${y + 1}M`);
          };
          click("4 lsp");
          await program.shows("if bitcoin falls");
          click("peers  forwards");
          await program.shows("connected");
          click("connected");
          await program.shows("persisted");
          program.type("\u001b[<64;5;5M\u001b");
          click("overview");
        },
        { columns: 120, rows: 40 },
        ["--mouse"],
      );
    },
    LONG_MS,
  );

  test(
    "NO_COLOR: not one colour is written",
    () =>
      demo(
        async (program) => {
          program.type("n");
          await program.shows("Step 2 of 5");
          // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
          expect(program.output()).not.toMatch(/\u001b\[[\d;]*(?:3[0-8]|4[0-8]|9\d|10\d)[;m]/);
        },
        { env: { NO_COLOR: "1" } },
      ),
    LONG_MS,
  );

  test(
    "a role that is switched off and on again",
    () =>
      demo(async (program) => {
        program.type("/kill user\r");
        await program.shows("user is off");
        program.type("/start user\r");
        await program.shows("is up again");
      }),
    LONG_MS,
  );
});
