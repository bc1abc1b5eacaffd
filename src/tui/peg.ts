/** What the screen says of stable agreements beyond their fields. */

import { microOf } from "./money-text.ts";
import type { Agreement } from "./readings.ts";
import type { RoleState } from "./state.ts";

/** Not ended. */
export function live(role: RoleState): readonly Agreement[] {
  return role.agreements.filter((one) => one.status !== "ended");
}

/** How a carry-over ends; anything else is under way. */
const over: ReadonlySet<string> = new Set(["done", "cancelled", "failed"]);

/** Ended ones that are being taken up again. */
export function carriedOver(role: RoleState): readonly Agreement[] {
  return role.agreements.filter((one) => one.carry_over !== null && !over.has(one.carry_over.step));
}

/** One that lost its channels, with nothing in its place: what `reopen` is for. */
export function orphan(role: RoleState): Agreement | undefined {
  if (role.agreements.some((one) => one.status !== "ended")) return undefined;
  return role.agreements.find((one) => one.channels_gone && one.carry_over === null);
}

const byChannel = new WeakMap<readonly Agreement[], ReadonlyMap<string, Agreement>>();

/** The agreement in force on a channel; looked up by every row of a long list, so it is made once for each reading. */
export function pegOn(role: RoleState, channelId: string): Agreement | undefined {
  let found = byChannel.get(role.agreements);
  if (found === undefined) {
    const inForce = role.agreements.filter((one) => one.status !== "ended" && one.status !== "proposed");
    found = new Map(inForce.map((one) => [one.channel_id, one]));
    byChannel.set(role.agreements, found);
  }
  return found.get(channelId);
}

/** Half the width of the gauge: beyond it something is long overdue. */
export const GAUGE_BPS = 100;

const MSAT_PER_BTC = 100_000_000_000n;

export interface Exposure {
  /** Dollars owed to receivers, micro. */
  targetMicro: bigint;
  backingMsat: bigint;
  /** Our own part of those channels, msat. */
  stakeMsat: bigint;
  /** Of all that is in the channels against our own part, in hundredths; undefined without a stake. */
  leverageHundredths: bigint | undefined;
}

/** Of a provider, over all its live agreements. */
export function exposureOf(role: RoleState): Exposure {
  const given = live(role).filter((one) => one.role === "provider");
  const channels = new Set(given.map((one) => one.channel_id));
  const stakeMsat = role.channels
    .filter((one) => channels.has(one.channel_id))
    .reduce((sum, one) => sum + one.outbound_msat, 0n);
  const backingMsat = given.reduce((sum, one) => sum + one.backing_msat, 0n);
  return {
    targetMicro: given.reduce((sum, one) => sum + microOf(one.target_usd), 0n),
    backingMsat,
    stakeMsat,
    leverageHundredths: stakeMsat > 0n ? ((stakeMsat + backingMsat) * 100n) / stakeMsat : undefined,
  };
}

/** `2.10×`; none where nothing is owed or nothing of ours is in those channels. */
export function leverageText({ leverageHundredths, targetMicro }: Exposure): string {
  if (leverageHundredths === undefined || targetMicro === 0n) return "none";
  return `${leverageHundredths / 100n}.${(leverageHundredths % 100n).toString().padStart(2, "0")}×`;
}

export interface Stress {
  dropBps: number;
  /** What would be paid to receivers at that price, msat, rounded up. */
  owedMsat: bigint;
  /** Whether our part of the channels covers it. */
  covered: boolean;
}

export const stressDrops = [1000, 2500, 5000] as const;

/** What a fall of the price would cost a provider at once: the targets at the lower price less the backing now. */
export function stressOf(exposure: Exposure, price: string, dropBps: number): Stress {
  const lower = (microOf(price) * BigInt(10_000 - dropBps)) / 10_000n;
  const needed = lower === 0n ? 0n : (exposure.targetMicro * MSAT_PER_BTC + lower - 1n) / lower;
  const owedMsat = needed > exposure.backingMsat ? needed - exposure.backingMsat : 0n;
  return { dropBps, owedMsat, covered: owedMsat <= exposure.stakeMsat };
}
