/** What a look at a position does to its status: underwater and back, thawed, and the warning at half the cushion. */

import type { Usable } from "../price/port.ts";
import { type Agreement, backingOf } from "../stable/agreement.ts";
import { counterpartyOf, sumsOf } from "../stable/book.ts";
import type { Decision, HoldCode } from "../stable/decision.ts";
import { freezeCause } from "../stable/freeze.ts";
import type { Change } from "../stable/ledger.ts";
import type { LifecycleEvent } from "../stable/lifecycle.ts";
import type { Due } from "../stable/position.ts";
import { coverOf, dryPrice, type PeerBalances, warnPrice } from "../stable/solvency.ts";
import type { Price } from "../stable/units.ts";
import { type Engine, type EngineDeps, type Live, type Looked, moved, now, peerAgreements } from "./state.ts";

type Judge = Pick<Engine, "state"> & { deps: Pick<EngineDeps, "clock"> };

/** Holds that say nothing of whether the provider can pay: what is under way is about to change it. */
const undecided: ReadonlySet<HoldCode> = new Set<HoldCode>([
  "not_agreed",
  "ended",
  "no_price",
  "unknown_outcome",
  "in_flight",
]);

export function statusChanges(engine: Judge, { live, decision, balances }: Looked, usable: Usable): Change[] {
  const event = statusEvent(live.agreement, decision, balances);
  const next = event === undefined ? live.agreement : moved(live.agreement, event, now(engine.deps));
  const thin = usable.ok ? thinChange(engine, live, balances, usable.price) : [];
  if (next === live.agreement) return thin;
  const { id, status } = live.agreement;
  const data = { from: status, missing_msat: missingOf(dueIn(decision), balances).toString() };
  return [
    { put: "agreement", agreement: next },
    { put: "audit", entry: { kind: `became_${next.status}`, agreementId: id, data } },
    ...thin,
  ];
}

function dueIn(decision: Decision): Due | undefined {
  return decision.action === "none" ? undefined : decision.due;
}

/** What the provider owes and can't send, seen from either side; 0 when it can, or owes nothing. */
export function missingOf(due: Due | undefined, { stakeMsat }: Pick<PeerBalances, "stakeMsat">): bigint {
  return due?.payer === "provider" && due.amountMsat > stakeMsat ? due.amountMsat - stakeMsat : 0n;
}

function statusEvent(agreement: Agreement, decision: Decision, balances: PeerBalances): LifecycleEvent | undefined {
  if (decision.action === "hold" && undecided.has(decision.code)) return undefined;
  const due = dueIn(decision);
  if (agreement.status === "frozen") {
    return freezeCause(agreement) === "unpaid" && (due === undefined || due.payer === agreement.side)
      ? "settled"
      : undefined;
  }
  return missingOf(due, balances) > 0n ? "shortfall" : "covered";
}

/** Half the cushion is gone, or is there again: said once each time. */
function thinChange(engine: Judge, live: Live, { stakeMsat }: PeerBalances, present: Price): Change[] {
  const { agreement } = live;
  const cushion = { ...sumsOf(peerAgreements(engine.state, counterpartyOf(agreement))), stakeMsat };
  const thin = isThin(agreement, cushion, present);
  if (thin === (live.thin ?? false)) return [];
  live.thin = thin;
  const { coveredTo, dropBps } = coverOf(cushion, present);
  const data = { price: present.toString(), covered_to: coveredTo.toString(), drop_bps: dropBps };
  return [
    { put: "audit", entry: { kind: thin ? "cushion_half_gone" : "cushion_restored", agreementId: agreement.id, data } },
  ];
}

/** Whether half the way from the agreed price to the one at which the provider runs dry is behind us. */
export function isThin(
  agreement: Agreement,
  cushion: { targetMicro: bigint; backingMsat: bigint; stakeMsat: bigint },
  present: Price,
): boolean {
  if (cushion.targetMicro === 0n || backingOf(agreement) === 0n) return false;
  return present <= warnPrice(agreement.price, dryPrice(cushion));
}
