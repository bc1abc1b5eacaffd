/** When claims go out, and when they count. */

import type { Change, OutboxMessage } from "../stable/ledger.ts";
import { type Engine, now } from "./state.ts";

const FIRST_CLAIM_MS = 60_000;

/** The first claim goes out when the peer has owed for a minute; after each strike twice the time passes. */
export function nextClaimAfterMs(strikes: number): number {
  return FIRST_CLAIM_MS * 2 ** Math.min(strikes, 12);
}

/** The peer has the claim: from now on its silence counts. One that it never got is no strike. */
export function strike(engine: Pick<Engine, "state" | "deps">, message: OutboxMessage): Change[] {
  const live = engine.state.live.get(message.agreementId);
  if (message.type !== "claim" || live === undefined || live.owedSinceMs === undefined) return [];
  const strikes = live.agreement.strikes + 1;
  live.nextClaimMs = engine.deps.clock.steadyMs() + nextClaimAfterMs(strikes);
  return [{ put: "agreement", agreement: { ...live.agreement, strikes, updatedAt: now(engine.deps) } }];
}
