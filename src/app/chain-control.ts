import { openChain } from "../ffi/chain.ts";
import type { ChainSource } from "../ffi/config.ts";
import type { NativeLibrary } from "../ffi/symbols.ts";
import type { Sat } from "../stable/units.ts";

/** A regtest chain in our hands: where nodes find it, and what the demo's verbs do to it. */
export interface ChainControl {
  source: ChainSource;
  height(): Promise<number>;
  mine(blocks: number): Promise<void>;
  /** Ids of what waits to be mined. */
  mempool(): Promise<string[]>;
  /** Whether a transaction is in the mempool or in a block. */
  knows(txid: string): Promise<boolean>;
  /** Pays an address and mines it in. */
  fund(address: string, amountSat: Sat): Promise<{ txid: string }>;
  /** Replaces the last `depth` blocks by empty ones, one more; their transactions return to the mempool. */
  reorg(depth: number): Promise<void>;
  /** Stops and goes on answering nodes, as a bitcoind that is down. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** The chain of the native library. @param dataDir where its blocks are kept; in memory when left out */
export async function embeddedChain(library: NativeLibrary, dataDir: string | undefined): Promise<ChainControl> {
  const chain = await openChain(dataDir === undefined ? {} : { dataDir }, library);
  const { host, port, user, password } = await chain.info();
  return {
    source: { kind: "bitcoind", host, port, user, password },
    height: async () => (await chain.info()).height,
    mempool: () => chain.mempool(),
    knows: (txid) =>
      chain.transaction(txid).then(
        () => true,
        () => false,
      ),
    async mine(blocks) {
      await chain.mine(blocks);
    },
    fund: (address, amountSat) => chain.fund(address, amountSat),
    async reorg(depth) {
      await chain.reorg(depth);
    },
    pause: () => chain.pause(),
    resume: () => chain.resume(),
    close: () => chain.close(),
  };
}
