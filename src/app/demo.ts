/** The demo: an embedded chain and all three roles in one process, in a folder of their own. */
import { rmSync } from "node:fs";
import type { Clock } from "../clock.ts";
import type { World } from "../commands/context.ts";
import type { Settings } from "../config/settings.ts";
import type { NativeLibrary } from "../ffi/symbols.ts";
import type { Role } from "../node/port.ts";
import type { PriceFeed } from "../price/port.ts";
import { AppError } from "./app-error.ts";
import { type ChainControl, embeddedChain } from "./chain-control.ts";
import { type DataFolders, dataFolders, namingHolder, passingFolder } from "./data-folders.ts";
import { freePort } from "./free-port.ts";
import { lspBook } from "./lsp-book.ts";
import { jitDesk } from "./lsp-contact.ts";
import type { WatchedFeed } from "./price-feed.ts";
import { type RoleLife, roleLife } from "./role-life.ts";
import { roleOptions } from "./role-options.ts";
import { openSession, type Session } from "./session.ts";

const demoRoles: readonly Role[] = ["exchange", "user", "lsp"];

export interface Demo {
  world: World;
  chain: ChainControl;
  /** Undefined while a role is switched off. */
  life(role: Role): RoleLife | undefined;
  /** The same, and undefined while it is being opened again. */
  session(role: Role): Session | undefined;
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface DemoOptions {
  settings: Settings;
  price: PriceFeed;
  onPriceDecision: WatchedFeed["onDecision"];
  clock: Clock;
  random: (bytes: number) => Uint8Array;
  library: NativeLibrary;
  freeBytes?: (path: string) => number;
  /** Another chain than the embedded one. The demo closes it. */
  chain?: ChainControl;
}

/** @throws FfiError, StoreError, AppError with the codes of starting; nothing is left running then */
export async function openDemo(options: DemoOptions): Promise<Demo> {
  const given = options.settings["data-dir"];
  const root = given ?? passingFolder();
  const folders = dataFolders(root, "regtest");
  const lives = new Map<Role, RoleLife>();
  const listeners = new Set<() => void>();
  const chain = options.chain ?? (await openChain(options.library, folders, given !== undefined));

  async function start(role: Role): Promise<void> {
    if (lives.has(role)) throw new AppError("conflict", `${role} is running already.`);
    const { settings } = options;
    const { shared } = folders;
    const dataDir = folders.role(role);
    const lsps = lspBook({ role, settings, dataDir, shared, prefer: "local" });
    const open = async () =>
      openSession({
        ...roleOptions(role, "regtest", settings),
        ...options,
        chain: chain.source,
        // Whoever buys here sees the funds of the LSP beside it.
        withdrawOffers: settings["withdraw-offers"] ?? false,
        dataDir,
        shared,
        listen: `127.0.0.1:${freePort()}`,
        lsps,
        reopen: () => lives.get(role)?.reopen(),
        jitDesk: jitDesk(shared),
        aliasOf: (nodeId) => demoRoles.find((name) => lives.get(name)?.nodeId === nodeId),
      });
    const life = roleLife(await open(), open, options.clock);
    life.onChange(() => {
      for (const listener of [...listeners]) listener();
    });
    lives.set(role, life);
  }

  /** What can be closed is closed, whatever else fails at it. */
  async function close(): Promise<void> {
    options.price.stop();
    const closed = await Promise.allSettled([...lives.values()].map((life) => life.close()));
    closed.push(...(await Promise.allSettled([chain.close()])));
    if (given === undefined) rmSync(root, { recursive: true, force: true });
    throwFirst(closed);
  }

  try {
    options.price.start();
    // The others look the LSP up when they start.
    await start("lsp");
    throwFirst(await Promise.allSettled([start("exchange"), start("user")]));
  } catch (error) {
    await close().catch(() => undefined); // the first error is the one to know
    throw error;
  }

  return {
    chain,
    life: (role) => lives.get(role),
    session: (role) => lives.get(role)?.now(),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close,
    world: demoWorld(chain, lives, start, options.clock),
  };
}

/** Once all of them have ended, so that none goes on behind the error of another. */
function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function openChain(library: NativeLibrary, folders: DataFolders, keep: boolean): Promise<ChainControl> {
  try {
    return await embeddedChain(library, keep ? folders.chain : undefined);
  } catch (error) {
    if (!keep) rmSync(folders.root, { recursive: true, force: true });
    throw namingHolder(error, folders.root, folders.role("lsp"));
  }
}

const BROADCAST_MS = 10_000;
const WITHHELD_MS = 2_000;
const BROADCAST_STEP_MS = 10;

/**
 * LDK tells of a funding transaction before it has handed it to the chain. Who mines in the same moment wants it mined;
 * one that may be withheld on purpose (LSPS2 with a client that trusts the LSP: its channel is in use then) is not waited
 * for long.
 */
async function fundingBroadcast(chain: ChainControl, sessions: readonly Session[], clock: Clock): Promise<void> {
  const since = clock.steadyMs();
  for (;;) {
    const lists = await Promise.all(sessions.map((session) => session.context.node.channels()));
    const fresh = lists.flat().filter((channel) => channel.isOutbound && channel.confirmations === 0);
    const known = await Promise.all(fresh.map(({ fundingTxid: txid }) => txid === undefined || chain.knows(txid)));
    const missing = fresh.filter((_, index) => !known[index]);
    const patienceMs = missing.every((channel) => channel.channelReady) ? WITHHELD_MS : BROADCAST_MS;
    if (missing.length === 0 || clock.steadyMs() - since >= patienceMs) return;
    await new Promise<void>((resolve) => clock.after(BROADCAST_STEP_MS, resolve));
  }
}

function demoWorld(
  chain: ChainControl,
  lives: Map<Role, RoleLife>,
  start: (role: Role) => Promise<void>,
  clock: Clock,
): World {
  function running(role: Role): RoleLife {
    const life = lives.get(role);
    if (life === undefined) throw new AppError("node_not_running", `${role} is switched off; \`start ${role}\` first.`);
    return life;
  }

  async function follow(): Promise<{ height: number }> {
    await Promise.all([...lives.values()].map((life) => life.use((session) => session.follow())));
    return { height: await chain.height() };
  }

  return {
    roles: demoRoles,
    async faucet(role, amountSat) {
      const address = await running(role).use((session) => session.context.node.newAddress());
      const funded = await chain.fund(address, amountSat);
      await follow();
      return funded;
    },
    async mine(blocks) {
      const sessions = [...lives.values()].flatMap((life) => life.now() ?? []);
      await fundingBroadcast(chain, sessions, clock);
      await chain.mine(blocks);
      return follow();
    },
    async reorg(depth) {
      await chain.reorg(depth);
      return follow();
    },
    async kill(role) {
      const life = running(role);
      lives.delete(role);
      await life.kill();
    },
    start,
  };
}
