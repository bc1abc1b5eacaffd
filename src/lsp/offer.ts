/** What is offered of the policy with the funds there are: LDK checks neither before it sells an invoice. Pure. */
import { larger, smaller } from "../stable/integers.ts";
import { MAX_MSAT, type Msat, msat, type Sat } from "../stable/units.ts";
import { besideChannelSat, type FeeRates, largestPayment, smallestPayment } from "./funds.ts";
import type { LspPolicy } from "./policy.ts";

export interface OfferFacts {
  /** On chain, less LDK's reserves for the channels there are. */
  spendableSat: Sat;
  rates: FeeRates;
  /** Put into new channels within the last 24 hours. */
  openedSat: Sat;
}

export type Withdrawn = "too_small" | "day_cap" | "no_funds";

/** In words, with the remedy. */
export const withdrawnReasons: Readonly<Record<Withdrawn, string>> = {
  too_small: "no payment within the limits can open a channel at this fee rate: raise the largest payment or the share",
  day_cap: "the day's cap is reached: raise it, or wait until channels of the last 24 hours are older",
  no_funds: "too little is spendable on chain for the smallest channel: send bitcoin to getaddress",
};

export type Offer =
  | { open: true; minMsat: Msat; maxMsat: Msat }
  /** `minMsat` is the least that could be served with more funds, where any could. */
  | { open: false; why: Withdrawn; minMsat?: Msat };

/** The greatest that can be served now, within the limits. */
export function offerOf(policy: LspPolicy, { spendableSat, rates, openedSat }: OfferFacts): Offer {
  const smallest = smallestPayment(policy, rates);
  const floor = policy.minPaymentMsat;
  const min = smallest === undefined || floor === undefined || floor < smallest ? smallest : floor;
  if (min === undefined || min > policy.maxPaymentMsat) return { open: false, why: "too_small" };
  const servable = (budgetSat: bigint) => largestPayment(budgetSat, policy.overProvisioningPpm);
  if (policy.dayCapSat !== undefined && servable(policy.dayCapSat - openedSat) < min) {
    return { open: false, why: "day_cap", minMsat: min };
  }
  const funds = spendableSat - besideChannelSat(policy, rates);
  const left = policy.dayCapSat === undefined ? funds : smaller<bigint>(funds, policy.dayCapSat - openedSat);
  const most = servable(left);
  if (most < min) return { open: false, why: "no_funds", minMsat: min };
  return { open: true, minMsat: min, maxMsat: smaller(most, policy.maxPaymentMsat) };
}

/** What a menu says: changing it restarts the node, so its upper end moves in doublings. */
export interface Menu {
  minMsat: Msat;
  maxMsat: Msat;
}

/** All bitcoin there are: ldk-node can't offer an empty menu, but one that nobody can use. */
export const emptyMenu: Menu = { minMsat: msat(MAX_MSAT), maxMsat: msat(MAX_MSAT) };

export function isEmpty(menu: Menu): boolean {
  return menu.minMsat >= MAX_MSAT;
}

/** The menu for an offer: its largest payment is what is served now, rounded down to the least payment doubled. */
export function menuOf(offer: Offer, { maxPaymentMsat }: Pick<LspPolicy, "maxPaymentMsat">): Menu {
  if (!offer.open) return emptyMenu;
  const { minMsat, maxMsat } = offer;
  if (maxMsat >= maxPaymentMsat) return { minMsat, maxMsat: maxPaymentMsat };
  let step: bigint = minMsat;
  while (step * 2n <= maxMsat) step *= 2n;
  return { minMsat, maxMsat: msat(step) };
}

/** Everything the policy allows, whatever the funds: where nobody minds the funds, or they are not known yet. */
export function fullMenu(policy: LspPolicy, rates: FeeRates): Menu {
  const smallest = smallestPayment(policy, rates);
  const { minPaymentMsat = msat(0n), maxPaymentMsat } = policy;
  if (smallest === undefined) return emptyMenu;
  const minMsat = larger(smallest, minPaymentMsat);
  return minMsat > maxPaymentMsat ? emptyMenu : { minMsat, maxMsat: maxPaymentMsat };
}

/**
 * Whether a menu has to give way to the one wanted now: `tighten` where it promises what can't be served, `loosen`
 * where it holds back much of what could be. Small moves of the fee rate, for which the least payment has room, are
 * neither.
 */
export function moveOf(menu: Menu, wanted: Menu): "tighten" | "loosen" | undefined {
  if (isEmpty(menu) !== isEmpty(wanted)) return isEmpty(wanted) ? "tighten" : "loosen";
  if (wanted.maxMsat < menu.maxMsat || wanted.minMsat * 4n > menu.minMsat * 5n) return "tighten";
  return wanted.maxMsat > menu.maxMsat || wanted.minMsat * 2n < menu.minMsat ? "loosen" : undefined;
}
