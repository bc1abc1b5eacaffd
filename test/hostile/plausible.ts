/** For each type the message that would come next from an honest peer: what the mutations start from. */
import { type Agreement, backingOf } from "../../src/stable/agreement.ts";
import { otherSide, paidTotal, sealEnd, sealPropose, sealRevise, sealSpent } from "../../src/stable/book.ts";
import { convert, targetLeft } from "../../src/stable/convert.ts";
import type { Message, MessageType } from "../../src/stable/messages.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { backingFloor, micro, msat, type Price } from "../../src/stable/units.ts";
import { usd } from "../sim/peer.ts";
import type { Random } from "../sim/random.ts";
import { DOLLARS, type Victim } from "./victim.ts";

export interface Plain {
  message: Message;
  amountMsat: bigint;
}

/** The book as the peer has it. */
function theirs(agreement: Agreement): Agreement {
  return { ...agreement, side: otherSide(agreement.side), proposedByUs: !agreement.proposedByUs };
}

type Make = (victim: Victim, random: Random, price: Price) => Plain;

const control = (message: Message): Plain => ({ message, amountMsat: 1n });

function head(victim: Victim): { v: 1; agreement: string; at: number } {
  return { v: 1, agreement: victim.agreement().id, at: victim.nowSeconds() };
}

const makers: Readonly<Record<MessageType, Make>> = {
  propose: (victim, random, price) => {
    const agreement = victim.agreement();
    const target = micro(BigInt(random.int(1, 20)) * 1_000_000n);
    const draft = {
      agreement: freshId(random),
      at: victim.nowSeconds(),
      channel_id: victim.channelId,
      from_receiver: agreement.side === "provider",
      target,
      backing: backingFloor(target, price),
      price,
      sources: 4,
      terms: defaultTerms,
      expires_at: victim.nowSeconds() + 120,
    };
    const parties = { us: victim.peerId, peer: victim.peer.node.nodeId, proposedByUs: true };
    return control(sealPropose(draft, parties));
  },
  accept: (victim) => {
    const { rev, stateHash } = victim.agreement();
    return control({ ...head(victim), type: "accept", rev: rev + 1, state_hash: stateHash });
  },
  reject: (victim) => control({ ...head(victim), type: "reject", rev: victim.agreement().rev + 1, code: "conflict" }),
  settle: (victim, random, price) => {
    const agreement = victim.agreement();
    const payer = otherSide(agreement.side);
    const amount = msat(BigInt(random.int(2, 5_000)) * 1_000n);
    const total = msat(paidTotal(agreement, payer) + amount);
    const fields = { seq: 2, amount_msat: amount, price, sources: 4, paid_total_after: total };
    return { message: { ...head(victim), type: "settle", ...fields }, amountMsat: amount };
  },
  revise: (victim, random, price) => {
    const agreement = theirs(victim.agreement());
    const after = micro(agreement.targetMicro + BigInt(random.int(1, 5)) * 1_000_000n);
    const holding = { targetMicro: agreement.targetMicro, backingMsat: backingOf(agreement) };
    const made = convert(holding, after, price, agreement.terms.feeBps);
    if (!made.ok) throw new Error(made.reason);
    const fields = { target_after: after, backing_after: made.backingMsat, price, reason: "sell" } as const;
    return control(sealRevise(agreement, fields, victim.nowSeconds()));
  },
  spent: (victim, random, price) => {
    const agreement = theirs(victim.agreement());
    const holding = { targetMicro: agreement.targetMicro, backingMsat: backingOf(agreement) };
    const after = msat(holding.backingMsat - BigInt(random.int(1, 10_000)) * 1_000n);
    const fields = { target_after: targetLeft(holding, after), backing_after: after, price };
    return control(sealSpent(agreement, fields, victim.nowSeconds()));
  },
  claim: (victim, random, price) =>
    control({
      ...head(victim),
      type: "claim",
      due_msat: msat(BigInt(random.int(1, 100_000)) * 1_000n),
      price,
      strike: random.int(1, 100),
    }),
  end: (victim, _random, price) =>
    control(sealEnd(theirs(victim.agreement()), { reason: "wanted", price }, victim.nowSeconds())),
  sync: (victim) => {
    const agreement = victim.agreement();
    const { rev, stateHash, side } = agreement;
    const totals = { paid_by_me: paidTotal(agreement, otherSide(side)), paid_by_you: paidTotal(agreement, side) };
    return control({ ...head(victim), type: "sync", rev, state_hash: stateHash, ...totals });
  },
};

export const messageTypes: readonly MessageType[] = [
  ...(["propose", "accept", "reject", "settle", "revise"] as const),
  ...(["spent", "claim", "end", "sync"] as const),
];

export function plausible(type: MessageType, victim: Victim, random: Random, price = usd(DOLLARS)): Plain {
  return makers[type](victim, random, price);
}

export function freshId(random: Random): string {
  return Array.from({ length: 64 }, () => random.int(0, 15).toString(16)).join("");
}
