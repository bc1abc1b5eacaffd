/** How much each peer gained so far by naming prices (src/stable/concession.ts). Kept for as long as we run. */
import type { Agreement } from "../stable/agreement.ts";
import { type Refusal, refusal } from "../stable/check.ts";
import { type Conceded, concede, gainOf, mostConceded } from "../stable/concession.ts";
import { usdText } from "../stable/money-text.ts";
import type { Price } from "../stable/units.ts";
import type { Engine } from "./state.ts";

export type Concession = { ok: true; conceded: Conceded | undefined } | Refusal;

/**
 * Whether the peer may have its price for this change of a target, and the sum once it has it.
 * @param agreement as it is, or as it would be; its side is ours
 */
export function concession(
  { deps, conceded }: Engine,
  peer: string,
  { side }: Pick<Agreement, "side">,
  change: { fromMicro: bigint; toMicro: bigint; theirs: Price },
): Concession {
  const own = deps.price.usable("settle");
  // What depends on a price of ours was refused without one before.
  if (!own.ok) return { ok: true, conceded: conceded.get(peer) };
  const most = mostConceded(deps.policy);
  const gain = gainOf({ side, ours: own.price, ...change });
  const next = concede(conceded.get(peer), gain, most, deps.clock.steadyMs());
  if (next !== undefined) return { ok: true, conceded: next };
  return refusal(
    "price_out_of_range",
    `at ${usdText(change.theirs)} a bitcoin the peer gains ${usdText(gain)}, and with what it gained by its prices lately more than ${usdText(most)}`,
  );
}

/** Once the change is on disk. */
export function concedeTo(engine: Engine, peer: string, { conceded }: Extract<Concession, { ok: true }>): void {
  if (conceded !== undefined) engine.conceded.set(peer, conceded);
}
