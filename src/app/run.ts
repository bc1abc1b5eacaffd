/** From what was asked for to an exit code: opens what is needed, runs it, closes it again whatever happened. */
import { existsSync, readFileSync, statSync } from "node:fs";
import packageJson from "../../package.json" with { type: "json" };
import { systemClock } from "../clock.ts";
import { completionScript } from "../commands/completions.ts";
import type { Files } from "../config/resolve.ts";
import { loadLibrary } from "../ffi/library.ts";
import { AppError } from "./app-error.ts";
import { interactive, terminalAsking, unlessLeft } from "./asking.ts";
import { configCommand } from "./config-command.ts";
import { ownConfig } from "./config-path.ts";
import { firstRun } from "./first-run.ts";
import { type Invocation, parseInvocation } from "./invocation.ts";
import { keysCommand } from "./keys-command.ts";
import { manualPage } from "./manual.ts";
import { program } from "./program.ts";
import { runNodes } from "./run-nodes.ts";
import { usage } from "./usage.ts";

type Env = Record<string, string | undefined>;

/** @throws CodedError with the exit code of its table row */
export async function run(argv: readonly string[], env: Env): Promise<number> {
  const own = ownConfig(env);
  const files: Files = {
    readFile: (path) => readFileSync(path, "utf8"),
    openToOthers: (path) => (statSync(path).mode & 0o077) !== 0,
  };
  const invocation = parseInvocation(argv, { ...files, env, config: { path: own, exists: existsSync(own) } });
  switch (invocation.mode) {
    case "help":
      process.stdout.write(`${usage()}\n`);
      return 0;
    case "version":
      process.stdout.write(`peer-stables ${packageJson.version}\n`);
      return 0;
    case "completions":
      process.stdout.write(completionScript(invocation.shell, program));
      return 0;
    case "manual":
      process.stdout.write(manualPage());
      return 0;
    case "backtest": {
      const { backtestCommand } = await import("../backtest/command.ts");
      await backtestCommand(invocation.args, {
        write: (text) => process.stdout.write(text),
        writeFile: (path, text) => Bun.write(path, text),
        nowMs: () => performance.now(),
      });
      return 0;
    }
    case "verify": {
      const { verifyCommand } = await import("./verify-command.ts");
      return verifyCommand(invocation.file, (text) => process.stdout.write(text));
    }
    case "keys":
      return keys(invocation, env);
    case "config":
      return configCommand(invocation.request, files, (text) => process.stdout.write(text));
    case "doctor": {
      const { doctorCommand } = await import("./doctor-command.ts");
      return doctorCommand(invocation.request, files, (text) => process.stdout.write(text));
    }
    case "backup":
    case "restore":
      await data(invocation, env);
      return 0;
    case "first_run":
      if (process.stdin.isTTY && process.stdout.isTTY) return (await firstRun(own)) ? run(argv, env) : 0;
      return helpAnd(new AppError("usage", "Say what to start: demo, or --role user, lsp or exchange."));
    case "role":
      if (invocation.settings.network !== "regtest")
        for (const warning of invocation.warnings) process.stderr.write(`${warning}\n`);
      return runNodes(invocation, env, helpAnd);
    case "demo":
    case "attach":
      return runNodes(invocation, env, helpAnd);
  }
}

async function keys(invocation: Extract<Invocation, { mode: "keys" }>, env: Env): Promise<number> {
  const { action, settings } = invocation;
  const asking = interactive() ? terminalAsking() : undefined;
  const write = (line: string) => process.stdout.write(`${line}\n`);
  return unlessLeft(keysCommand(action, { role: settings.role, settings, env, asking, write }).then(() => 0));
}

async function data(invocation: Extract<Invocation, { mode: "backup" | "restore" }>, env: Env): Promise<void> {
  const { backupCommand, restoreCommand } = await import("./backup-command.ts");
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const around = { env, library: loadLibrary({ env }), clock: systemClock(), write };
  if (invocation.mode === "restore") return restoreCommand({ ...invocation, ...around });
  return backupCommand({ ...invocation, ...around, role: invocation.settings.role });
}

/** The help, and below it what is wrong. */
function helpAnd(error: AppError): never {
  process.stderr.write(`${usage()}\n\n`);
  throw error;
}
