/** What can be wrong with a chain source, and the block a lie is made of. */
import { z } from "zod";
import type { ChainSource } from "../../src/ffi/config.ts";
import type { Bitcoind } from "./bitcoind.ts";

export type Fault =
  /** Every answer is late, in time still. */
  | "slow"
  /** What a sync asks comes too late; what a look asks does not. */
  | "slow_syncs"
  /** It takes what is asked and never answers. */
  | "silent"
  | "down"
  | "other_network"
  | "too_many_requests"
  /** It says that its tip is a thousand blocks further. */
  | "too_high"
  /** It shows the chain as it was some blocks ago. */
  | "stale";

export interface FaultySource {
  source: ChainSource;
  /** From now on; undefined: as it should. */
  suffer(fault: Fault | undefined): Promise<void>;
  stop(): Promise<void>;
}

export const LATE_MS = 300;
/** LDK waits five seconds for fee rates, with which a sync begins. */
export const TOO_LATE_MS = 7_000;
export const TOO_HIGH = 1_000;
const STALE_BLOCKS = 4;

export const mainnetGenesis = {
  hash: "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
  header:
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
};

export interface OldBlock {
  height: number;
  hash: string;
  header: string;
}

export async function oldBlock({ rpc }: Bitcoind): Promise<OldBlock> {
  const height = z.number().parse(await rpc("getblockcount")) - STALE_BLOCKS;
  const hash = z.string().parse(await rpc("getblockhash", [height]));
  return { height, hash, header: z.string().parse(await rpc("getblockheader", [hash, false])) };
}
