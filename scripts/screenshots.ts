/**
 * `bun scripts/screenshots.ts`: pictures of the real program for the docs. It plays the demo in a terminal, writes the
 * terminal's cells as SVG (docs/pictures), and records the demo through a crash of the price as an asciicast.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { type Picture, svgOf } from "./pictures/svg.ts";

const root = join(import.meta.dir, "..");
const folder = join(root, "docs", "pictures");
const COLUMNS = 110;
const ROWS = 34;
const PATIENCE_MS = 60_000;

interface Playing {
  type(keys: string): void;
  shows(what: string | RegExp): Promise<void>;
  picture(): Picture;
  /** Seconds since the start and what was written then. */
  recording: [number, "o", string][];
  stop(): Promise<void>;
}

function play(args: readonly string[], home: string): Playing {
  const screen = new Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const recording: Playing["recording"] = [];
  const decoder = new TextDecoder();
  const began = performance.now();
  const child = Bun.spawn([process.execPath, join(root, "src/main.tsx"), ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: home, TMPDIR: home, TERM: "xterm-256color" },
    terminal: {
      cols: COLUMNS,
      rows: ROWS,
      data(_, bytes) {
        const text = decoder.decode(bytes, { stream: true });
        recording.push([Math.round(performance.now() - began) / 1000, "o", text]);
        screen.write(text);
      },
    },
  });
  const rows = () => {
    const { active } = screen.buffer;
    return Array.from({ length: ROWS }, (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? "");
  };
  return {
    recording,
    type: (keys) => void child.terminal?.write(keys),
    async shows(what) {
      const found = (screen: string) => (typeof what === "string" ? screen.includes(what) : what.test(screen));
      for (const end = performance.now() + PATIENCE_MS; !found(rows().join("\n")); await Bun.sleep(50)) {
        if (performance.now() > end) throw new Error(`the screen never showed ${String(what)}:\n${rows().join("\n")}`);
      }
    },
    picture: () => ({ screen: screen.buffer.active, columns: COLUMNS, rows: ROWS }),
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

async function tour(program: Playing): Promise<void> {
  await program.shows("Step 1 of 5");
  for (const step of [2, 3, 4, 5]) {
    program.type("n");
    await program.shows(`Step ${step} of 5`);
  }
}

function save(name: string, picture: Picture): void {
  writeFileSync(join(folder, name), svgOf(picture));
  process.stdout.write(`docs/pictures/${name}\n`);
}

/** Time enough for the lit link to go out and the charts to have a line. */
const settle = (ms: number): Promise<void> => Bun.sleep(ms);

async function screens(home: string): Promise<void> {
  const program = play(["demo", "--speed", "10", "--seed", "7"], home);
  await tour(program);
  program.type("/scenario volatile\r");
  await program.shows("scenario  volatile");
  program.type("\u001b");
  await settle(50_000);
  save("all-roles.svg", program.picture());
  program.type("3");
  await program.shows("held by us");
  save("user.svg", program.picture());
  program.type("4");
  await program.shows("if bitcoin falls");
  save("lsp.svg", program.picture());
  await program.stop();
}

/** https://docs.asciinema.org/manual/asciicast/v2/ */
async function recordCrash(home: string): Promise<void> {
  const program = play(["demo", "--speed", "1000", "--seed", "3"], home);
  await tour(program);
  program.type("/scenario crash\r");
  await program.shows("scenario  crash");
  program.type("\u001b");
  await settle(85_000);
  // It ends on a peg that was settled, not between two looks at it.
  await program.shows(/┤\s+[+-]?0\.[0-4]\d %/);
  const recording = [...program.recording];
  await program.stop();
  const head = { version: 2, width: COLUMNS, height: ROWS, title: "peer-stables: a peg through a crash of the price" };
  const text = [head, ...recording].map((line) => JSON.stringify(line)).join("\n");
  writeFileSync(join(folder, "crash.cast"), `${text}\n`);
  process.stdout.write("docs/pictures/crash.cast\n");
}

mkdirSync(folder, { recursive: true });
const home = mkdtempSync(join(tmpdir(), "peer-stables-pictures-"));
try {
  await screens(home);
  await recordCrash(home);
} finally {
  rmSync(home, { recursive: true, force: true });
}
process.exit(0);
