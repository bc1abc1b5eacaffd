/** The embedded regtest chain, typed. */
import type { z } from "zod";
import type { Sat } from "../stable/units.ts";
import { openBridge } from "./bridge.ts";
import { createCall } from "./call.ts";
import { type ChainConfig, chainConfigJson } from "./config.ts";
import { chainReplies } from "./schema-chain.ts";
import type { NativeLibrary } from "./symbols.ts";

type Reply<M extends keyof typeof chainReplies> = z.output<(typeof chainReplies)[M]>;

/** Every call may throw FfiError. */
export interface Chain {
  /** Where nodes find its RPC port and with which password; the tip's height. */
  info(): Promise<Reply<"chain.info">>;
  /** Mines the mempool along; rewards go to `address` or the faucet. Hashes oldest first. */
  mine(blocks: number, address?: string): Promise<{ hashes: string[] }>;
  /** Pays from the faucet and mines it in. */
  fund(address: string, amountSat: Sat): Promise<{ txid: string }>;
  /** Replaces the last `depth` blocks by `blocks` (depth + 1) empty ones; their transactions return to the mempool. */
  reorg(depth: number, blocks?: number): Promise<Reply<"chain.reorg">>;
  mempool(): Promise<string[]>;
  transaction(txid: string): Promise<Reply<"chain.transaction">>;
  /** Its RPC port refuses connections, as a bitcoind that is down. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

/** @throws FfiError `bad_config`, `data_dir_unwritable`, `data_dir_in_use`, `port_in_use` */
export async function openChain(config: ChainConfig, library: NativeLibrary): Promise<Chain> {
  // It sends no notifications worth listening to; a failure rejects what is pending and all that follows.
  const bridge = openBridge(library, chainConfigJson(config), { notify() {}, fail() {} });
  const call = createCall(bridge, chainReplies);
  return {
    info: () => call("chain.info"),
    mine: (blocks, address) => call("chain.mine", { blocks, address }),
    fund: (address, amountSat) => call("chain.fund", { address, amountSat }),
    reorg: (depth, blocks) => call("chain.reorg", { depth, blocks }),
    mempool: async () => (await call("chain.mempool")).txids,
    transaction: (txid) => call("chain.transaction", { txid }),
    async pause() {
      await call("chain.pause");
    },
    async resume() {
      await call("chain.resume");
    },
    close: () => bridge.close(),
  };
}
