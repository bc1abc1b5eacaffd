/**
 * Spending out of a stable channel: native goes first, then the target falls in proportion, and the provider is told by
 * `spent`. Looked at only once everything with the peer is quiet: an HTLC under way changes nothing before it resolves.
 */
import { inFlightMsat } from "../node/in-flight.ts";
import type { Channel } from "../node/port.ts";
import { type Agreement, backingOf } from "../stable/agreement.ts";
import { sealSpent, sumsOf } from "../stable/book.ts";
import { checkSpent } from "../stable/check-revision.ts";
import { targetLeft } from "../stable/convert.ts";
import { smaller } from "../stable/integers.ts";
import type { Change } from "../stable/ledger.ts";
import type { Spent } from "../stable/messages.ts";
import { actionDueOf, positionOf } from "../stable/position.ts";
import { nativeOf } from "../stable/solvency.ts";
import { MSAT_PER_SAT, msat } from "../stable/units.ts";
import { beginEnd } from "./end.ts";
import { revisionFacts } from "./facts.ts";
import type { Incoming } from "./incoming.ts";
import { proposeNext } from "./pending.ts";
import type { SpendEffect } from "./port.ts";
import { refuse } from "./refuse.ts";
import { agreeTo } from "./revise.ts";
import { balancesWith, commit, type Engine, type Live, livesWith, now, peerAgreements } from "./state.ts";

/** Looks at every peer whose channels a payment of ours left, or that was not looked at since the start. */
export async function watchSpends(engine: Engine): Promise<void> {
  if (engine.spentPeers.size === 0) return;
  const [channels, payments] = await Promise.all([engine.deps.node.channels(), engine.deps.node.payments()]);
  const paying = payments.some((p) => p.direction === "outbound" && p.kind !== "onchain" && p.status === "pending");
  const byPeer = Map.groupBy(channels, (channel) => channel.counterparty);
  for (const peer of [...engine.spentPeers]) {
    const own = byPeer.get(peer) ?? [];
    if (paying || !isQuiet(engine, peer, own)) continue;
    if (await lookAtSpend(engine, peer, own)) engine.spentPeers.delete(peer);
  }
}

/** No HTLC under way with the peer and no settlement of ours without an outcome: the balances are what they are. */
function isQuiet(engine: Engine, peer: string, channels: readonly Channel[]): boolean {
  return (
    channels.every((channel) => inFlightMsat(channel) === 0n) &&
    livesWith(engine.state, peer).every(({ open }) => open === undefined) &&
    !engine.state.outbox.ofPeer(peer).some(({ id }) => engine.sending.has(id))
  );
}

/** @returns whether there is nothing more to find */
async function lookAtSpend(engine: Engine, peer: string, channels: readonly Channel[]): Promise<boolean> {
  const lives = livesWith(engine.state, peer).filter(({ agreement }) => isOurs(agreement));
  const [first] = lives;
  if (first === undefined || channels.length === 0) return true;
  const { backingMsat } = sumsOf(peerAgreements(engine.state, peer));
  const { receiverMsat } = balancesWith(channels, peer, "receiver");
  // Messages cost a millisatoshi each: less than a satoshi is not worth another message.
  const missing = -nativeOf(receiverMsat, [backingMsat]);
  if (missing < MSAT_PER_SAT) return true;
  // The newest gives first: what was agreed on last is what the spend undoes.
  const giving = lives.toReversed().find(({ agreement }) => backingOf(agreement) > 0n);
  if (giving === undefined) return true;
  return tellSpent(engine, giving, missing);
}

function isOurs({ side, status }: Agreement): boolean {
  return side === "receiver" && (status === "active" || status === "underwater" || status === "frozen");
}

/** What is due from us goes first; meanwhile it is looked at again with every change. */
async function tellSpent(engine: Engine, live: Live, missing: bigint): Promise<boolean> {
  const { agreement } = live;
  const usable = engine.deps.price.usable("settle");
  if (!usable.ok || engine.pending.get(agreement.id) !== undefined) return false;
  if (engine.deps.clock.steadyMs() < (live.askAgainMs ?? 0)) return false;
  if (actionDueOf(positionOf(agreement), usable.price)?.payer === "receiver") return false;
  const backing = backingOf(agreement);
  const after = msat(backing - smaller(missing, backing));
  const target = targetLeft({ targetMicro: agreement.targetMicro, backingMsat: backing }, after);
  const fields = { target_after: target, backing_after: after, price: usable.price };
  await proposeNext(engine, agreement, sealSpent(agreement, fields, now(engine.deps)));
  // With several agreements one may not hold all that is missing: looked at again once this is accepted.
  return false;
}

/** An agreement over nothing has no object any more. */
export async function endEmpty(engine: Engine): Promise<void> {
  for (const live of [...engine.state.live.values()]) {
    const { agreement } = live;
    if (agreement.targetMicro === 0n && isOurs(agreement) && backingOf(agreement) < MSAT_PER_SAT) {
      await beginEnd(engine, live, "all of it was spent");
    }
  }
}

export async function onSpent(engine: Engine, incoming: Incoming<Spent>, base: readonly Change[]): Promise<void> {
  const { agreement } = incoming;
  if (agreement === undefined) return commit(engine, base);
  const verdict = checkSpent(await revisionFacts(engine, incoming, agreement, "settle"));
  if (!verdict.ok) return refuse(engine, incoming, base, verdict.code, verdict.reason);
  await agreeTo(engine, incoming, agreement, verdict.kind === "new" ? verdict.agreement : agreement, base);
}

/**
 * What a payment of this size, fees included, would do to the dollars held: nothing as long as native pays for it.
 * Which channels a payment takes is up to the node; this supposes that it takes most where least is native.
 */
export async function spendEffects(engine: Engine, amountMsat: bigint): Promise<SpendEffect[]> {
  const channels = await engine.deps.node.channels();
  const usable = engine.deps.price.usable("settle");
  const effects: SpendEffect[] = [];
  for (const peer of engine.state.byPeer.keys()) {
    const lives = livesWith(engine.state, peer).filter(({ agreement }) => isOurs(agreement));
    if (lives.length === 0) continue;
    const balances = balancesWith(channels, peer, "receiver");
    const native = nativeOf(balances.receiverMsat, [sumsOf(peerAgreements(engine.state, peer)).backingMsat]);
    const out = smaller(amountMsat, balances.ourSpendableMsat);
    let missing = out - (native > 0n ? native : 0n);
    for (const { agreement } of lives.toReversed()) {
      if (missing <= 0n) break;
      const backing = backingOf(agreement);
      const taken = smaller(missing, backing);
      missing -= taken;
      const due = usable.ok ? actionDueOf(positionOf(agreement), usable.price) : undefined;
      effects.push({
        agreementId: agreement.id,
        targetMicro: agreement.targetMicro,
        targetAfterMicro: targetLeft(
          { targetMicro: agreement.targetMicro, backingMsat: backing },
          msat(backing - taken),
        ),
        fromBackingMsat: msat(taken),
        dueMsat: due?.payer === "receiver" ? due.amountMsat : msat(0n),
      });
    }
  }
  return effects;
}
