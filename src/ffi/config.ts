/** What a node or a chain is opened with, and its JSON (docs/native-abi.md, "Opening a node"). */
import type { Network } from "../node/port.ts";
import type { Msat, Sat } from "../stable/units.ts";
import { toWire } from "./wire.ts";

export type ChainSource =
  | { kind: "bitcoind"; host: string; port: number; user: string; password: string }
  | { kind: "esplora"; url: string }
  | { kind: "electrum"; url: string };

export type Seed =
  /** `keys_seed` in the data directory, made at the first start. */
  | { kind: "file" }
  /** 64 bytes as 128 hex digits. */
  | { kind: "hex"; value: string }
  | { kind: "mnemonic"; value: string; passphrase?: string };

/** Opening fee and limits of an LSPS2 service (bLIP-52). */
export interface Lsps2Service {
  requireToken?: string;
  advertiseService: boolean;
  channelOpeningFeePpm: number;
  minChannelOpeningFeeMsat: Msat;
  /** 1,000,000 doubles the channel over what the payment needs. */
  channelOverProvisioningPpm: number;
  /** Blocks. */
  minChannelLifetime: number;
  /** Blocks. */
  maxClientToSelfDelay: number;
  minPaymentSizeMsat: Msat;
  maxPaymentSizeMsat: Msat;
  clientTrustsLsp: boolean;
}

export interface NodeConfig {
  /** Absolute; made with mode 0700. */
  dataDir: string;
  network: Network;
  chain: ChainSource;
  alias?: string;
  /** host:port of each listener; none when left out. */
  listen?: readonly string[];
  /** The seed file when left out. */
  seed?: Seed;
  /** Kept on-chain per anchor channel; 25,000 sat when left out. */
  perChannelReserveSat?: Sat;
  /** Node ids whose channels are usable before they confirm. */
  trustedPeers0conf?: readonly string[];
  lsps1Client?: { nodeId: string; address: string; token?: string };
  lsps2Client?: { nodeId: string; address: string; token?: string };
  lsps2Service?: Lsps2Service;
  /** The seed was in use before: its wallet is looked for in the whole chain. */
  rescan?: boolean;
  /** When that seed was made; bitcoind is not asked for older blocks then. `time` in unix seconds. */
  rescanSince?: { height: number } | { time: number };
  rgsUrl?: string;
  scoresUrl?: string;
  log?: {
    level?: "trace" | "debug" | "info" | "warn" | "error";
    maxBytes?: number;
    files?: number;
    ringLines?: number;
  };
}

export interface ChainConfig {
  /** 0 or left out: any free port. */
  rpcPort?: number;
  /** Where the blocks are kept; in memory when left out. */
  dataDir?: string;
}

/** The JSON `ps_open` takes for a node. */
export function nodeConfigJson({ trustedPeers0conf, ...rest }: NodeConfig): string {
  return JSON.stringify({
    kind: "node",
    ...toWire(rest),
    // The only name in which a digit follows an underscore.
    ...(trustedPeers0conf && { trusted_peers_0conf: trustedPeers0conf }),
  });
}

/**
 * The same JSON as bytes, with a seed of 64 bytes in it that never was a string: what a string held can't be zeroed.
 * The caller zeroes the bytes once they are read.
 */
export function configBytes(json: string, seed: Uint8Array | undefined): Uint8Array {
  const encoder = new TextEncoder();
  if (seed === undefined) return encoder.encode(json);
  const head = encoder.encode(`${json.slice(0, -1)},"seed":{"kind":"hex","value":"`);
  const tail = encoder.encode('"}}');
  const bytes = new Uint8Array(head.length + seed.length * 2 + tail.length);
  bytes.set(head);
  seed.forEach((byte, i) => {
    bytes[head.length + 2 * i] = hexDigit(byte >> 4);
    bytes[head.length + 2 * i + 1] = hexDigit(byte & 15);
  });
  bytes.set(tail, head.length + seed.length * 2);
  return bytes;
}

/** Its ASCII code. */
function hexDigit(value: number): number {
  return value < 10 ? 48 + value : 87 + value;
}

/** The JSON `ps_open` takes for a chain. */
export function chainConfigJson(config: ChainConfig): string {
  return JSON.stringify({ kind: "chain", rpc_port: 0, ...toWire(config) });
}
