/** What a running engine knows besides the ledger: its ports, and each agreement with what is under way for it. */
import type { Clock } from "../clock.ts";
import { unixNow } from "../clock.ts";
import type { Channel, Node } from "../node/port.ts";
import type { PriceFeed } from "../price/port.ts";
import type { Agreement, Envelope, Settlement, Side, Terms } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import type { CarryOver, CarryStep } from "../stable/carry-over.ts";
import type { Pending } from "../stable/check.ts";
import type { Difference } from "../stable/check-sync.ts";
import type { Conceded } from "../stable/concession.ts";
import type { Decision } from "../stable/decision.ts";
import type { Kept, KeptKind, KeptOf } from "../stable/kept.ts";
import type { Change, LedgerStore } from "../stable/ledger.ts";
import { type LifecycleEvent, transition } from "../stable/lifecycle.ts";
import type { End, Reject } from "../stable/messages.ts";
import type { Outbox } from "../stable/outbox.ts";
import type { Policy } from "../stable/policy.ts";
import { positionOf, type TriggerPrices, triggerPrices } from "../stable/position.ts";
import { type PeerBalances, peerBalances } from "../stable/solvency.ts";
import type { Sat } from "../stable/units.ts";
import type { Incoming } from "./incoming.ts";

/** What the engine asks of a node. */
export type EngineNode = Pick<
  Node,
  | "balances"
  | "channels"
  | "keysend"
  | "payment"
  | "payments"
  | "sign"
  | "verify"
  | "peers"
  | "openChannel"
  | "closeChannel"
  | "forceCloseChannel"
>;

export interface EngineDeps {
  node: EngineNode;
  /** Our node id. */
  nodeId: string;
  store: LedgerStore;
  price: PriceFeed;
  clock: Clock;
  random: (bytes: number) => Uint8Array;
  policy: Policy;
  /** What we propose. */
  terms: Terms;
  /** What is wrong with the disk, while it is: nothing new is paid then. */
  diskProblem?: () => string | undefined;
  /** What has to stay on chain beside a channel we open. */
  openingReserveSat: Sat;
}

/** An agreement that has not ended, and what goes on around it. */
export interface Live {
  agreement: Agreement;
  /** Successful settlements of ours, and booked ones of the peer's: the next `seq` is one more. */
  sentSeq: number;
  receivedSeq: number;
  /** Our settlement without an outcome; at most one. */
  open?: Settlement;
  /** Unix seconds. */
  lastCheckAt?: number;
  lastDecision?: Decision;
  /** Steady milliseconds: since when the peer owes more than any honest price could excuse, and the next claim. */
  owedSinceMs?: number;
  nextClaimMs?: number;
  peerPrice?: KeptOf<"peer_price">;
  /** How the peer's book differs by its last sync, and since when (steady milliseconds) there was a difference. */
  differences?: { found: readonly Difference[]; sinceMs: number };
  /** Steady milliseconds: since when all speaks against our open settlement having left, or still being under way. */
  doubtedSinceMs?: number;
  /** Steady milliseconds: a proposal was refused; the engine makes none by itself before this. */
  askAgainMs?: number;
  /** How often in a row that happened. */
  refusals?: number;
  /** Steady milliseconds: when our book went to the peer last. */
  syncSentMs?: number;
  /** When our end was sent again last. */
  remindedAt?: number;
  /** Half the cushion is gone, and it was said. */
  thin?: boolean;
  /** Solved for the present backing and target; recomputed when either moves. */
  triggers: TriggerPrices;
}

/** One position looked at, and what is to be done about it. */
export interface Looked {
  live: Live;
  decision: Decision;
  balances: PeerBalances;
}

export interface EngineState {
  live: Map<string, Live>;
  /** Ids of the live agreements by the peer's node id. */
  byPeer: Map<string, Set<string>>;
  /** The last that ended, newest first. */
  ended: Agreement[];
  outbox: Outbox;
  /** Ended agreements that are taken up again, or were. By the agreement that ended. */
  carryOvers: Map<string, CarryOver>;
  /** Exits the owner's policy began, and the closing of channels that followed. By agreement. */
  exits: Map<string, KeptOf<"exit">>;
  exitCloses: Map<string, KeptOf<"exit_close">>;
  /** What may still be said to proposals of ours, by agreement: see src/stable/kept.ts. */
  refused: Map<string, KeptOf<"refused">>;
  crossedEnds: Set<string>;
  /** State hashes. */
  tooLate: Map<string, string>;
}

/** What the parts of a running engine share. */
export interface Engine {
  deps: EngineDeps;
  state: EngineState;
  /** Outbox messages handed to the node and not yet answered, and since when (steady ms). By id. */
  sending: Map<string, number>;
  /** Those that wait for their next try. */
  resting: Set<string>;
  /** Runs a task in the engine's queue; what it throws is told to whoever watches the engine. */
  later(task: () => Promise<void>): void;
  /** What becomes possible once something moved: messages go out, ends advance, positions are looked at. */
  afterwards(): Promise<void>;
  /** Proposals of ours that wait for the peer's answer, one per agreement. */
  pending: Map<string, PendingProposal>;
  /** Ends the peer proposed that wait until what is due is paid. By agreement. */
  peerEnds: Map<string, Incoming<End>>;
  /** Somebody waits for what a peer says to a proposal of ours. Agreement id -> what to tell. */
  waiters: Map<string, (answer: Answer) => void>;
  /** Peers whose channels a payment of ours left: whether it took from a backing is looked at once all is quiet. */
  spentPeers: Set<string>;
  /** Peers that have our book since they are connected. */
  synced: Set<string>;
  /** Agreements whose book goes out again in a while, since it differs from the peer's. */
  syncLater: Set<string>;
  /** What each peer gained by the prices it named. By node id. */
  conceded: Map<string, Conceded>;
  /** What each peer may still have us answer. By node id. */
  answers: Map<string, AnswerBudget>;
  /** Settlements an earlier life of ours may have handed to the node, by payment id, until they are over... */
  earlier: Set<string>;
  /** ...those of them that were offered again, so that the node has them for certain... */
  offered: Set<string>;
  /** ...and messages of that life, by payment id. */
  earlierMessages: Set<string>;
  /** Where each open carry-over stood when it was looked at last. */
  carrySteps: Map<string, CarryStep>;
  cancelCarryLook?: () => void;
  /** Steady milliseconds: when a wait began that is on disk by the wall clock. By kind and agreement. */
  waitsSinceMs: Map<string, number>;
  cancelExitLook?: () => void;
}

export interface AnswerBudget {
  take: () => boolean;
  /** By the type of the message that got no answer, since the log last told. */
  withheld: Map<string, number>;
}

export interface PendingProposal extends Pending {
  envelope: Envelope;
  /** The agreement once it is accepted; the paid counters are taken as they stand then. */
  after: Agreement;
  /** Steady milliseconds: when it was made, or resumed after a restart. */
  sinceMs: number;
  /** Its deadline has passed. The peer may have accepted it all the same: it stands until the peer's book says not. */
  expired?: true;
}

/** How a proposal of ours ended. */
export type Answer =
  | { accepted: true; agreement: Agreement }
  | { accepted: false; code: string; counter?: NonNullable<Reject["counter"]> };

export function newState(outbox: Outbox, ended: Agreement[]): EngineState {
  return {
    outbox,
    ended,
    live: new Map(),
    byPeer: new Map(),
    carryOvers: new Map(),
    exits: new Map(),
    exitCloses: new Map(),
    refused: new Map(),
    crossedEnds: new Set(),
    tooLate: new Map(),
  };
}

export function liveOf(
  agreement: Agreement,
  counts: { sentSeq: number; receivedSeq: number; open?: Settlement },
): Live {
  return { agreement, ...counts, triggers: triggerPrices(positionOf(agreement)) };
}

export function addLive(state: EngineState, live: Live): void {
  const { id } = live.agreement;
  const peer = counterpartyOf(live.agreement);
  state.live.set(id, live);
  state.byPeer.set(peer, (state.byPeer.get(peer) ?? new Set()).add(id));
}

function removeLive(state: EngineState, agreement: Agreement): void {
  state.live.delete(agreement.id);
  state.byPeer.get(counterpartyOf(agreement))?.delete(agreement.id);
}

export function livesWith(state: EngineState, peer: string): Live[] {
  return [...(state.byPeer.get(peer) ?? [])].flatMap((id) => state.live.get(id) ?? []);
}

export function peerAgreements(state: EngineState, peer: string): Agreement[] {
  return livesWith(state, peer).map((live) => live.agreement);
}

export function balancesWith(channels: readonly Channel[], peer: string, side: Side): PeerBalances {
  return peerBalances(
    channels.filter((channel) => channel.counterparty === peer),
    side,
  );
}

/**
 * Commits, then brings memory to what the disk now says. The one way anything changes.
 * @throws StoreError; then nothing changed
 */
export async function commit(engine: Pick<Engine, "state" | "deps">, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await engine.deps.store.commit(changes);
  for (const change of changes) applyToMemory(engine.state, change);
}

function applyToMemory(state: EngineState, change: Change): void {
  if ("drop" in change) {
    if (change.drop === "outbox") state.outbox.drop(change.id);
    else if (change.drop === "kept") dropKept(state, change.kind, change.agreementId);
  } else if (change.put === "agreement") {
    applyAgreement(state, change.agreement);
  } else if (change.put === "settlement") {
    applySettlement(state, change.settlement);
  } else if (change.put === "outbox") {
    state.outbox.put(change.message);
  } else if (change.put === "kept") {
    applyKept(state, change.kept);
  }
}

export function applyKept(state: EngineState, kept: Kept): void {
  const { agreementId: id } = kept;
  const live = state.live.get(id);
  if (kept.kind === "carry_over") state.carryOvers.set(id, kept.carryOver);
  else if (kept.kind === "exit") state.exits.set(id, kept);
  else if (kept.kind === "exit_close") state.exitCloses.set(id, kept);
  else if (kept.kind === "refused") state.refused.set(id, kept);
  else if (kept.kind === "crossed_end") state.crossedEnds.add(id);
  else if (kept.kind === "too_late") state.tooLate.set(id, kept.stateHash);
  else if (live !== undefined) live.peerPrice = kept;
}

function dropKept(state: EngineState, kind: KeptKind, id: string): void {
  const maps = {
    carry_over: state.carryOvers,
    exit: state.exits,
    exit_close: state.exitCloses,
    refused: state.refused,
    crossed_end: state.crossedEnds,
    too_late: state.tooLate,
  };
  if (kind === "peer_price") delete state.live.get(id)?.peerPrice;
  else maps[kind].delete(id);
}

const ENDED_KEPT = 20;

function applyAgreement(state: EngineState, agreement: Agreement): void {
  const live = state.live.get(agreement.id);
  if (agreement.status === "ended") {
    removeLive(state, agreement);
    state.ended = [agreement, ...state.ended.filter((other) => other.id !== agreement.id)].slice(0, ENDED_KEPT);
  } else if (live === undefined) {
    state.ended = state.ended.filter((other) => other.id !== agreement.id);
    addLive(state, liveOf(agreement, { sentSeq: 0, receivedSeq: 0 }));
  } else {
    live.agreement = agreement;
    live.triggers = triggerPrices(positionOf(agreement));
  }
}

function applySettlement(state: EngineState, settlement: Settlement): void {
  const live = state.live.get(settlement.agreementId);
  if (live === undefined) return;
  const counts = settlement.status === "succeeded" && settlement.flag !== "native";
  if (settlement.direction === "received") {
    if (counts) live.receivedSeq = Math.max(live.receivedSeq, settlement.seq);
    return;
  }
  if (counts) live.sentSeq = Math.max(live.sentSeq, settlement.seq);
  const resolved = settlement.status === "succeeded" || settlement.status === "failed";
  if (!resolved) live.open = settlement;
  else if (live.open?.paymentId === settlement.paymentId) delete live.open;
}

/** The agreement where the lifecycle's table takes it; the same one where the event means nothing there. */
export function moved(agreement: Agreement, event: LifecycleEvent, at: number, reason?: string): Agreement {
  const to = transition(agreement.status, event)?.to;
  if (to === undefined) return agreement;
  const { reason: _, ...rest } = agreement;
  return { ...rest, status: to, updatedAt: at, ...(reason === undefined ? {} : { reason }) };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function now(deps: Pick<EngineDeps, "clock">): number {
  return unixNow(deps.clock);
}
