/** The price of a just-in-time channel (bLIP-52, "Computing The opening_fee"). */
import { MAX_U64 } from "./forms.ts";

const MILLION = 1_000_000n;

export interface FeeRate {
  /** msat, u64 */
  minFeeMsat: bigint;
  /** Millionths of the payment. */
  proportional: number;
}

/**
 * `max(min_fee, (size * ppm + 999,999) / 1,000,000)`, each step in 64 bits without sign. The prose of the bLIP has one
 * digit too many in both numbers; its code, and LDK, have these.
 *
 * @param sizeMsat of the payment, u64
 * @returns msat; "overflow" where a step leaves 64 bits, upon which the flow must be aborted
 */
export function openingFee(sizeMsat: bigint, { minFeeMsat, proportional }: FeeRate): bigint | "overflow" {
  const product = sizeMsat * BigInt(proportional);
  const sum = product + MILLION - 1n;
  if (product > MAX_U64 || sum > MAX_U64) return "overflow";
  const fee = sum / MILLION;
  return fee > minFeeMsat ? fee : minFeeMsat;
}
