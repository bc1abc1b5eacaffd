/** What one offer of a menu means for one payment. */
import type { MenuEntry } from "./menu.ts";
import { openingFee } from "./opening-fee.ts";

/** Why an offer does not serve a payment. */
export type Unfit = "blocked" | "below_minimum" | "above_maximum" | "overflow" | "fee_eats_payment";

export interface FitQuote {
  fit: true;
  entry: MenuEntry;
  feeMsat: bigint;
  arrivesMsat: bigint;
}

export type EntryQuote = FitQuote | { fit: false; entry: MenuEntry; why: Unfit; feeMsat?: bigint };

/** bLIP-52: limits are inclusive, and the fee has to be less than the payment. */
export function quoteEntry(entry: MenuEntry, sizeMsat: bigint): EntryQuote {
  if (entry.blocked.length > 0) return { fit: false, entry, why: "blocked" };
  if (sizeMsat < entry.minPaymentMsat) return { fit: false, entry, why: "below_minimum" };
  if (sizeMsat > entry.maxPaymentMsat) return { fit: false, entry, why: "above_maximum" };
  const feeMsat = openingFee(sizeMsat, entry);
  if (feeMsat === "overflow") return { fit: false, entry, why: "overflow" };
  if (feeMsat >= sizeMsat) return { fit: false, entry, why: "fee_eats_payment", feeMsat };
  return { fit: true, entry, feeMsat, arrivesMsat: sizeMsat - feeMsat };
}

/** Fit and cheapest; the first of several, as ldk-node takes it. */
export function cheapest(quotes: readonly EntryQuote[]): FitQuote | undefined {
  let best: FitQuote | undefined;
  for (const quote of quotes) {
    if (quote.fit && (best === undefined || quote.feeMsat < best.feeMsat)) best = quote;
  }
  return best;
}

/** One that charges nothing whatever arrives. */
export function freeOffer(quotes: readonly EntryQuote[]): FitQuote | undefined {
  const free = quotes.find(
    ({ entry }) => entry.blocked.length === 0 && entry.minFeeMsat === 0n && entry.proportional === 0,
  );
  return free === undefined ? undefined : { fit: true, entry: free.entry, feeMsat: 0n, arrivesMsat: 0n };
}

const PPM = 1_000_000n;
/** Two anchor outputs of 330 sat, which the one who opens pays. */
const ANCHORS_SAT = 660n;

/**
 * The channel that comes with it, as lightning-liquidity sizes it.
 * @param overProvisioningPpm what the LSP adds on top; a menu doesn't say, so it is known of LSPs on this machine only
 */
export function channelSize(arrivesMsat: bigint, overProvisioningPpm: number): bigint {
  return (arrivesMsat + (arrivesMsat * BigInt(overProvisioningPpm)) / PPM) / 1000n;
}

/** What an LSP has to keep on its side (BOLT 2): 1 %, and at least 1,000 sat with LDK. */
function reserveOf(channelSat: bigint): bigint {
  const share = channelSat / 100n;
  return share > 1000n ? share : 1000n;
}

/** What can still be received once the first payment is in, msat. */
export function inboundAfter(channelSat: bigint, arrivesMsat: bigint): bigint {
  const left = (channelSat - reserveOf(channelSat) - ANCHORS_SAT) * 1000n - arrivesMsat;
  return left > 0n ? left : 0n;
}
