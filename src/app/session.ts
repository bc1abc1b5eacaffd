/**
 * One role, running: the node, its ledger, the engine and the commands over them. Everything outside (scripts, the
 * prompt, the screen) uses this face and nothing behind it.
 */
import { join } from "node:path";
import { type Clock, unixNow } from "../clock.ts";
import type { CommandContext, JitDesk } from "../commands/context.ts";
import { type RunningEngine, startEngine } from "../engine/engine.ts";
import { CodedError } from "../errors.ts";
import type { ChainSource } from "../ffi/config.ts";
import { type NativeNode, openNode } from "../ffi/node.ts";
import type { NativeLibrary } from "../ffi/symbols.ts";
import type { LspPolicy } from "../lsp/policy.ts";
import { ANCHOR_RESERVE_SAT } from "../node/anchor-reserve.ts";
import type { Delivery, Network, Role } from "../node/port.ts";
import type { PriceFeed } from "../price/port.ts";
import type { Terms } from "../stable/agreement.ts";
import type { Policy } from "../stable/policy.ts";
import { sat } from "../stable/units.ts";
import { freeBytes } from "../store/free-space.ts";
import { checkNodeDatabase } from "../store/node-database.ts";
import { openStore, type SqliteLedger } from "../store/open-store.ts";
import { watchChain } from "./chain-watch.ts";
import { namingHolder } from "./data-folders.ts";
import { diskGuard, refuseFullDisk } from "./disk-guard.ts";
import { type ForwardBook, forwardBook } from "./forward-book.ts";
import { journalChanges } from "./journal.ts";
import { keepReachable } from "./keep-connected.ts";
import { payoutsExpectedUntil } from "./lost-channels.ts";
import type { LspBook } from "./lsp-book.ts";
import { announceLsp } from "./lsp-contact.ts";
import { type LspDesk, lspDesk, lsps2Service, openLspOffice } from "./lsp-desk.ts";
import { refuseMoved } from "./moved.ts";
import { nodeConfig } from "./node-config.ts";
import { nodeSource } from "./node-source.ts";
import { guardOffer } from "./offer-guard.ts";
import { paymentOutcomes } from "./payment-outcomes.ts";
import { watchPayouts } from "./payout-watch.ts";
import type { DecisionListener } from "./price-feed.ts";
import { forgetRescan, wantedRescan } from "./rescan.ts";
import { refuseWithoutSeed } from "./role-seed.ts";
import { saveBackup } from "./save-backup.ts";
import { saveEvidence } from "./save-evidence.ts";
import { spendWithSource } from "./spend-with-source.ts";
import { followWishes } from "./stable-wishes.ts";
import { watchUnconfirmed } from "./unconfirmed-watch.ts";
import { type WalletTurns, walletTurns } from "./wallet-turns.ts";

export interface SessionOptions {
  role: Role;
  network: Network;
  chain: ChainSource;
  /** This role's own folder, and the one all roles of this network on this machine share. */
  dataDir: string;
  shared: string;
  /** The one in use, for backups. */
  configFile?: string | undefined;
  /** 64 bytes, where the folder keeps them under a passphrase; else its plain `keys_seed`, made at the first start. */
  seed?: Uint8Array | undefined;
  listen?: string;
  alias: string;
  logLevel: "error" | "warn" | "info" | "debug" | "trace";
  lsps: LspBook;
  /** Closes this session and opens it again, once no command runs: what is taken at the opening may be another then. */
  reopen(): void;
  /** Where gossip comes from as a snapshot; else from peers. */
  rgsUrl?: string;
  /** Where others' experience with paths comes from; else only our own. */
  scoresUrl?: string;
  /** An LSP's offer by its settings, and whether it follows the funds. */
  lspPolicy?: LspPolicy;
  withdrawOffers: boolean;
  terms: Terms;
  policy: Policy;
  price: PriceFeed;
  /** Every acceptance and refusal of a price, for this role's audit log. */
  onPriceDecision: (listener: DecisionListener) => () => void;
  clock: Clock;
  random: (bytes: number) => Uint8Array;
  library: NativeLibrary;
  jitDesk: JitDesk;
  /** Of the disk a path lies on; the system's own count when left out. */
  freeBytes?: ((path: string) => number) | undefined;
  /** Names for node ids, where the app knows any. */
  aliasOf: (nodeId: string) => string | undefined;
}

export interface Session {
  role: Role;
  nodeId: string;
  context: CommandContext;
  /** To the chain's tip at once, and what depends on it. */
  follow(): Promise<void>;
  /** Why the role can't go on, if it can't (a full disk, a native panic). */
  fault(): Error | undefined;
  /** Resolves once the engine's queue has come round. */
  turn(): Promise<void>;
  /** Writes to the service manager's socket. @throws FfiError */
  notifyManager(socket: string, state: string): Promise<void>;
  /** Called after anything a screen or a wait could care about. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  /** Torn down at once, as by a power cut. */
  kill(): Promise<void>;
  /** Clean stop. Safe to call twice. */
  close(): Promise<void>;
}

/** @throws FfiError, StoreError with the codes of starting; nothing is left running then */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { clock, library } = options;
  const { freeBytes: room = freeBytes } = options;
  refuseMoved(options.dataDir);
  refuseFullDisk(options.dataDir, options.network, room);
  refuseWithoutSeed(options);
  const office = options.lspPolicy && openLspOffice(options.dataDir, options.lspPolicy, options.withdrawOffers);
  const service = office && { lsps2Service: lsps2Service(office) };
  // Opening the node takes the directory's lock, so the ledger beside it has one writer as well.
  const source = await nodeSource(options.chain, clock);
  const config = nodeConfig({ ...options, ...service, chain: source.given });
  const opening = openNode(config, library, options.seed).catch((error: unknown) => {
    source.close();
    throw namingHolder(error, options.dataDir, options.dataDir);
  });
  let store: SqliteLedger | undefined;
  let session: Session | undefined;
  const turns = walletTurns(spendWithSource(source.naming(await opening)), {
    clock,
    ownBitcoind: options.chain.kind === "bitcoind",
    refused({ channelId, counterparty: peer, fundingTxid }) {
      const data = { channel_id: channelId, funding_txid: fundingTxid ?? null };
      // A ledger that can't be written says so to whoever writes next.
      store?.commit([{ put: "audit", entry: { kind: "funding_refused", peer, data } }]).catch(() => undefined);
    },
  });
  const { node } = turns;
  try {
    checkNodeDatabase(join(options.dataDir, "ldk_node_data.sqlite"), unixNow(clock));
    store = await openStore({ path: join(options.dataDir, "ledger.sqlite"), now: () => unixNow(clock) });
    const { nodeId } = await node.start();
    const diskProblem = diskGuard(options.dataDir, clock, room);
    const openingReserveSat = sat(options.role === "user" ? 0n : ANCHOR_RESERVE_SAT);
    const engine = await startEngine({
      ...options,
      ...{ node: turns.unwaiting, nodeId, store, openingReserveSat, diskProblem },
    });
    const forwards = await forwardBook(store, clock, options.random);
    const desk = office && lspDesk({ office, node, store, clock, renew: options.reopen });
    session = running(options, { node, nodeId, store, engine, forwards, turns, ...(desk && { desk }) });
    // Others on this machine may look for an LSP the moment it is up.
    await lookedThrough(options, session);
    return session;
  } catch (error) {
    turns.stop();
    // What went wrong first is what is told.
    await session?.close().catch(() => undefined);
    await node.close();
    await store?.close();
    throw error;
  }
}

/**
 * A bitcoind is asked for each block since the seed was made: for hours, in which the screen tells how far it is. The
 * wallet goes on from wherever it got to, whatever the mark says.
 */
async function lookedThrough({ dataDir, chain }: SessionOptions, session: Session): Promise<void> {
  const looking = wantedRescan(dataDir) !== undefined;
  const done = session.follow().then(() => forgetRescan(dataDir), unlessBehind);
  if (!looking || chain.kind !== "bitcoind") return done;
  done.catch(() => undefined); // the next start looks on
}

/** A source that is behind catches up, and until then says nothing that the node did not know when it was last on. */
function unlessBehind(error: unknown): void {
  if (!(error instanceof CodedError && error.code === "chain_behind")) throw error;
}

interface Parts {
  node: NativeNode;
  nodeId: string;
  store: SqliteLedger;
  engine: RunningEngine;
  forwards: ForwardBook;
  turns: Pick<WalletTurns<NativeNode>, "onEvent" | "stop">;
  desk?: LspDesk;
}

function running(options: SessionOptions, parts: Parts): Session {
  const { node, nodeId, store, engine, desk } = parts;
  const { role, clock } = options;
  const listeners = new Set<() => void>();
  const outcomes = paymentOutcomes(node, clock);
  let fault: Error | undefined;

  function changed(): void {
    for (const listener of [...listeners]) listener();
  }

  function broken(error: unknown): void {
    fault ??= error instanceof Error ? error : new Error(String(error));
    changed();
  }

  /** Journaled first, acknowledged then: an event that could not be written comes again after the next start. */
  async function take({ event, acknowledge }: Delivery): Promise<void> {
    parts.turns.onEvent(event);
    const extra = await journalChanges(event, unixNow(clock), parts);
    await engine.handle(event, extra);
    outcomes.onEvent(event);
    await acknowledge();
  }

  const consuming = (async () => {
    for await (const delivery of node.events()) await take(delivery);
  })().catch(broken);

  const announcement = desk && announceLsp(node, nodeId, { ...options, office: desk.office }, clock);
  const chain = watchChain(node, options, {
    clock,
    onChange() {
      // Not told by then if the start found the source behind.
      if (chain.view().state === "ok") void announcement?.tell().catch(() => undefined);
      changed();
    },
  });
  const payoutsUntil = payoutsExpectedUntil(options.dataDir);
  const stopWatching = [
    chain.stop,
    parts.turns.stop,
    node.onChange(() => {
      engine.poke();
      changed();
    }),
    engine.onChange(changed),
    options.onPriceDecision((record) => {
      store.commit([{ put: "audit", entry: { kind: "price", data: { ...record } } }]).catch(broken);
    }),
    ...(announcement === undefined ? keepReachable(node, options.lsps, clock) : [announcement.stop]),
    ...(desk === undefined ? [] : [guardOffer({ desk, node, store, clock, broken })]),
    ...(payoutsUntil === undefined
      ? []
      : [watchPayouts({ node: chain.node, store, network: options.network, clock, until: payoutsUntil, broken })]),
    watchUnconfirmed({ node, store, clock, broken }),
    ...(role === "user" ? [followWishes({ node, stable: engine.port, store, clock, changed, broken }).stop] : []),
  ];

  async function release(): Promise<void> {
    for (const stop of stopWatching) stop();
    await engine.stop();
    await consuming;
    await node.close();
    await store.close();
  }

  /** The node first: what it does not hear about it can't send, write or acknowledge. */
  async function powerCut(): Promise<void> {
    await node.kill();
    await release();
  }

  /** The engine first, so that no settlement begins on a node that is about to stop. */
  async function cleanStop(): Promise<void> {
    for (const stop of stopWatching) stop();
    await engine.stop();
    await node.stop();
    await release();
  }
  let closing: Promise<void> | undefined;

  return {
    role,
    nodeId,
    context: {
      role,
      network: options.network,
      node: chain.node,
      chain: chain.view,
      stable: engine.port,
      price: options.price,
      store,
      jitDesk: options.jitDesk,
      lsp: async () => options.lsps.current(),
      ...(desk && { provider: desk }),
      lsps: async () => options.lsps.all(),
      async chooseLsp(lsp) {
        options.lsps.choose(lsp);
        options.reopen();
      },
      paymentOutcome: outcomes.wait,
      saveBackup: (target) => saveBackup({ options, node, store }, target),
      saveEvidence: (id, file) => saveEvidence({ store, node, nodeId, clock }, id, file),
      aliasOf: options.aliasOf,
      clock,
      now: () => unixNow(clock),
    },
    async follow() {
      await chain.node.sync();
      await announcement?.tell();
    },
    fault: () => fault ?? engine.fault(),
    turn: engine.turn,
    notifyManager: node.notifyManager,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    kill: () => (closing ??= powerCut()),
    close: () => (closing ??= cleanStop()),
  };
}
