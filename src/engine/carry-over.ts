/**
 * Carries an ended agreement over to new channels, step by step and by itself: a wish on disk says what was asked for,
 * `nextStep` what comes next, and the two things that cost something, opening a channel and proposing, are journaled
 * before they are done.
 */
import { reasonOf } from "../errors.ts";
import type { Balances, Channel } from "../node/port.ts";
import { sumsOf } from "../stable/book.ts";
import { type CarryFacts, type CarryOver, type CarryStep, nextStep } from "../stable/carry-over.ts";
import { StableError } from "../stable/stable-error.ts";
import { msat, type Sat } from "../stable/units.ts";
import { carryAudit, endCarryOver, kept, openOnes, returningOf } from "./carry-wish.ts";
import { propose } from "./open.ts";
import { balancesWith, commit, type Engine, now, peerAgreements } from "./state.ts";

/** Blocks come without a sign to us: so often it is looked whether money or a channel arrived. */
const LOOK_MS = 10_000;
/** A channel the peer refused, and a proposal it refused, are tried again: first after this, then ever less often. */
const AGAIN_SECONDS = 10;
const MOST_DOUBLINGS = 8;

/** One step of each. @returns once nothing more can be done this moment */
export async function followCarryOvers(engine: Engine): Promise<void> {
  const open = openOnes(engine);
  if (open.length === 0) return;
  const { node, clock } = engine.deps;
  const [channels, balances, peers] = await Promise.all([node.channels(), node.balances(), node.peers()]);
  const connected = new Map(peers.filter((p) => p.connected).map((p) => [p.nodeId, p.address]));
  for (const wish of open) await follow(engine, wish, { channels, balances, connected });
  engine.cancelCarryLook?.();
  engine.cancelCarryLook = clock.after(LOOK_MS, () => engine.later(() => followCarryOvers(engine)));
}

interface Reading {
  channels: readonly Channel[];
  balances: Balances;
  connected: ReadonlyMap<string, string>;
}

async function follow(engine: Engine, found: CarryOver, reading: Reading): Promise<void> {
  const made = found.proposalId === undefined ? undefined : engine.state.live.get(found.proposalId)?.agreement;
  if (made !== undefined && made.status !== "proposed") {
    return endCarryOver(engine, found, { kind: "done", agreementId: made.id });
  }
  const own = reading.channels.filter((c) => c.counterparty === found.peer);
  const wish = await withChannel(engine, found, own);
  if (wish === undefined) return;
  const step = nextStep(wish, factsOf(engine, wish, own, reading, made !== undefined));
  if (engine.carrySteps.get(wish.agreementId)?.step !== step.step) {
    await commit(engine, [carryAudit("carry_over_step", wish, { step: step.step })]);
  }
  engine.carrySteps.set(wish.agreementId, step);
  if (step.step === "open") await open(engine, wish, step.amountSat, reading);
  else if (step.step === "propose") await ask(engine, wish, own, step);
}

/** What became of the channel that was opened for it. Undefined: it is over. */
async function withChannel(engine: Engine, wish: CarryOver, own: readonly Channel[]): Promise<CarryOver | undefined> {
  if (wish.opens === 0) return wish;
  // After a crash the node may not have said yet which channel it was: there is one at most that is ours and new.
  const channel =
    own.find((c) => c.userChannelId === wish.userChannelId) ??
    (wish.userChannelId === undefined ? own.find((c) => c.isOutbound && !c.channelReady) : undefined);
  if (channel?.fundingTxid !== undefined && wish.funded !== true) {
    const next: CarryOver = { ...wish, userChannelId: channel.userChannelId, funded: true };
    await commit(engine, [kept(next), carryAudit("carry_over_funded", next, { funding_txid: channel.fundingTxid })]);
    return next;
  }
  if (channel !== undefined || wish.funded !== true) return wish;
  const reason = "the channel that was opened for it is closed again";
  await endCarryOver(engine, wish, { kind: "failed", reason });
  return undefined;
}

function factsOf(
  engine: Engine,
  wish: CarryOver,
  own: readonly Channel[],
  { balances, channels, connected }: Reading,
  proposed: boolean,
): CarryFacts {
  const { deps, state } = engine;
  const { receiverMsat, stakeMsat } = balancesWith(own, wish.peer, wish.side);
  const opening = own.find((c) => !c.channelReady);
  return {
    price: deps.price.usable("open"),
    receiverMsat,
    stakeMsat,
    readyChannels: own.filter((c) => c.channelReady).length,
    others: sumsOf(peerAgreements(state, wish.peer)),
    ...(opening === undefined
      ? {}
      : { opening: { confirmations: opening.confirmations, required: opening.confirmationsRequired } }),
    // What another channel is being funded with may not be missing from it yet.
    spendableSat: channels.some((c) => c.isOutbound && c.fundingTxid === undefined) ? 0n : balances.onchainSpendableSat,
    reserveSat: deps.openingReserveSat,
    returning: returningOf(balances, channels, wish.peer),
    connected: connected.has(wish.peer),
    proposed,
    minCoverBps: deps.policy.minCoverBps,
  };
}

function waits(engine: Engine, tries: number, lastAt: number | undefined): boolean {
  if (lastAt === undefined || tries === 0) return false;
  const since = now(engine.deps) - lastAt;
  return since >= 0 && since < AGAIN_SECONDS * 2 ** Math.min(tries - 1, MOST_DOUBLINGS);
}

/** Journaled before it is done: after a crash in between it is looked for among the channels before it is tried again. */
async function open(engine: Engine, wish: CarryOver, amountSat: Sat, { connected }: Reading): Promise<void> {
  const { node } = engine.deps;
  const address = connected.get(wish.peer);
  if (address === undefined || waits(engine, wish.opens, wish.openedAt)) return;
  const { userChannelId: _, ...rest } = wish;
  const trying: CarryOver = { ...rest, opens: wish.opens + 1, openedAt: now(engine.deps) };
  await commit(engine, [kept(trying), carryAudit("carry_over_opening", trying, { amount_sat: amountSat.toString() })]);
  try {
    const request = { nodeId: wish.peer, address, amountSat, pushMsat: msat(0n), announced: false };
    const { userChannelId } = await node.openChannel(request);
    await commit(engine, [kept({ ...trying, userChannelId })]);
  } catch (error) {
    await commit(engine, [carryAudit("carry_over_open_failed", trying, { reason: reasonOf(error) })]);
  }
}

/** The old target anew. One that can't be covered yet is the provider's call to bring its stake. */
async function ask(
  engine: Engine,
  wish: CarryOver,
  own: readonly Channel[],
  { targetMicro, thin }: Extract<CarryStep, { step: "propose" }>,
): Promise<void> {
  const renewed = wish.askedThin === true && !thin;
  const asks = renewed ? 0 : wish.asks;
  if (waits(engine, asks, wish.askedAt)) return;
  const ready = own.filter((c) => c.channelReady).toSorted((a, b) => Number(b.capacitySat - a.capacitySat));
  const [channel] = ready;
  if (channel === undefined || !ready.some((c) => c.usable)) return;
  const { askedThin: _, refusal: __, ...rest } = wish;
  const asking = (proposalId: string): CarryOver => ({
    ...rest,
    ...{ asks: asks + 1, askedAt: now(engine.deps), proposalId, ...(thin ? { askedThin: true } : {}) },
  });
  const { side, terms } = wish;
  const request = { channel, side, targetMicro, terms, keepNativeMsat: msat(0n), evenThin: thin };
  try {
    await propose(engine, request, ({ id }) => [kept(asking(id))]);
    engine.carrySteps.set(wish.agreementId, { step: "answer", thin });
  } catch (error) {
    if (!(error instanceof StableError)) throw error;
    const held: CarryOver = { ...rest, asks: asks + 1, askedAt: now(engine.deps), refusal: error.code };
    await commit(engine, [
      kept(held),
      carryAudit("carry_over_held", wish, { code: error.code, reason: error.message }),
    ]);
  }
}
