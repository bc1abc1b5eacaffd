/** One role as a process of its own. */
import type { Clock } from "../clock.ts";
import { defaultChain } from "../config/chain-source.ts";
import type { Settings } from "../config/settings.ts";
import type { NativeLibrary } from "../ffi/symbols.ts";
import type { Role } from "../node/port.ts";
import type { PriceFeed } from "../price/port.ts";
import { AppError } from "./app-error.ts";
import { LeftError } from "./asking.ts";
import { configInUse } from "./config-path.ts";
import { dataFolders, platformDataRoot } from "./data-folders.ts";
import { awaitingLsp } from "./late-lsp.ts";
import { lspBook } from "./lsp-book.ts";
import { jitDesk } from "./lsp-contact.ts";
import type { WatchedFeed } from "./price-feed.ts";
import { type RoleLife, roleLife } from "./role-life.ts";
import { defaultListen, defaultNetwork, roleOptions } from "./role-options.ts";
import { openSession } from "./session.ts";

const LSP_WAIT_MS = 5_000;
/** A script can't look for itself when its LSP is there, whose first sync over a slow source takes a while. */
const SCRIPT_LSP_WAIT_MS = 60_000;
const LSP_LOOK_MS = 100;
/** Longer than this nobody should wait without knowing what for. */
const UNTOLD_MS = 2_000;

export interface RoleOptions {
  role: Role;
  settings: Settings;
  env: Record<string, string | undefined>;
  price: PriceFeed;
  onPriceDecision: WatchedFeed["onDecision"];
  clock: Clock;
  random: (bytes: number) => Uint8Array;
  library: NativeLibrary;
  seed?: Uint8Array | undefined;
  /** Whether it was asked to stop meanwhile. */
  leaving?: (() => boolean) | undefined;
  /** Told what a script's start waits for. */
  notice?: ((line: string) => void) | undefined;
}

/**
 * @throws AppError `bad_config`, FfiError and StoreError with the codes of starting; LeftError where it was asked to
 *   stop before anything was opened
 */
export async function openRole(options: RoleOptions): Promise<RoleLife> {
  const { role, settings, clock, price } = options;
  const network = settings.network ?? defaultNetwork;
  const chain = settings.chain ?? defaultChain(network);
  if (chain === undefined) {
    throw new AppError(
      "bad_config",
      `On ${network} --chain is needed, e.g. bitcoind=http://user:pass@127.0.0.1:18443.`,
    );
  }
  const folders = dataFolders(settings["data-dir"] ?? platformDataRoot(options.env), network);
  const { shared } = folders;
  const dataDir = folders.role(role);
  const lsps = lspBook({ role, settings, dataDir, shared, prefer: "configured" });
  const lspKnown = () => lsps.current() !== undefined;
  let life: RoleLife | undefined;
  const open = () =>
    openSession({
      ...roleOptions(role, network, settings),
      ...options,
      chain,
      withdrawOffers: settings["withdraw-offers"] ?? true,
      dataDir,
      configFile: configInUse(settings, options.env),
      shared,
      listen: settings.listen ?? defaultListen(role, network),
      lsps,
      reopen: () => life?.reopen(),
      jitDesk: jitDesk(shared),
      aliasOf: (nodeId) => (nodeId === lsps.current()?.nodeId ? "lsp" : undefined),
    });
  if (role === "user") {
    const waitMs = settings.script === undefined ? LSP_WAIT_MS : SCRIPT_LSP_WAIT_MS;
    const untold = clock.after(UNTOLD_MS, () =>
      options.notice?.(
        `No LSP is known yet: waiting up to ${waitMs / 1000} seconds for one on this machine; --lsp NODEID@HOST:PORT names another.`,
      ),
    );
    const leaving = () => options.leaving?.() === true;
    await aMomentFor(() => lspKnown() || leaving(), clock, waitMs);
    untold();
    if (leaving()) throw new LeftError();
  }
  const complete = role !== "user" || lspKnown();
  price.start();
  try {
    life = roleLife(await open(), open, clock);
    return complete ? life : awaitingLsp(life, lspKnown, clock);
  } catch (error) {
    price.stop();
    throw error;
  }
}

/** An LSP that starts at the same moment is given time to say where it is, so that the user opens once. */
async function aMomentFor(done: () => boolean, clock: Clock, ms: number): Promise<void> {
  const until = clock.steadyMs() + ms;
  while (!done() && clock.steadyMs() < until) {
    await new Promise<void>((resolve) => clock.after(LSP_LOOK_MS, resolve));
  }
}
