/** The chain and mempool of a bitcoind, indexed as an Esplora server needs them; for regtest chains of some hundred blocks. */
import { createHash } from "node:crypto";
import { z } from "zod";

export type Rpc = (method: string, params?: readonly unknown[]) => Promise<unknown>;

const rawTx = z.object({
  txid: z.string(),
  version: z.number(),
  locktime: z.number(),
  size: z.number(),
  weight: z.number(),
  hex: z.string(),
  vin: z.array(
    z.object({
      txid: z.string().optional(),
      vout: z.number().optional(),
      scriptSig: z.object({ hex: z.string() }).optional(),
      txinwitness: z.array(z.string()).optional(),
      sequence: z.number(),
    }),
  ),
  vout: z.array(z.object({ value: z.number(), scriptPubKey: z.object({ hex: z.string() }) })),
});
type RawTx = z.output<typeof rawTx>;

const rawBlock = z.object({
  hash: z.string(),
  height: z.number(),
  time: z.number(),
  previousblockhash: z.string().optional(),
  tx: z.array(rawTx),
});
type RawBlock = z.output<typeof rawBlock>;

export interface IndexedTx {
  raw: RawTx;
  /** Unset in the mempool. */
  block?: { hash: string; height: number; time: number };
}

export interface Index {
  blocks: RawBlock[];
  txs: Map<string, IndexedTx>;
  /** By `txid:vout`: who spends it, with which input. */
  spends: Map<string, { txid: string; vin: number }>;
  /** By SHA-256 of the script: ids in the order of an Esplora page, newest first, mempool before blocks. */
  histories: Map<string, string[]>;
}

/** An output of the chain in Esplora's terms. BTC amounts of the RPC have eight decimals, so rounding is exact. */
export function outputOf({ value, scriptPubKey }: RawTx["vout"][number]) {
  return { value: Math.round(value * 1e8), scriptpubkey: scriptPubKey.hex };
}

export function scriptHash(hex: string): string {
  return createHash("sha256").update(Buffer.from(hex, "hex")).digest("hex");
}

/** Follows the best chain, block by block; whatever a reorg replaced is forgotten. */
export function chainIndex(rpc: Rpc): () => Promise<Index> {
  let blocks: RawBlock[] = [];

  async function follow(): Promise<void> {
    const fresh: RawBlock[] = [];
    let hash = z.string().parse(await rpc("getbestblockhash"));
    while (blocks.at(-1)?.hash !== hash) {
      const block = rawBlock.parse(await rpc("getblock", [hash, 2]));
      fresh.unshift(block);
      blocks = blocks.slice(0, block.height);
      if (block.previousblockhash === undefined) break;
      hash = block.previousblockhash;
    }
    blocks = [...blocks, ...fresh];
  }

  async function mempool(): Promise<RawTx[]> {
    const ids = z.array(z.string()).parse(await rpc("getrawmempool"));
    const found = await Promise.all(ids.map((id) => rpc("getrawtransaction", [id, true]).catch(() => undefined)));
    return found.flatMap((tx) => (tx === undefined ? [] : [rawTx.parse(tx)]));
  }

  let last: { key: string; index: Index } | undefined;
  return async () => {
    await follow();
    const waiting = await mempool();
    const key = [blocks.at(-1)?.hash, ...waiting.map(({ txid }) => txid)].join();
    if (last?.key !== key) last = { key, index: indexed(blocks, waiting) };
    return last.index;
  };
}

function indexed(blocks: RawBlock[], mempool: readonly RawTx[]): Index {
  const index: Index = { blocks, txs: new Map(), spends: new Map(), histories: new Map() };
  for (const { hash, height, time, tx } of blocks) {
    for (const raw of tx) index.txs.set(raw.txid, { raw, block: { hash, height, time } });
  }
  for (const raw of mempool) if (!index.txs.has(raw.txid)) index.txs.set(raw.txid, { raw });
  for (const { raw } of [...index.txs.values()].reverse()) {
    const scripts = new Set(raw.vout.map(({ scriptPubKey }) => scriptPubKey.hex));
    raw.vin.forEach(({ txid, vout }, vin) => {
      if (txid === undefined || vout === undefined) return;
      index.spends.set(`${txid}:${vout}`, { txid: raw.txid, vin });
      const spent = index.txs.get(txid)?.raw.vout[vout];
      if (spent !== undefined) scripts.add(spent.scriptPubKey.hex);
    });
    for (const script of scripts) {
      const key = scriptHash(script);
      index.histories.set(key, [...(index.histories.get(key) ?? []), raw.txid]);
    }
  }
  return index;
}
