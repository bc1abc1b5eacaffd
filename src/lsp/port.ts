/** What commands may ask of an LSP about its offer. Types only. */
import type { Msat, Sat } from "../stable/units.ts";
import type { FeeRates } from "./funds.ts";
import type { Menu, Offer } from "./offer.ts";
import type { LspPolicy } from "./policy.ts";

/** Null takes a limit away. */
export interface PolicyChange {
  openingFeePpm?: number;
  openingFeeMinMsat?: Msat;
  minPaymentMsat?: Msat | null;
  maxPaymentMsat?: Msat;
  overProvisioningPpm?: number;
  token?: string | null;
  dayCapSat?: Sat | null;
  chainReserveSat?: Sat;
  minLifetimeBlocks?: number;
}

export interface ProviderView {
  policy: LspPolicy;
  /** Whether any of it was changed at run time. */
  changed: boolean;
  rates: FeeRates;
  spendableSat: Sat;
  /** Put into new channels within the last 24 hours. */
  openedSat: Sat;
  /** What could be served now, and why nothing. */
  offer: Offer;
  why?: string;
  /** What clients are told. */
  menu: Menu;
  menuIsEmpty: boolean;
}

export interface ProviderPort {
  view(): Promise<ProviderView>;
  /** Durable; the node opens again with it at once. As it will be then. */
  change(change: PolicyChange): Promise<ProviderView>;
  /** Back to the settings. */
  reset(): Promise<ProviderView>;
  /** Blocks for which a channel opened now is promised to stay. */
  minLifetimeBlocks: number;
}
