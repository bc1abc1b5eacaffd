/** Roles that run as services on one chain, and what is asked of them from outside. */
import { expect } from "bun:test";
import { join } from "node:path";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { freePort } from "../../src/app/free-port.ts";
import type { Role } from "../../src/node/port.ts";
import { chainArgument } from "./chains.ts";
import { type Ended, type Line, type Running, runProgram, SEVERAL_TESTS_MS, startProgram } from "./program.ts";
import { until } from "./until.ts";

export interface Services {
  /** Resolves once it runs. */
  start(role: Role, more?: readonly string[], env?: Record<string, string>): Promise<Running>;
  /** One command, or a script, of a role that may run or not. */
  ask(role: Role, script: string): Promise<Ended & { lines: Line[] }>;
  /** The role's own folder. */
  folder(role: Role): string;
  /** What names the data. */
  place: readonly string[];
  /** Ends what still runs, without asking. */
  close(): Promise<void>;
}

export function services(path: string, chain: Pick<ChainControl, "source">): Services {
  const running = new Set<Running>();
  const data = join(path, "data");
  const place = ["--network", "regtest", "--data-dir", data];
  const usual = { PEER_STABLES_CHAIN: chainArgument(chain.source), PEER_STABLES_PRICE: "fixed=100000" };
  return {
    place,
    folder: (role) => join(data, "regtest", role),
    async start(role, more = [], env = {}) {
      const listen = `127.0.0.1:${freePort()}`;
      const args = ["--role", role, ...place, "--listen", listen, "--headless", ...more];
      const program = startProgram(args, {
        env: { ...usual, ...env },
        longestMs: SEVERAL_TESTS_MS,
      });
      running.add(program);
      void program.ended.then(() => running.delete(program));
      await until(async () => / runs on regtest; /.test(program.stderr()) || !running.has(program));
      expect(program.stderr()).toMatch(/^\w+ [0-9a-f]{66} runs on regtest; /);
      return program;
    },
    async ask(role, script) {
      const args = ["--role", role, ...place, "--json", "--script", "-"];
      const ended = await runProgram(args, { env: usual, stdin: script });
      const lines = ended.stdout === "" ? [] : ended.stdout.trimEnd().split("\n");
      return { ...ended, lines: lines.map((line): Line => JSON.parse(line)) };
    },
    async close() {
      for (const program of running) program.kill("SIGKILL");
      await Promise.all([...running].map((program) => program.ended));
    },
  };
}
