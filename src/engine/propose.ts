/** Agreements begin here: our proposal, and our answer to the peer's. */
import type { Agreement, Envelope } from "../stable/agreement.ts";
import { sumsOf } from "../stable/book.ts";
import { stateText } from "../stable/canonical.ts";
import { checkPropose } from "../stable/check-propose.ts";
import type { Change } from "../stable/ledger.ts";
import type { Accept, Propose } from "../stable/messages.ts";
import { mayAnswer } from "./answers.ts";
import { bringStake, carriedBy } from "./carry-wish.ts";
import { concedeTo, concession } from "./concessions.ts";
import type { Incoming } from "./incoming.ts";
import { queuedFor, signed } from "./outbox.ts";
import { line, refuse } from "./refuse.ts";
import { balancesWith, commit, type Engine, now, peerAgreements } from "./state.ts";

export async function onPropose(engine: Engine, incoming: Incoming<Propose>, base: Change[]): Promise<void> {
  const { deps, state } = engine;
  const { message, envelope, peer, agreement: existing } = incoming;
  const channels = (await deps.node.channels()).filter((c) => c.counterparty === peer);
  const verdict = checkPropose({
    message,
    us: deps.nodeId,
    peer,
    now: now(deps),
    price: deps.price.usable("open"),
    policy: deps.policy,
    channelIds: channels.filter((c) => c.channelReady).map((c) => c.channelId),
    balances: balancesWith(channels, peer, message.from_receiver ? "provider" : "receiver"),
    ...(existing === undefined ? {} : { existing }),
    withPeer: peerAgreements(state, peer),
    totalMicro: sumsOf([...state.live.values()].map((live) => live.agreement)).targetMicro,
  });
  if (!verdict.ok) {
    await refuse(engine, incoming, base, verdict.code, verdict.reason, verdict.counter);
    if (verdict.code === "insufficient_cover") await bringStake(engine, peer, message.target);
    return;
  }
  const { agreement } = verdict;
  const { accept, acceptance } = await acceptOf(engine, agreement);
  if (verdict.kind === "repeat") {
    const repeated = line("message_repeated", incoming, {});
    const again = mayAnswer(engine, peer, message.type) ? [queuedFor(engine, peer, accept, acceptance)] : [];
    return commit(engine, [...base, ...again, repeated]);
  }
  const change = { fromMicro: 0n, toMicro: agreement.targetMicro, theirs: message.price };
  const price = concession(engine, peer, agreement, change);
  if (!price.ok) return refuse(engine, incoming, base, price.code, price.reason);
  const active: Agreement = { ...agreement, status: "active" };
  await commit(engine, [
    ...base,
    { put: "agreement", agreement: active },
    revisionOf(active, "propose", envelope, now(deps), acceptance),
    queuedFor(engine, peer, accept, acceptance),
    ...carriedBy(engine, active),
    line("agreement_accepted", incoming, { covered_to: verdict.cover.coveredTo.toString() }),
  ]);
  concedeTo(engine, peer, price);
}

export async function acceptOf(
  engine: Engine,
  agreement: Agreement,
): Promise<{ accept: Accept; acceptance: Envelope }> {
  const accept: Accept = {
    v: 1,
    type: "accept",
    agreement: agreement.id,
    at: now(engine.deps),
    rev: agreement.rev,
    state_hash: agreement.stateHash,
  };
  return { accept, acceptance: await signed(engine, accept) };
}

export function revisionOf(
  agreement: Agreement,
  kind: string,
  proposal: Envelope,
  at: number,
  acceptance?: Envelope,
): Change {
  const { id, rev, stateHash } = agreement;
  const both = acceptance === undefined ? {} : { acceptance };
  return {
    put: "revision",
    revision: { agreementId: id, rev, kind, stateHash, state: stateText(agreement), proposal, ...both, at },
  };
}
