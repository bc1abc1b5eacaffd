/** What questions about money are put together from. */
import { readBitcoin } from "../commands/amounts.ts";
import type { Role } from "../node/port.ts";
import { dollars, percentOf, satsOf, worth } from "./money-text.ts";
import type { Agreement, Channel } from "./readings.ts";
import type { RoleState, State } from "./state.ts";

export interface Asked {
  state: State;
  role: Role;
  own: RoleState;
  /** A word of the line by the argument's name. */
  word(name: string): string | undefined;
}

/** Rows of the question; none where nothing can be told. */
export type Teller = (asked: Asked) => string[];

export function amountOf(text: string | undefined): bigint | undefined {
  const read = readBitcoin(text ?? "");
  return read.ok ? read.value : undefined;
}

export function inWords(msat: bigint, state: State): string {
  const value = worth(msat, state.price?.price_usd);
  return `${satsOf(msat)} sat${value === undefined ? "" : ` (${dollars(value)})`}`;
}

/** The one that is meant, by the rules of src/commands/references.ts; undefined where more than one could be. */
function onlyOne<T>(fits: readonly T[]): T | undefined {
  return fits.length === 1 ? fits[0] : undefined;
}

export function channelOf(own: RoleState, reference: string | undefined): Channel | undefined {
  if (reference === undefined) return undefined;
  if (reference !== "last") return onlyOne(own.channels.filter((one) => one.channel_id.startsWith(reference)));
  const fewest = Math.min(...own.channels.map((one) => one.confirmations));
  return onlyOne(own.channels.filter((one) => one.confirmations === fewest));
}

export function agreementOf(own: RoleState, reference: string | undefined): Agreement | undefined {
  if (reference === undefined || reference === "last") {
    return onlyOne(own.agreements.filter((one) => one.status !== "ended" && one.status !== "proposed"));
  }
  return onlyOne(own.agreements.filter((one) => one.agreement_id.startsWith(reference)));
}

/** A peg that is settled by what is asked. */
export const settledFirst = (one: Agreement | undefined): string[] => {
  if (one === undefined) return [];
  const drift = one.drift_bps === null ? "" : `, drift ${percentOf(one.drift_bps, true)}`;
  return [`The ${dollars(one.target_usd)} peg is settled first and ends${drift}.`];
};
