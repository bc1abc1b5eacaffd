/** Opens nodes in this process: the demo, or one role, which others may attach to. */
import { randomBytes } from "node:crypto";
import packageJson from "../../package.json" with { type: "json" };
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import { type Hello, PROTOCOL } from "../control/protocol.ts";
import { type ControlSocket, serveControl } from "../control/serve.ts";
import { socketPath } from "../control/socket-path.ts";
import { loadLibrary } from "../ffi/library.ts";
import type { Network, Role } from "../node/port.ts";
import type { Stage, StageSession } from "../script/stage.ts";
import { platformDataRoot, roleFolder } from "./data-folders.ts";
import { openDemo } from "./demo.ts";
import type { Opened } from "./opened.ts";
import { priceFeed } from "./price-feed.ts";
import { openRole } from "./role.ts";
import type { RoleLife } from "./role-life.ts";
import { defaultNetwork } from "./role-options.ts";
import { demoStage, roleStage, stageSession } from "./stage.ts";

interface Around {
  env: Record<string, string | undefined>;
  clock: Clock;
  /** Whether it was asked to stop while it opens. */
  leaving?: () => boolean;
}

function commonOf(settings: Settings, mode: "demo" | "role", { env, clock }: Around) {
  const { feed: price, onDecision: onPriceDecision } = priceFeed(settings, mode, clock);
  const random = (n: number) => new Uint8Array(randomBytes(n));
  return { price, onPriceDecision, clock, random, library: loadLibrary({ env }) };
}

export async function openDemoStage(settings: Settings, around: Around): Promise<Opened> {
  const common = commonOf(settings, "demo", around);
  const opened = await openDemo({ settings, ...common });
  const greeting = "Three nodes and a chain are up. Type help, or follow scripts/demo.txt; exit leaves.";
  return { stage: demoStage(opened, common.price), greeting, close: opened.close };
}

/** One role that runs here. */
export interface OpenRole {
  role: Role;
  network: Network;
  life: RoleLife;
  stage: Stage;
  session: StageSession;
  close(): Promise<void>;
}

/** @param around `seed`: instead of the node's own plain one */
export async function openOneRole(
  settings: Settings & { role: Role },
  around: Around & { seed: Uint8Array | undefined; notice?: (line: string) => void },
): Promise<OpenRole> {
  const { role } = settings;
  const common = commonOf(settings, "role", around);
  const life = await openRole({
    role,
    settings,
    env: around.env,
    seed: around.seed,
    notice: around.notice,
    leaving: around.leaving,
    ...common,
  });
  const session = stageSession(life, common.price);
  return {
    role,
    network: settings.network ?? defaultNetwork,
    life,
    session,
    stage: roleStage(role, session, common.price),
    async close() {
      common.price.stop();
      await life.close();
    },
  };
}

/** Lets others attach to it. @param uses what it was started with @param onHungUp told why one of them was let go */
export function serveRole(
  { role, network, life, stage, session }: OpenRole,
  folder: string,
  { clock, uses }: { clock: Clock; uses: Hello["settings"] },
  onHungUp: (reason: string) => void,
): Promise<ControlSocket> {
  const { version } = packageJson;
  const who = { event: "hello", protocol: PROTOCOL, version, role, network } as const;
  const hello: Hello = { ...who, node_id: life.nodeId, pid: process.pid, settings: uses };
  return serveControl(socketPath(folder), { hello, session, scenario: stage.scenario, clock }, onHungUp);
}

/** Where the settings put a role's data. */
export function folderOf(settings: Settings, role: Role, env: Around["env"]): string {
  return roleFolder(settings["data-dir"] ?? platformDataRoot(env), settings.network ?? defaultNetwork, role);
}

/** @param around `scripted`: it is over as soon as its script is, so nobody is invited to attach; `uses`: for those who do */
export async function openRoleStage(
  settings: Settings & { role: Role },
  around: Around & { seed: Uint8Array | undefined; scripted: boolean; uses: Hello["settings"] },
): Promise<Opened> {
  const notice = (line: string): void => void process.stderr.write(`${line}\n`);
  const open = await openOneRole(settings, around.scripted ? { ...around, notice } : around);
  const { role, network, life, stage, close } = open;
  const real = network === "bitcoin" ? " This is real bitcoin." : "";
  const greeting = `${role} ${life.nodeId} is up on ${network}.${real} Type help; exit leaves.`;
  if (around.scripted) return { stage, greeting, close };
  try {
    const control = await serveRole(open, folderOf(settings, role, around.env), around, () => undefined);
    return {
      stage,
      greeting,
      async close() {
        await control.close("it is being stopped");
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
