/** Plays on running nodes: those this process opens, or a role that runs already in another one. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import type { Attachment } from "../control/attach.ts";
import type { Hello } from "../control/protocol.ts";
import type { Network, Role } from "../node/port.ts";
import { runScript, type ScriptOutput } from "../script/run-script.ts";
import type { Script } from "../script/script.ts";
import { AppError } from "./app-error.ts";
import { interactive, LEFT, terminalAsking, unlessLeft } from "./asking.ts";
import { openedOf, runningRole, theRunningRole } from "./attached.ts";
import { platformDataRoot } from "./data-folders.ts";
import { readScript, scriptOutput } from "./headless.ts";
import type { Invocation } from "./invocation.ts";
import { folderOf, openDemoStage, openRoleStage } from "./open-nodes.ts";
import type { Opened } from "./opened.ts";
import { defaultNetwork } from "./role-options.ts";
import { roleSeed } from "./role-seed.ts";
import { refuseOtherSettings, usedSettings } from "./running-settings.ts";
import type { ScreenSubject } from "./screen-backend.ts";
import { runService } from "./service.ts";
import { type Stopping, watchForStop } from "./signals.ts";

type Env = Record<string, string | undefined>;
type Uses = Hello["settings"];
type NodeInvocation = Extract<Invocation, { mode: "demo" | "role" | "attach" }>;

const everyRole: readonly Role[] = ["exchange", "user", "lsp"];

/** @param helpAnd shows the help and throws @returns the exit code */
export async function runNodes(
  invocation: NodeInvocation,
  env: Env,
  helpAnd: (error: AppError) => never,
): Promise<number> {
  const { settings, line } = invocation;
  const clock = systemClock();
  const around = { env, clock };
  const attached = invocation.mode === "attach" ? await theRunningRole(settings, around) : undefined;
  const roles = attached === undefined ? rolesOf(invocation) : [attached.hello.role];
  const script = await readScript(settings, line, { roles, world: invocation.mode === "demo" });
  const headless = invocation.mode === "role" && script === undefined && settings.headless === true;
  if (script === undefined && !headless && !process.stdin.isTTY) {
    const instead = "--script FILE, - for standard input, or a command behind --";
    helpAnd(new AppError("not_a_terminal", `Without a terminal a script is needed: ${instead}.`));
  }
  const running = attached ?? (await runningOf(invocation, around));
  if (running !== undefined) mayAsk(running, invocation, script);
  const seed = running === undefined ? await unlockedSeed(invocation, env) : noSeed;
  if (seed === LEFT) return LEFT;
  const stopping = watchForStop();
  const own = { ...around, seed: seed.bytes, uses: usesOf(invocation), leaving: stopping.isAsked };
  const open = opener(invocation, running, { ...own, scripted: script !== undefined });
  const network = running?.hello.network ?? networkOf(invocation);
  const screen = { ...screenOptions(invocation, env), network, roles, attached: running !== undefined };
  const output = scriptOutput(settings, env, stopping.isAsked);
  try {
    if (headless) return await runService(invocation.settings, { ...own, stopping, warned: seed.warned });
    if (script === undefined && settings.plain !== true && process.stdout.isTTY) {
      seed.warned();
      const { runDashboard } = await import("./dashboard.tsx");
      return await runDashboard({ ...screen, clock, stopping, open });
    }
    const opened = await unlessLeft(open());
    if (opened === LEFT) return await stopping.asked;
    seed.warned();
    try {
      if (stopping.isAsked()) return await stopping.asked;
      const played = play(opened, script, { clock, output, stopping, plain: screen });
      return await Promise.race([stopping.asked, played, ...(opened.gone === undefined ? [] : [opened.gone])]);
    } finally {
      await opened.close();
    }
  } finally {
    stopping.forget();
    seed.bytes?.fill(0);
  }
}

function rolesOf(invocation: NodeInvocation): readonly Role[] {
  return invocation.mode === "role" ? [invocation.settings.role] : everyRole;
}

function networkOf({ mode, settings }: NodeInvocation): Network {
  return mode === "demo" ? "regtest" : (settings.network ?? defaultNetwork);
}

async function runningOf(invocation: NodeInvocation, around: { env: Env; clock: Clock }) {
  if (invocation.mode !== "role") return undefined;
  return runningRole(invocation.settings, networkOf(invocation), invocation.settings.role, around);
}

/** @throws AppError `data_dir_in_use`, `usage`; it is detached from then */
function mayAsk(running: Attachment, invocation: NodeInvocation, script: Script | undefined): void {
  try {
    if (invocation.mode === "role" && script === undefined) throw runsAlready(running);
    if (invocation.mode !== "demo") refuseOtherSettings(invocation.held, running.hello);
  } catch (error) {
    running.close();
    throw error;
  }
}

function usesOf(invocation: NodeInvocation): Uses {
  if (invocation.mode !== "role") return {};
  return usedSettings(invocation.held, invocation.settings.role, networkOf(invocation));
}

function runsAlready({ hello: { role, network, pid } }: Attachment): AppError {
  const attach = `peer-stables attach --role ${role} --network ${network}`;
  return new AppError(
    "data_dir_in_use",
    `The ${role} on ${network} runs already, as process ${pid}; see it with ${attach}, or stop that process first.`,
  );
}

function opener(
  invocation: NodeInvocation,
  running: Attachment | undefined,
  around: {
    env: Env;
    clock: Clock;
    seed: Uint8Array | undefined;
    uses: Uses;
    scripted: boolean;
    leaving: () => boolean;
  },
): () => Promise<Opened> {
  if (running !== undefined) return async () => openedOf(running);
  if (invocation.mode === "role") return () => openRoleStage(invocation.settings, around);
  return () => openDemoStage(invocation.settings, around);
}

interface Seed {
  /** Unset where the node has a plain one. */
  bytes: Uint8Array | undefined;
  /** Says what was to be said of it, once the role is up. */
  warned(): void;
}

const noSeed: Seed = { bytes: undefined, warned: () => undefined };

/** Before anything is drawn or started, so that the passphrase can be asked for in the terminal as it is. */
async function unlockedSeed(invocation: NodeInvocation, env: Env): Promise<Seed | typeof LEFT> {
  if (invocation.mode !== "role") return noSeed;
  const { settings } = invocation;
  const { role } = settings;
  const warnings: string[] = [];
  const unlocking = roleSeed({
    role,
    network: networkOf(invocation),
    folder: folderOf(settings, role, env),
    settings,
    env,
    asking: interactive() && settings.script !== "-" ? terminalAsking() : undefined,
    random: (n) => randomBytes(n),
    warn: (line) => warnings.push(line),
  });
  const bytes = await unlessLeft(unlocking);
  if (bytes === LEFT) return LEFT;
  return { bytes, warned: () => process.stderr.write(warnings.map((line) => `${line}\n`).join("")) };
}

function screenOptions({ mode, settings }: NodeInvocation, env: Env) {
  return {
    demo: mode === "demo",
    yes: settings.yes === true,
    mouse: settings.mouse === true,
    alerts: settings.alerts ?? "off",
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
  { stage, greeting, gone }: Opened,
  script: Script | undefined,
  { clock, output, stopping, plain }: Playing,
): Promise<number> {
  if (script !== undefined) return runScript(script, stage, clock, output);
  const { runPlain } = await import("./plain.ts");
  await runPlain(stage, { ...plain, greeting, gone, clock, stopping, out: output.out });
  return 0;
}
