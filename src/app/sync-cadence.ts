/** How often a chain source is asked, by the kind of source and the network's pace. In seconds. */
import type { ChainSource } from "../ffi/config.ts";
import type { Network } from "../node/port.ts";

/** Servers answer thousands: what they are asked follows how often there is a new block. */
const byNetwork: Readonly<Record<Network, number>> = {
  regtest: 3,
  mutinynet: 20,
  signet: 60,
  testnet: 60,
  bitcoin: 60,
};

/** A bitcoind is one's own; ldk-node follows it by itself, every two seconds, whatever is set. */
const OWN_LOOK = 3;
const OWN_SYNC = 2;

/** Between two rounds: a look at the source, and with a server a sync of all there is (wallet, channels, fee rates). */
export function roundSeconds(kind: ChainSource["kind"], network: Network): number {
  return kind === "bitcoind" ? OWN_LOOK : byNetwork[network];
}

/** A sync with a server may take as long as LDK lets it. */
const LONGEST_SYNC = 35;

/** After three rounds without a sync the node can't be called in step with the chain. */
export function silentAfterSeconds(kind: ChainSource["kind"], network: Network): number {
  return kind === "bitcoind" ? 3 * OWN_SYNC : Math.max(3 * byNetwork[network], LONGEST_SYNC);
}
