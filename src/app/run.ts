/** From what was asked for to an exit code: opens what is needed, runs it, closes it again whatever happened. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { type Clock, systemClock } from "../clock.ts";
import { completionScript } from "../commands/completions.ts";
import type { Files } from "../config/resolve.ts";
import type { Settings } from "../config/settings.ts";
import { loadLibrary } from "../ffi/library.ts";
import type { Role } from "../node/port.ts";
import { runScript, type ScriptOutput } from "../script/run-script.ts";
import type { Script } from "../script/script.ts";
import type { Stage } from "../script/stage.ts";
import { AppError } from "./app-error.ts";
import { LeftError, terminalAsking } from "./asking.ts";
import { configCommand } from "./config-command.ts";
import { ownConfig } from "./config-path.ts";
import { platformDataRoot, roleFolder } from "./data-folders.ts";
import { openDemo } from "./demo.ts";
import { firstRun } from "./first-run.ts";
import { readScript, scriptOutput } from "./headless.ts";
import { type Invocation, parseInvocation } from "./invocation.ts";
import { keysCommand } from "./keys-command.ts";
import { manualPage } from "./manual.ts";
import { priceFeed } from "./price-feed.ts";
import { program } from "./program.ts";
import { openRole } from "./role.ts";
import { defaultNetwork } from "./role-options.ts";
import { roleSeed } from "./role-seed.ts";
import type { ScreenSubject } from "./screen-backend.ts";
import { type Stopping, watchForStop } from "./signals.ts";
import { demoStage, roleStage } from "./stage.ts";
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
      return runNodes(invocation, env);
    case "demo":
      return runNodes(invocation, env);
  }
}

const LEFT = 130;
const interactive = () => process.stdin.isTTY && process.stdout.isTTY;

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

async function unlessLeft<T>(work: Promise<T>): Promise<T | typeof LEFT> {
  return work.catch((error: unknown) => {
    if (error instanceof LeftError) return LEFT;
    throw error;
  });
}

/** The help, and below it what is wrong. */
function helpAnd(error: AppError): never {
  process.stderr.write(`${usage()}\n\n`);
  throw error;
}

interface Opened {
  stage: Stage;
  greeting: string;
  close(): Promise<void>;
}

async function runNodes(invocation: Extract<Invocation, { mode: "demo" | "role" }>, env: Env): Promise<number> {
  const { settings, line } = invocation;
  const roles: readonly Role[] = invocation.mode === "demo" ? ["exchange", "user", "lsp"] : [invocation.settings.role];
  const script = await readScript(settings, line, { roles, world: invocation.mode === "demo" });
  if (script === undefined && !process.stdin.isTTY) {
    const instead = "--script FILE, - for standard input, or a command behind --";
    return helpAnd(new AppError("not_a_terminal", `Without a terminal a script is needed: ${instead}.`));
  }
  const library = loadLibrary({ env });
  const warnings: string[] = [];
  const warned = () => process.stderr.write(warnings.map((line) => `${line}\n`).join(""));
  const seed =
    invocation.mode === "demo"
      ? undefined
      : await unlessLeft(seedOf(invocation.settings, env, (line) => warnings.push(line)));
  if (seed === LEFT) return LEFT;
  const clock = systemClock();
  const { feed: price, onDecision: onPriceDecision } = priceFeed(settings, invocation.mode, clock);
  const common = {
    settings,
    price,
    onPriceDecision,
    clock,
    random: (n: number) => randomBytes(n),
    library,
  };
  const stopping = watchForStop();
  const output = scriptOutput(settings, env, stopping.isAsked);
  const open = () =>
    invocation.mode === "demo" ? demo(common) : role({ ...common, role: invocation.settings.role, env, seed });
  try {
    if (script === undefined && settings.plain !== true && process.stdout.isTTY) {
      warned();
      const { runDashboard } = await import("./dashboard.tsx");
      return await runDashboard({ ...screenOptions(invocation, env), roles, clock, stopping, open });
    }
    const playing: Playing = { clock, output, stopping, plain: { ...screenOptions(invocation, env), roles } };
    const opened = await open();
    warned();
    try {
      if (stopping.isAsked()) return await stopping.asked;
      return await Promise.race([stopping.asked, play(opened, script, playing)]);
    } finally {
      await opened.close();
    }
  } finally {
    stopping.forget();
    seed?.fill(0);
  }
}

/** Before anything is drawn or started, so that the passphrase can be asked for in the terminal as it is. */
async function seedOf(
  settings: Settings & { role: Role },
  env: Env,
  warn: (line: string) => void,
): Promise<Uint8Array | undefined> {
  const network = settings.network ?? defaultNetwork;
  return roleSeed({
    role: settings.role,
    network,
    folder: roleFolder(settings["data-dir"] ?? platformDataRoot(env), network, settings.role),
    settings,
    env,
    asking: interactive() && settings.script !== "-" ? terminalAsking() : undefined,
    random: (n) => randomBytes(n),
    warn,
  });
}

function screenOptions({ mode, settings }: Extract<Invocation, { mode: "demo" | "role" }>, env: Env) {
  return {
    demo: mode === "demo",
    network: mode === "demo" ? "regtest" : (settings.network ?? defaultNetwork),
    yes: settings.yes === true,
    alerts: settings.alerts ?? "off",
    mouse: settings.mouse === true,
    theme: settings["no-color"] === true ? ("plain" as const) : settings.theme,
    historyFile: join(settings["data-dir"] ?? platformDataRoot(env), "history"),
    env,
  };
}

interface Playing {
  clock: Clock;
  output: ScriptOutput;
  stopping: Stopping;
  plain: ScreenSubject & { historyFile: string | undefined };
}

async function play(
  { stage, greeting }: Opened,
  script: Script | undefined,
  { clock, output, stopping, plain }: Playing,
): Promise<number> {
  if (script !== undefined) return runScript(script, stage, clock, output);
  const { runPlain } = await import("./plain.ts");
  await runPlain(stage, { ...plain, greeting, clock, stopping, out: output.out });
  return 0;
}

async function demo(options: Parameters<typeof openDemo>[0]): Promise<Opened> {
  const opened = await openDemo(options);
  const greeting = "Three nodes and a chain are up. Type help, or follow scripts/demo.txt; exit leaves.";
  return { stage: demoStage(opened, options.price), greeting, close: opened.close };
}

async function role(options: Parameters<typeof openRole>[0]): Promise<Opened> {
  const { role: name, settings, price } = options;
  const life = await openRole(options);
  const network = settings.network ?? defaultNetwork;
  const real = network === "bitcoin" ? " This is real bitcoin." : "";
  return {
    stage: roleStage(name, life, price),
    greeting: `${name} ${life.nodeId} is up on ${network}.${real} Type help; exit leaves.`,
    async close() {
      price.stop();
      await life.close();
    },
  };
}
