/** A look at the positions: what is due at the accepted price, largest first, a bounded number of payments at once. */
import type { Usable } from "../price/port.ts";
import { counterpartyOf } from "../stable/book.ts";
import { type Decision, decide, holdReasons } from "../stable/decision.ts";
import { type BalancesOf, balancesByPeer } from "../stable/peer-balances.ts";
import { isTriggered } from "../stable/position.ts";
import type { PeerBalances } from "../stable/solvency.ts";
import { MSAT_PER_SAT, type Price } from "../stable/units.ts";
import { pursue } from "./claim.ts";
import { advanceEnd } from "./end.ts";
import { peerPriceNow } from "./peer-price.ts";
import { settle } from "./settle.ts";
import { commit, type Engine, type EngineDeps, type Live, type Looked, now } from "./state.ts";
import { statusChanges } from "./status.ts";

/** A kill of the process endangers the channels that are in motion; so few are at once. */
const MAX_IN_FLIGHT = 8;

/** `due`: look only where the check interval has passed and the price left the band. `all`: look at every position. */
export type Look = "due" | "all";

type Good = Extract<Usable, { ok: true }>;

/** @returns every position that was looked at, with what is to be done about it */
export async function tick(engine: Engine, look: Look, only?: string): Promise<Looked[]> {
  const { deps } = engine;
  const usable = deps.price.usable("settle");
  const chosen = choose(engine, look, usable, only);
  if (chosen.length === 0) return [];
  const looked = decideAll(engine, chosen, balancesByPeer(await deps.node.channels()), usable, look);
  await commit(
    engine,
    looked.flatMap((one) => statusChanges(engine, one, usable)),
  );
  if (usable.ok) {
    await pay(engine, looked, usable);
    await pursueAll(engine, looked, usable.price);
  }
  for (const { live } of looked) await advanceEnd(engine, live);
  return looked;
}

/** The positions a look is about: two comparisons each where nothing goes on. */
export function choose(
  engine: Pick<Engine, "state"> & { deps: Pick<EngineDeps, "clock" | "diskProblem"> },
  look: Look,
  usable: Usable,
  only?: string,
): Live[] {
  const at = now(engine.deps);
  const lives = only === undefined ? engine.state.live.values() : [engine.state.live.get(only)];
  const chosen: Live[] = [];
  for (const live of lives) {
    if (live === undefined || live.agreement.status === "proposed") continue;
    if (look === "all" || !usable.ok || needsALook(live, usable.price, at)) chosen.push(live);
  }
  return chosen;
}

function needsALook(live: Live, price: Price, at: number): boolean {
  const { status, terms } = live.agreement;
  if (status !== "active") return true;
  if (live.lastDecision !== undefined && live.lastDecision.action !== "none") return true;
  if (live.owedSinceMs !== undefined || live.thin === true) return true;
  if (!isTriggered(live.triggers, price)) return false;
  // A clock that went back does not stop us.
  return live.lastCheckAt === undefined || at < live.lastCheckAt || at - live.lastCheckAt >= terms.checkSeconds;
}

/** What is to be done about each, by one reading of the channels. */
export function decideAll(
  engine: Pick<Engine, "state" | "peerEnds"> & { deps: Pick<EngineDeps, "clock" | "diskProblem"> },
  chosen: readonly Live[],
  balancesOf: BalancesOf,
  usable: Usable,
  look: Look,
): Looked[] {
  const at = now(engine.deps);
  const disk = engine.deps.diskProblem?.();
  return chosen.map((live) => {
    const balances = balancesOf(counterpartyOf(live.agreement), live.agreement.side);
    const wanted = decideOne(live, balances, usable, { at, look, disk });
    const decision = wanted.action === "pay" || wanted.action === "partial" ? whenFree(engine, live, wanted) : wanted;
    live.lastDecision = decision;
    // What is held was not acted upon: it is looked at again as soon as the reason is gone.
    if (decision.action !== "hold") live.lastCheckAt = at;
    else if (look === "all") delete live.lastCheckAt;
    return { live, decision, balances };
  });
}

function decideOne(
  live: Live,
  balances: PeerBalances,
  usable: Usable,
  when: { at: number; look: Look; disk: string | undefined },
): Decision {
  const { disk } = when;
  const { agreement, open, lastCheckAt } = live;
  const peerPrice = usable.ok ? peerPriceNow(live.peerPrice, usable.price, when.at) : undefined;
  return decide({
    agreement,
    price: usable,
    sendableMsat: balances.sendableMsat,
    leastSendableMsat: balances.leastSendableMsat,
    spendableMsat: balances.ourSpendableMsat,
    peerConnected: balances.usable > 0,
    ...(peerPrice === undefined ? {} : { peerPrice }),
    outstanding: open === undefined ? "none" : open.status === "unknown" ? "unknown" : "in_flight",
    ...(disk === undefined ? {} : { diskProblem: disk }),
    now: when.at,
    ...(when.look === "all" || lastCheckAt === undefined ? {} : { lastCheckAt }),
  });
}

async function pay(engine: Engine, looked: readonly Looked[], at: Good): Promise<void> {
  const usable = engine.deps.price.usable("settle");
  if (!usable.ok || usable.price !== at.price) return;
  const due = looked.flatMap(({ live, decision }) =>
    decision.action === "pay" || decision.action === "partial"
      ? [{ live, amountMsat: decision.amountMsat, price: usable.price, sources: usable.sources }]
      : [],
  );
  if (due.length === 0) return;
  due.sort((a, b) => (a.amountMsat < b.amountMsat ? 1 : -1));
  let inFlight = 0;
  for (const { open } of engine.state.live.values()) if (open !== undefined) inFlight += 1;
  await settle(engine, due.slice(0, Math.max(MAX_IN_FLIGHT - inFlight, 0)));
}

/** An end settles by its own price, and a rev is settled by only once the peer has our accept of it. */
function whenFree(
  { state, peerEnds }: Pick<Engine, "state" | "peerEnds">,
  { agreement: { id, status } }: Live,
  wanted: Extract<Decision, { action: "pay" | "partial" }>,
): Decision {
  const answering = state.outbox.ofAgreement(id).some(({ type }) => type === "accept");
  if (status !== "ending" && !peerEnds.has(id) && !answering) return wanted;
  return { action: "hold", code: "in_flight", reason: holdReasons.in_flight, due: wanted.due };
}

async function pursueAll(engine: Engine, looked: readonly Looked[], present: Price): Promise<void> {
  for (const { live, decision, balances } of looked) {
    const peerCanSend = live.agreement.side === "receiver" ? balances.stakeMsat : balances.theirSpendableMsat;
    const canPay = peerCanSend >= MSAT_PER_SAT;
    await pursue(engine, live, decision, present, { connected: balances.usable > 0, canPay });
  }
}
