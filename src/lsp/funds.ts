/** How small a payment can be that still opens a channel, and how large one that the LSP can fund. Pure. */
import { ANCHOR_RESERVE_SAT } from "../node/anchor-reserve.ts";
import { larger } from "../stable/integers.ts";
import { MAX_MSAT, MSAT_PER_SAT, type Msat, msat, type Sat, sat } from "../stable/units.ts";
import type { LspPolicy } from "./policy.ts";

/** Sat per 1,000 weight units. */
export interface FeeRates {
  /** What LDK sets in the commitment transaction of a new channel. */
  commitmentSatPerKw: number;
  /** What the funding transaction pays. */
  fundingSatPerKw: number;
}

/** LDK's floor, and what ldk-node falls back to where a chain source gives no estimate. */
export const LEAST_SAT_PER_KW = 253;

const PPM = 1_000_000n;
/** LDK's default: 1 %, at least 1,000 sat. The funder can't send below it (BOLT 2, `channel_reserve_satoshis`). */
const RESERVE_PPM = 10_000n;
const LEAST_RESERVE_SAT = 1_000n;
/** Two anchors of 330 sat, from the funder's side (BOLT 3). */
const ANCHORS_SAT = 660n;
/** Weight of an anchor commitment and of an HTLC in it (BOLT 3). LDK keeps room for one HTLC more than it sends. */
const COMMITMENT_WEIGHT = 1_124n;
const HTLC_WEIGHT = 172n;
const HTLCS = 2n;
/** The fee rate may double between the offer and the payment: LDK's own margin for a funder. */
const RATE_MARGIN = 2n;
/** One P2WPKH or P2TR input, the channel's output and change; more inputs are rarer than a rate that is too high. */
const FUNDING_WEIGHT = 612n;
const LEAST_FUNDING_FEE_SAT = 1_000n;

type Fees = Pick<LspPolicy, "openingFeePpm" | "openingFeeMinMsat">;

/** bLIP-52: `max(min_fee, (size * ppm + 999,999) / 1,000,000)`. */
export function openingFee(payment: bigint, { openingFeePpm, openingFeeMinMsat }: Fees): bigint {
  return larger<bigint>((payment * BigInt(openingFeePpm) + PPM - 1n) / PPM, openingFeeMinMsat);
}

/** The channel ldk-node opens: what is passed on and the LSP's share, in whole sats, rounded down. */
export function channelSat(forwardMsat: bigint, overProvisioningPpm: number): bigint {
  return (forwardMsat + (forwardMsat * BigInt(overProvisioningPpm)) / PPM) / MSAT_PER_SAT;
}

/** Whether the LSP can pass the payment on over the channel that it opens for it. */
function carries(payment: bigint, policy: Fees & Pick<LspPolicy, "overProvisioningPpm">, satPerKw: number): boolean {
  const forward = payment - openingFee(payment, policy);
  if (forward <= 0n) return false;
  const channel = channelSat(forward, policy.overProvisioningPpm);
  const reserve = larger((channel * RESERVE_PPM) / PPM, LEAST_RESERVE_SAT);
  const commitment = (BigInt(satPerKw) * RATE_MARGIN * (COMMITMENT_WEIGHT + HTLCS * HTLC_WEIGHT)) / 1_000n;
  return (channel - reserve - ANCHORS_SAT - commitment) * MSAT_PER_SAT >= forward;
}

/**
 * The least first payment, in whole sats, over which a channel can open and carry it at this fee rate, and at up to
 * twice of it. Undefined where the LSP's share is too small for any: it has to pay the reserve and the fees out of it.
 */
export function smallestPayment(
  policy: Fees & Pick<LspPolicy, "overProvisioningPpm">,
  { commitmentSatPerKw }: Pick<FeeRates, "commitmentSatPerKw">,
): Msat | undefined {
  const rate = Math.max(commitmentSatPerKw, LEAST_SAT_PER_KW);
  const fits = (sats: bigint) => carries(sats * MSAT_PER_SAT, policy, rate);
  let high: bigint = MAX_MSAT / MSAT_PER_SAT;
  // A larger payment leaves a larger share above costs that grow no faster: once it fits, it fits.
  if (!fits(high)) return undefined;
  let low = 0n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return msat(high * MSAT_PER_SAT);
}

/** What the LSP has to have on chain beside the channel: LDK's reserve for it, the funding fee, its own reserve. */
export function besideChannelSat(
  { chainReserveSat }: Pick<LspPolicy, "chainReserveSat">,
  { fundingSatPerKw }: Pick<FeeRates, "fundingSatPerKw">,
): Sat {
  const fee = (BigInt(fundingSatPerKw) * FUNDING_WEIGHT) / 1_000n;
  return sat(ANCHOR_RESERVE_SAT + larger(fee, LEAST_FUNDING_FEE_SAT) + chainReserveSat);
}

/**
 * The largest first payment whose channel these funds pay for, in whole sats: as if nothing of it were taken as a fee.
 * @param budgetSat what may go into the channel
 */
export function largestPayment(budgetSat: bigint, overProvisioningPpm: number): Msat {
  if (budgetSat <= 0n) return msat(0n);
  const payment = (budgetSat * PPM) / (PPM + BigInt(overProvisioningPpm));
  return msat(payment * MSAT_PER_SAT);
}
