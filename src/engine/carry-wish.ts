/** The wish to take an ended agreement up again: made, ended, and what the peer's messages do to it. */
import type { Balances, Channel } from "../node/port.ts";
import type { Agreement } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import type { CarryOver } from "../stable/carry-over.ts";
import type { Change } from "../stable/ledger.ts";
import { isChannelsGone } from "../stable/lifecycle.ts";
import { StableError } from "../stable/stable-error.ts";
import type { Micro, Sat } from "../stable/units.ts";
import { commit, type Engine, now, peerAgreements } from "./state.ts";

export function isOpen(wish: CarryOver | undefined): wish is CarryOver {
  return wish !== undefined && wish.outcome === undefined;
}

export function openOnes({ state }: Pick<Engine, "state">): CarryOver[] {
  return [...state.carryOvers.values()].filter(isOpen);
}

export function carryOverWith({ state }: Pick<Engine, "state">, peer: string): CarryOver | undefined {
  return [...state.carryOvers.values()].find((wish) => isOpen(wish) && wish.peer === peer);
}

export function kept(carryOver: CarryOver): Change {
  return { put: "kept", kept: { kind: "carry_over", agreementId: carryOver.agreementId, carryOver } };
}

export function carryAudit(kind: string, wish: CarryOver, data: Record<string, unknown> = {}): Change {
  return { put: "audit", entry: { kind, agreementId: wish.agreementId, peer: wish.peer, data } };
}

/** The wish on disk. @throws StableError `conflict` where the agreement goes on, or another is carried over */
export async function beginCarryOver(
  engine: Engine,
  agreement: Agreement,
  request: { sizeSat?: Sat; acceptLess: boolean; byHand: boolean },
): Promise<void> {
  const peer = counterpartyOf(agreement);
  if (agreement.status !== "ended") {
    throw new StableError("conflict", `The agreement is ${agreement.status}; only one that ended is taken up again.`);
  }
  const other = carryOverWith(engine, peer);
  if (other !== undefined && other.agreementId !== agreement.id) {
    const name = `${other.agreementId.slice(0, 8)}…`;
    throw new StableError("conflict", `Agreement ${name} with this peer is being taken up already; see \`stable\`.`);
  }
  const { sizeSat, ...rest } = request;
  const { id: agreementId, side, targetMicro, terms } = agreement;
  const wish: CarryOver = {
    ...{ agreementId, peer, side, targetMicro, terms, createdAt: now(engine.deps), opens: 0, asks: 0 },
    ...(isOpen(other) ? other : {}),
    ...rest,
    ...(sizeSat === undefined ? {} : { sizeSat }),
  };
  const data = { target: targetMicro.toString(), by_hand: request.byHand, ...sizeOf(sizeSat) };
  await commit(engine, [kept(wish), carryAudit("carry_over_wanted", wish, data)]);
}

function sizeOf(sizeSat: Sat | undefined): Record<string, string> {
  return sizeSat === undefined ? {} : { size_sat: sizeSat.toString() };
}

export async function endCarryOver(
  engine: Engine,
  wish: CarryOver,
  outcome: NonNullable<CarryOver["outcome"]>,
): Promise<void> {
  await commit(engine, endedCarryOver(wish, outcome));
  engine.carrySteps.delete(wish.agreementId);
}

function endedCarryOver(wish: CarryOver, outcome: NonNullable<CarryOver["outcome"]>): Change[] {
  const data = outcome.kind === "done" ? { to: outcome.agreementId } : outcome.kind === "failed" ? outcome : {};
  return [kept({ ...wish, outcome }), carryAudit(`carry_over_${outcome.kind}`, wish, data)];
}

/** A proposal of the receiver's was accepted: with it the provider's part is done. Committed in the same step. */
export function carriedBy(engine: Engine, accepted: Agreement): Change[] {
  const wish = carryOverWith(engine, counterpartyOf(accepted));
  if (wish === undefined || wish.side !== "provider" || accepted.side !== "provider") return [];
  return endedCarryOver(wish, { kind: "done", agreementId: accepted.id });
}

/**
 * The receiver proposes on a channel that holds nothing of ours: by our policy its old agreement, which ended because
 * all channels were gone, is carried over, up to what it was and once.
 */
export async function bringStake(engine: Engine, peer: string, targetMicro: Micro): Promise<void> {
  if (!engine.deps.policy.carryOver || carryOverWith(engine, peer) !== undefined) return;
  const ended = await engine.deps.store.lastEnded(peer);
  if (ended?.side !== "provider" || !isChannelsGone(ended)) return;
  if (targetMicro > ended.targetMicro || engine.state.carryOvers.has(ended.id)) return;
  if (peerAgreements(engine.state, peer).length > 0) return;
  await beginCarryOver(engine, { ...ended, targetMicro }, { acceptLess: false, byHand: false });
  engine.later(() => engine.afterwards());
}

/** The peer's answer to a proposal of ours, if one was made to carry an agreement over. */
export function refusedChanges(engine: Engine, id: string, code: string, counter?: { target: Micro }): Change[] {
  const wish = openOnes(engine).find(({ proposalId }) => proposalId === id);
  if (wish === undefined) return [];
  const { counterMicro: _, ...rest } = wish;
  const worthIt = counter !== undefined && wish.askedThin !== true;
  return [kept({ ...rest, refusal: code, ...(worthIt ? { counterMicro: counter.target } : {}) })];
}

/** What closed channels with a peer still hold, and until which block at the latest. */
export function returningOf(
  { lightning, sweeps }: Balances,
  channels: readonly Channel[],
  peer: string,
): { amountSat: bigint; untilHeight?: number } {
  const there = new Set(channels.map((c) => c.channelId));
  const locked = lightning.filter((b) => b.counterparty === peer && !there.has(b.channelId));
  const swept = sweeps.filter(({ kind }) => kind !== "awaiting_threshold_confirmations");
  const heights = locked.flatMap(({ confirmationHeight }) => confirmationHeight ?? []);
  const amountSat = [...locked, ...swept].reduce((sum, part) => sum + part.amountSat, 0n);
  return { amountSat, ...(heights.length === 0 ? {} : { untilHeight: Math.max(...heights) }) };
}
