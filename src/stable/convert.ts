/**
 * What moves between backing and native without a payment: conversions both agree on, and spends. Both keep the drift
 * that is not settled yet where it is.
 */
import { absolute, BPS, smaller } from "./integers.ts";
import { MAX_MICRO, MAX_MSAT, type Micro, MSAT_PER_BTC, type Msat, micro, msat, type Price } from "./units.ts";

export interface Holding {
  targetMicro: Micro;
  backingMsat: Msat;
}

export type Conversion =
  | { ok: true; targetMicro: Micro; backingMsat: Msat; feeMicro: Micro }
  | { ok: false; reason: string };

/**
 * A new target at `price`. Only the difference is converted: the backing moves by `(T' - T + fee)*B/p`, rounded toward
 * zero to a whole msat, so the old drift stays. The fee, `|T' - T| * feeBps / 10^4` rounded down, is backing without
 * target: drift in the provider's favour that the next settlement pays.
 */
export function convert(holding: Holding, targetAfter: Micro, at: Price, feeBps: number): Conversion {
  const difference = targetAfter - holding.targetMicro;
  const fee = conversionFee(holding.targetMicro, targetAfter, feeBps);
  const backing = holding.backingMsat + ((difference + fee) * MSAT_PER_BTC) / at;
  if (backing < 0n) {
    return { ok: false, reason: "the backing is worth less than what would be converted; settle first" };
  }
  if (backing > MAX_MSAT) return { ok: false, reason: "the backing would be more than there are bitcoin" };
  return { ok: true, targetMicro: targetAfter, backingMsat: msat(backing), feeMicro: fee };
}

/** `|T' - T| * feeBps / 10^4`, rounded down. */
export function conversionFee(before: Micro, after: Micro, feeBps: number): Micro {
  return micro((absolute(after - before) * BigInt(feeBps)) / BPS);
}

export type TargetChange = { kind: "resize" | "sell" | "buy"; amountMicro: Micro };

/**
 * The target after a change: `resize` to the amount, `sell` bitcoin for that many dollars more, `buy` bitcoin with that
 * many dollars less. Undefined when nothing or less would be left (that is an end, not a change) or it is beyond the
 * largest target.
 */
export function targetAfter(before: Micro, { kind, amountMicro }: TargetChange): Micro | undefined {
  const after = kind === "resize" ? amountMicro : kind === "sell" ? before + amountMicro : before - amountMicro;
  return after > 0n && after <= MAX_MICRO ? micro(after) : undefined;
}

/**
 * The target that goes with a backing that a spend has lowered: `T * b'/b`, rounded down. Value and target fall in the
 * same proportion, so the drift does too, and the target never rises.
 * @throws RangeError when `backingAfter` is above the backing: the caller mistook a receipt for a spend
 */
export function targetLeft({ targetMicro, backingMsat }: Holding, backingAfter: Msat): Micro {
  if (backingAfter > backingMsat) throw new RangeError(`a spend can't raise the backing to ${backingAfter}`);
  return backingMsat === 0n ? targetMicro : micro((targetMicro * backingAfter) / backingMsat);
}

export interface Spend extends Holding {
  fromNativeMsat: Msat;
  fromBackingMsat: Msat;
}

/**
 * Takes `amount` (fees included) from native first, the rest from the backing. Undefined when both together hold less.
 */
export function spend(holding: Holding, nativeMsat: Msat, amount: Msat): Spend | undefined {
  const fromNative = smaller(nativeMsat, amount);
  const fromBacking = amount - fromNative;
  if (fromBacking > holding.backingMsat) return undefined;
  const backingMsat = msat(holding.backingMsat - fromBacking);
  return {
    targetMicro: targetLeft(holding, backingMsat),
    backingMsat,
    fromNativeMsat: msat(fromNative),
    fromBackingMsat: msat(fromBacking),
  };
}
