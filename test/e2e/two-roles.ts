/** A user and an LSP with prices of their own, on the embedded chain and a clock that runs as fast as one likes. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChainControl, embeddedChain } from "../../src/app/chain-control.ts";
import { dataFolders } from "../../src/app/data-folders.ts";
import { freePort } from "../../src/app/free-port.ts";
import { lspBook } from "../../src/app/lsp-book.ts";
import { jitDesk, readLspContact } from "../../src/app/lsp-contact.ts";
import { roleOptions } from "../../src/app/role-options.ts";
import { openSession, type Session } from "../../src/app/session.ts";
import type { Clock } from "../../src/clock.ts";
import type { Settings } from "../../src/config/settings.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import { createFeed } from "../../src/price/feed.ts";
import type { PriceFeed } from "../../src/price/port.ts";
import { parsePriceSpec } from "../../src/price/spec.ts";
import { micro, msat, price, sat } from "../../src/stable/units.ts";
import { untilBroadcast } from "./chains.ts";
import { until } from "./until.ts";

export type Side = "user" | "lsp";

export interface TwoRoles {
  chain: ChainControl;
  session(side: Side): Session;
  price(side: Side, dollars: number): void;
  stop(side: Side): Promise<void>;
  start(side: Side): Promise<void>;
  onchainSat(side: Side): Promise<bigint>;
  close(): Promise<void>;
}

const CHANNEL_SAT = 400_000n;

/** With a channel of 400,000 sat between them, half and half, and the user the receiver of $100 at $100,000. */
export async function pegged(clock: Clock, settings: Partial<Record<Side, Settings>>): Promise<TwoRoles> {
  const root = mkdtempSync(join(tmpdir(), "peer-stables-two-"));
  const folders = dataFolders(root, "regtest");
  const library = loadLibrary();
  const chain = await embeddedChain(library, undefined);
  const sessions = new Map<Side, Session>();
  const feeds = new Map<Side, PriceFeed>();

  function session(side: Side): Session {
    const found = sessions.get(side);
    if (found === undefined) throw new Error(`${side} is not running`);
    return found;
  }

  async function start(side: Side): Promise<void> {
    const feed = feeds.get(side) ?? createFeed({ spec: parsePriceSpec("fixed=100000"), clock });
    if (!feeds.has(side)) feed.start();
    feeds.set(side, feed);
    const opened = await openSession({
      ...roleOptions(side, "regtest", settings[side] ?? {}),
      chain: chain.source,
      withdrawOffers: false,
      dataDir: folders.role(side),
      shared: folders.shared,
      listen: `127.0.0.1:${freePort()}`,
      lsps: lspBook({ role: side, settings: {}, dataDir: folders.role(side), shared: folders.shared, prefer: "local" }),
      reopen: () => {
        throw new Error("nothing here needs another start");
      },
      price: feed,
      onPriceDecision: () => () => undefined,
      clock,
      random: (n) => randomBytes(n),
      library,
      jitDesk: jitDesk(folders.shared),
      aliasOf: () => undefined,
    });
    sessions.set(side, opened);
  }

  async function stop(side: Side): Promise<void> {
    await sessions.get(side)?.close();
    sessions.delete(side);
  }

  async function mine(blocks: number): Promise<void> {
    await chain.mine(blocks);
    await Promise.all([...sessions.values()].map((one) => one.follow()));
  }

  async function openChannel(): Promise<void> {
    const { node } = session("user").context;
    for (const side of ["user", "lsp"] as const) {
      const { node: own } = session(side).context;
      await chain.fund(await own.newAddress(), sat(1_000_000n));
    }
    await mine(1);
    const contact = await readLspContact(folders.shared);
    if (contact === undefined) throw new Error("the LSP is not announced");
    const { nodeId, address } = contact;
    const half = msat((CHANNEL_SAT / 2n) * 1_000n);
    await node.openChannel({ nodeId, address, amountSat: sat(CHANNEL_SAT), pushMsat: half, announced: false });
    await untilBroadcast(chain);
    await mine(6);
    await until(async () => (await node.channels()).some((c) => c.usable));
  }

  await start("lsp");
  await start("user");
  await openChannel();
  const { context } = session("user");
  const [channel] = await context.node.channels();
  if (channel === undefined) throw new Error("no channel");
  const request = { channel, side: "receiver", targetMicro: micro(100_000_000n), keepNativeMsat: msat(0n) } as const;
  await context.stable.start(request);

  return {
    chain: { ...chain, mine },
    session,
    price: (side, dollars) => feeds.get(side)?.set(price(BigInt(dollars) * 1_000_000n)),
    stop,
    start,
    onchainSat: async (side) => (await session(side).context.node.balances()).onchainTotalSat,
    async close() {
      for (const feed of feeds.values()) feed.stop();
      await stop("user");
      await stop("lsp");
      await chain.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
