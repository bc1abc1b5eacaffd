/**
 * Two honest peers see prices a little apart. If each settled to its own, money would go back and forth for as long as
 * the difference lasts, so each keeps in mind how far the other's price lay from its own, and pays only what is due at
 * both: at its own price and at the one the peer should see by that (docs/protocol.md, "Two prices").
 */
import { withinTolerance } from "../stable/check.ts";
import type { Change } from "../stable/ledger.ts";
import { MAX_MICRO, type Price, price } from "../stable/units.ts";
import { type Engine, type Live, now } from "./state.ts";

/** Feeds drift together again; what was a difference is not kept for longer. */
export const REMEMBER_SECONDS = 3_600;

export interface Seen {
  theirs: Price;
  ours: Price;
  /** Unix seconds. */
  at: number;
}

/** The price the peer should see now: ours of now, moved by the ratio of then. */
export function peerPriceNow(seen: Seen | undefined, ours: Price, at: number): Price | undefined {
  // A clock that was set back makes it no younger.
  if (seen === undefined || Math.abs(at - seen.at) > REMEMBER_SECONDS) return undefined;
  const estimate = (ours * seen.theirs) / seen.ours;
  return estimate >= 1n && estimate <= MAX_MICRO ? price(estimate) : undefined;
}

/** Keeps the price of a message of the peer, where it is one we could agree with: a liar's price buys it nothing. */
export function peerPriceChanges({ deps }: Pick<Engine, "deps">, live: Live | undefined, theirs: Price): Change[] {
  const own = deps.price.usable("settle");
  if (live === undefined || !own.ok) return [];
  const { id: agreementId, terms } = live.agreement;
  if (!withinTolerance(theirs, own.price, terms.toleranceBps)) return [];
  return [{ put: "kept", kept: { kind: "peer_price", agreementId, theirs, ours: own.price, at: now(deps) } }];
}
