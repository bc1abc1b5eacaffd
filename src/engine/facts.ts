/** What a proposal for the next rev of an agreement is judged by. */
import type { Purpose } from "../price/port.ts";
import type { Agreement } from "../stable/agreement.ts";
import { sumsOf } from "../stable/book.ts";
import type { RevisionInput } from "../stable/check-revision.ts";
import type { Message } from "../stable/messages.ts";
import type { Incoming } from "./incoming.ts";
import { balancesWith, type Engine, now, peerAgreements } from "./state.ts";

export async function revisionFacts<M extends Message>(
  engine: Engine,
  { message, peer }: Incoming<M>,
  agreement: Agreement,
  purpose: Purpose,
): Promise<RevisionInput<M>> {
  const { deps, state } = engine;
  const pending = engine.pending.get(agreement.id);
  return {
    agreement,
    message,
    now: now(deps),
    price: deps.price.usable(purpose),
    policy: deps.policy,
    balances: balancesWith(await deps.node.channels(), peer, agreement.side),
    withPeer: peerAgreements(state, peer),
    totalMicro: sumsOf([...state.live.values()].map((live) => live.agreement)).targetMicro,
    ...(pending === undefined ? {} : { pending }),
    settling: state.live.get(agreement.id)?.open !== undefined,
  };
}
