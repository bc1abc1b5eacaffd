/**
 * Two honest peers see prices a little apart. If each settled to its own, money would go back and forth for as long as
 * the difference lasts, so each keeps in mind how far the other's price lay from its own, and pays only what is due at
 * both: at its own price and at the one the peer should see by that (docs/protocol.md, "Two prices").
 */
import { withinTolerance } from "../stable/check.ts";
import { MAX_MICRO, type Price, price } from "../stable/units.ts";
import type { Engine, Live } from "./state.ts";

/** Feeds drift together again; what was a difference is not kept for longer. */
export const REMEMBER_MS = 3_600_000;

export interface Seen {
  theirs: Price;
  ours: Price;
  atMs: number;
}

/** The price the peer should see now: ours of now, moved by the ratio of then. */
export function peerPriceNow(seen: Seen | undefined, ours: Price, nowMs: number): Price | undefined {
  if (seen === undefined || nowMs - seen.atMs > REMEMBER_MS) return undefined;
  const estimate = (ours * seen.theirs) / seen.ours;
  return estimate >= 1n && estimate <= MAX_MICRO ? price(estimate) : undefined;
}

/** Keeps the price of a message of the peer, where it is one we could agree with: a liar's price buys it nothing. */
export function notePeerPrice({ deps }: Pick<Engine, "deps">, live: Live, theirs: Price): void {
  const own = deps.price.usable("settle");
  if (!own.ok || !withinTolerance(theirs, own.price, live.agreement.terms.toleranceBps)) return;
  live.peerPrice = { theirs, ours: own.price, atMs: deps.clock.steadyMs() };
}
