/** What an LSP offers and how far it goes, as its owner sets it (bLIP-52). Amounts of payments in msat, funds in sat. */
import type { Msat, Sat } from "../stable/units.ts";

export interface LspPolicy {
  /** Parts per million of the first payment. */
  openingFeePpm: number;
  openingFeeMinMsat: Msat;
  /** The least first payment; left out: the least that can open a channel at the fee rate of the moment. */
  minPaymentMsat?: Msat;
  maxPaymentMsat: Msat;
  /** The LSP's own share of a new channel, in millionths of what the user gets: 1,000,000 matches it. */
  overProvisioningPpm: number;
  /** What a client has to name to be served; left out: nothing. */
  token?: string;
  /** The most to put into new channels within 24 hours; left out: no limit. */
  dayCapSat?: Sat;
  /** Kept on chain beside LDK's reserve for each anchor channel. */
  chainReserveSat: Sat;
  /** Blocks after its confirmation for which a channel is promised to stay. */
  minLifetimeBlocks: number;
}

/** Blocks. LDK's clients ask for 144. */
export const MAX_CLIENT_TO_SELF_DELAY = 1_024;
