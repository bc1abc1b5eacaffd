/** Started for the first time in a terminal, with nothing said. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startInTerminal } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "peer-stables-first-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const LONG_MS = 120_000;

test(
  "role and network are asked for, kept, and used from then on",
  async () => {
    const home = join(folder, "a");
    const env = { HOME: home, XDG_DATA_HOME: home };
    const first = startInTerminal([], { env, columns: 400 });
    const path = join(home, ".config", "peer-stables", "config.toml");
    // Nothing listens on this port: what matters is that it goes on to start there.
    const chain = "bitcoind=http://user:pass@127.0.0.1:1";
    try {
      await first.shows("What shall this node be?");
      first.type("nonsense\r");
      await first.shows(/What shall this node be\?[\s\S]*What shall this node be\?/);
      first.type("2\r");
      await first.shows("On which network?");
      first.type("regtest\r");
      await first.shows("Where is the chain of regtest?");
      first.type(`${chain}\r`);
      expect(await first.exited).toBe(3);
      await first.shows("chain_unreachable");
    } finally {
      first.close();
    }
    expect(Bun.TOML.parse(readFileSync(path, "utf8"))).toEqual({ role: "lsp", network: "regtest", chain });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const second = startInTerminal([], { env, columns: 400 });
    try {
      await second.shows("chain_unreachable");
      expect(await second.exited).toBe(3);
    } finally {
      second.close();
    }
  },
  LONG_MS,
);

test(
  "left before the end, nothing is written",
  async () => {
    const home = join(folder, "b");
    const program = startInTerminal([], { env: { HOME: home, XDG_DATA_HOME: home } });
    try {
      await program.shows("What shall this node be?");
      program.type("\u0003");
      expect(await program.exited).toBe(0);
      expect(existsSync(join(home, ".config"))).toBe(false);
    } finally {
      program.close();
    }
  },
  LONG_MS,
);
