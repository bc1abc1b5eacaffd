/** Proposing an agreement: everything is checked on our side first, then the peer is asked. */
import type { Channel } from "../node/port.ts";
import type { Agreement, Side, Terms } from "../stable/agreement.ts";
import { type Parties, proposedAgreement, sealPropose, sumsOf } from "../stable/book.ts";
import type { Change } from "../stable/ledger.ts";
import type { Propose } from "../stable/messages.ts";
import { usdText } from "../stable/money-text.ts";
import { coverOf, isCovered, largestTarget, nativeOf, type PeerBalances } from "../stable/solvency.ts";
import { StableError } from "../stable/stable-error.ts";
import { backingFloor, type Micro, MSAT_PER_SAT, type Msat, micro, type Price } from "../stable/units.ts";
import { queuedFor, signed } from "./outbox.ts";
import { revisionOf } from "./propose.ts";
import { balancesWith, commit, type Engine, hex, now, peerAgreements } from "./state.ts";

/** Kept for the messages of the receiver, which carry a millisatoshi or a channel's least amount each. */
const MESSAGE_MSAT = 1_000n;

/** How long a proposal stands. */
const PROPOSAL_SECONDS = 120;

export interface OpenRequest {
  channel: Channel;
  side: Side;
  targetMicro: Micro;
  keepNativeMsat: Msat;
  /** Instead of our own: the peer's counter-offer. */
  terms?: Terms;
  /** Although the stake is too thin: the refusal makes the provider bring more (carry-over.ts). */
  evenThin?: boolean;
}

/**
 * Journals and queues the proposal, and in the same step whatever else hangs on it.
 * @returns its agreement, in status `proposed`; the answer comes through `engine.waiters`
 * @throws StableError with everything that speaks against it
 */
export async function propose(
  engine: Engine,
  request: OpenRequest,
  also: (agreement: Agreement) => readonly Change[] = () => [],
): Promise<Agreement> {
  const { deps, state } = engine;
  const { terms = deps.terms } = request;
  const peer = request.channel.counterparty;
  const usable = deps.price.usable("open");
  if (!usable.ok) throw new StableError(usable.code, `No stable channel now: ${usable.reason}.`);
  const balances = balancesWith(await deps.node.channels(), peer, request.side);
  const agreements = peerAgreements(state, peer);
  refuseConflicts(agreements, request.side);
  const backing = backingFloor(request.targetMicro, usable.price);
  refuseTooLarge({ request, agreements, balances, price: usable.price, backing, coverBps: terms.minCoverBps });
  if (balances.usable === 0) {
    throw new StableError("peer_unreachable", `The peer ${peer.slice(0, 16)}… is not connected; try again when it is.`);
  }

  const at = now(deps);
  const parties: Parties = { us: deps.nodeId, peer, proposedByUs: true };
  const draft = {
    agreement: hex(deps.random(32)),
    at,
    channel_id: request.channel.channelId,
    from_receiver: request.side === "receiver",
    target: request.targetMicro,
    backing,
    price: usable.price,
    sources: Math.min(usable.sources, 99),
    terms,
    expires_at: at + PROPOSAL_SECONDS,
  };
  const agreement = proposedAgreement(draft, parties, at);
  return send(engine, sealPropose(draft, parties), agreement, peer, also(agreement));
}

async function send(
  engine: Engine,
  message: Propose,
  agreement: Agreement,
  peer: string,
  also: readonly Change[],
): Promise<Agreement> {
  const envelope = await signed(engine, message);
  await commit(engine, [
    { put: "agreement", agreement },
    revisionOf(agreement, "propose", envelope, agreement.createdAt),
    queuedFor(engine, peer, message, envelope),
    {
      put: "audit",
      entry: { kind: "proposed", agreementId: agreement.id, peer, data: { payload: envelope.payload } },
    },
    ...also,
  ]);
  engine.pending.set(agreement.id, {
    proposal: message,
    rev: agreement.rev,
    envelope,
    after: { ...agreement, status: "active" },
    sinceMs: engine.deps.clock.steadyMs(),
  });
  return agreement;
}

function refuseConflicts(agreements: readonly Agreement[], side: Side): void {
  const waiting = agreements.find((a) => a.status === "proposed");
  if (waiting !== undefined) {
    throw new StableError(
      "conflict",
      `A proposal to this peer still waits for its answer (${waiting.id.slice(0, 8)}…).`,
    );
  }
  const other = agreements.find((a) => a.side !== side);
  if (other !== undefined) {
    throw new StableError(
      "conflict",
      `With this peer you are the stable ${other.side} already (${other.id.slice(0, 8)}…); end that agreement first.`,
    );
  }
}

function refuseTooLarge(input: {
  request: OpenRequest;
  agreements: readonly Agreement[];
  balances: PeerBalances;
  price: Price;
  backing: Msat;
  coverBps: number;
}): void {
  const { request, agreements, balances, price, backing, coverBps } = input;
  const sums = sumsOf(agreements);
  const native = nativeOf(balances.receiverMsat, [sums.backingMsat]);
  const free = native - request.keepNativeMsat - (request.side === "receiver" ? MESSAGE_MSAT : 0n);
  const others = {
    targetMicro: micro(sums.targetMicro),
    backingMsat: sums.backingMsat,
    stakeMsat: balances.stakeMsat,
  };
  const most = largestTarget(others, free > 0n ? free : 0n, price, coverBps);
  const possible = `the most that is possible is ${usdText(floorToCent(most))}`;
  if (backing > free) {
    throw new StableError(
      "insufficient_balance",
      `${usdText(request.targetMicro)} at ${usdText(price)} a bitcoin needs ${satText(backing)}, and the stable receiver has ` +
        `${satText(free > 0n ? free : 0n)} free${keepText(request.keepNativeMsat)}; ${possible}.`,
    );
  }
  const all = {
    targetMicro: micro(sums.targetMicro + request.targetMicro),
    backingMsat: sums.backingMsat + backing,
    stakeMsat: balances.stakeMsat,
  };
  if (request.evenThin !== true && !isCovered(all, price, coverBps)) {
    const { coveredTo, dropBps } = coverOf(all, price);
    throw new StableError(
      "insufficient_cover",
      `The provider could pay only down to ${usdText(coveredTo)} a bitcoin (-${dropBps / 100} %), and ` +
        `${coverBps / 100} % are asked for; ${possible}.`,
    );
  }
}

function keepText(keep: Msat): string {
  return keep > 0n ? ` beside the ${satText(keep)} to keep native` : "";
}

function satText(amount: bigint): string {
  return `${amount / MSAT_PER_SAT} sat`;
}

function floorToCent(value: bigint): bigint {
  return value - (value % 10_000n);
}
