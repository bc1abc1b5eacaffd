/** The chains every end-to-end test runs on: the embedded one and a real bitcoind. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type ChainControl, embeddedChain } from "../../src/app/chain-control.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import { type Bitcoind, startBitcoind } from "../support/bitcoind.ts";
import { startElectrumx } from "../support/electrumx.ts";
import { startEsplora } from "../support/esplora.ts";
import { until } from "./until.ts";

export const chainKinds = ["embedded", "bitcoind"] as const;
export type ChainKind = (typeof chainKinds)[number];

export function openChainControl(kind: ChainKind): Promise<ChainControl> {
  return kind === "embedded" ? embeddedChain(loadLibrary(), undefined) : bitcoindChain();
}

/** What nodes can learn about one and the same bitcoind from. */
export const sourceKinds = ["bitcoind", "esplora", "electrum"] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** A bitcoind in our hands, which nodes see through a source of this kind. */
export async function openSource(kind: SourceKind): Promise<ChainControl> {
  const dataDir = mkdtempSync(join(tmpdir(), "bitcoind-"));
  const bitcoind = await startBitcoind({ dataDir });
  const chain = await controlOf(bitcoind, dataDir);
  if (kind === "bitcoind") return chain;
  try {
    const { source, height, stop } = await frontOf(kind, bitcoind);
    const indexed = async <T>(done: Promise<T>): Promise<T> => {
      const result = await done;
      await until(async () => (await height()) === (await chain.height()));
      return result;
    };
    const close = async () => {
      await stop();
      await chain.close();
    };
    return {
      ...chain,
      source,
      mine: (blocks) => indexed(chain.mine(blocks)),
      fund: (address, amountSat) => indexed(chain.fund(address, amountSat)),
      reorg: (depth) => indexed(chain.reorg(depth)),
      close,
    };
  } catch (error) {
    await chain.close();
    throw error;
  }
}

async function frontOf(kind: "esplora" | "electrum", bitcoind: Bitcoind) {
  if (kind === "esplora") {
    const { url, stop } = startEsplora(bitcoind.rpc);
    const height = async () => Number(await (await fetch(`${url}/blocks/tip/height`)).text());
    return { source: { kind, url }, height, stop };
  }
  const { host, port, height, stop } = await startElectrumx(bitcoind);
  return { source: { kind, url: `tcp://${host}:${port}` }, height, stop };
}

async function bitcoindChain(): Promise<ChainControl> {
  return openSource("bitcoind");
}

async function controlOf(bitcoind: Bitcoind, dataDir: string): Promise<ChainControl> {
  await bitcoind.mine(110);
  const { host, port, user, password, pid } = bitcoind;
  const height = async () => z.number().parse(await bitcoind.rpc("getblockcount"));
  return {
    source: { kind: "bitcoind", host, port, user, password },
    height,
    mempool: async () => z.array(z.string()).parse(await bitcoind.rpc("getrawmempool")),
    knows: (txid) =>
      bitcoind.rpc("getrawtransaction", [txid]).then(
        () => true,
        () => false,
      ),
    async mine(blocks) {
      await bitcoind.mine(blocks);
    },
    async fund(address, amountSat) {
      const btc = `${amountSat / 100_000_000n}.${(amountSat % 100_000_000n).toString().padStart(8, "0")}`;
      const txid = z.string().parse(await bitcoind.rpc("sendtoaddress", [address, btc]));
      await bitcoind.mine(1);
      return { txid };
    },
    async reorg(depth) {
      const first = z.string().parse(await bitcoind.rpc("getblockhash", [(await height()) - depth + 1]));
      await bitcoind.rpc("invalidateblock", [first]);
      // generateblock takes the transactions it is given: none.
      for (let i = 0; i <= depth; i++) await bitcoind.rpc("generateblock", [await bitcoind.newAddress(), []]);
    },
    async pause() {
      process.kill(pid, "SIGSTOP");
    },
    async resume() {
      process.kill(pid, "SIGCONT");
    },
    async close() {
      await bitcoind.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Until so many transactions wait for a block: what a node says it made reaches the chain a moment later. */
export async function untilBroadcast(chain: Pick<ChainControl, "mempool">, transactions = 1): Promise<void> {
  await until(async () => (await chain.mempool()).length >= transactions);
}

/** Mines whatever comes to wait for a block, until it is so. */
export async function mineUntil(
  chain: Pick<ChainControl, "mempool" | "mine">,
  condition: () => Promise<boolean>,
): Promise<void> {
  await until(async () => {
    if ((await chain.mempool()).length > 0) await chain.mine(1);
    return condition();
  });
}

/** What stands behind `--chain` for this source. */
export function chainArgument(source: ChainControl["source"]): string {
  if (source.kind !== "bitcoind") return `${source.kind}=${source.url}`;
  return `bitcoind=http://${source.user}:${source.password}@${source.host}:${source.port}`;
}
