/** How often a chain source is asked, by the kind of source and the network's pace. */
import type { ChainSource } from "../ffi/config.ts";
import type { Network } from "../node/port.ts";

/** Seconds. */
export interface Cadence {
  /** The wallet on chain, the channels, and the fee rates: at least 10 each for LDK. */
  wallet: number;
  lightning: number;
  fee: number;
  /** Whether the source is there, and where its tip is. */
  check: number;
}

/** Public servers answer thousands: what they are asked follows how often there is a new block. */
const byNetwork: Readonly<Record<Network, Cadence>> = {
  regtest: { wallet: 10, lightning: 10, fee: 60, check: 5 },
  mutinynet: { wallet: 20, lightning: 15, fee: 300, check: 20 },
  signet: { wallet: 60, lightning: 30, fee: 600, check: 60 },
  testnet: { wallet: 60, lightning: 30, fee: 600, check: 60 },
  bitcoin: { wallet: 80, lightning: 30, fee: 600, check: 60 },
};

/** A bitcoind is one's own; ldk-node asks it every two seconds whatever is set. */
const ownBitcoind: Cadence = { wallet: 2, lightning: 2, fee: 600, check: 5 };

export function cadenceOf(kind: ChainSource["kind"], network: Network): Cadence {
  return kind === "bitcoind" ? ownBitcoind : byNetwork[network];
}

/** After three rounds without a word the node can't be called in step with the chain. */
export function silentAfterSeconds({ wallet }: Cadence): number {
  return 3 * wallet;
}
