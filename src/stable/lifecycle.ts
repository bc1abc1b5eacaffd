/** The life of an agreement: one table, state x event. What is not in it can't happen and changes nothing. */
import type { AgreementStatus } from "./agreement.ts";

/** In the order the diagram lists them. */
export const eventNames = [
  "accepted",
  "covered",
  "settled",
  "agreed",
  "end_refused",
  "shortfall",
  "unpaid",
  "disputed",
  "end_proposed",
  "refused",
  "end_agreed",
  "forced",
  "channels_gone",
  "end_lapsed",
] as const;
export const statusNames = [
  "proposed",
  "active",
  "underwater",
  "frozen",
  "ending",
  "ended",
] as const satisfies AgreementStatus[];

export type LifecycleEvent = (typeof eventNames)[number];

export const lifecycleEvents: Readonly<Record<LifecycleEvent, string>> = {
  accepted: "both have signed rev 1",
  covered: "the provider can send what is due, or nothing is due",
  settled: "the peer paid what it owed, or owes nothing any more",
  agreed: "prices and books agree again, or a person said go on",
  end_refused: "the other side refused the end, or it went unanswered",
  shortfall: "the provider owes more than it can send",
  unpaid: "the last allowed claim went unanswered",
  disputed: "the peer's price, or its book, is not ours",
  end_proposed: "one side proposed to end it",
  refused: "the proposal was rejected, withdrawn or has expired",
  end_agreed: "both have signed the end",
  forced: "one side ended it alone",
  channels_gone: "no channel with the peer is left",
  end_lapsed: "the peer had our accept of its end too late, and both are where they were",
};

/** What has to happen with a change of status, besides its line in the audit log. */
export const lifecycleEffects = {
  watch: "solve for the trigger prices and look at the position",
  forget: "drop the proposal; nothing was agreed",
  warn: "say so on the screen, with the figures",
  ask_for_stake: "tell the provider how much stake would cover it again",
  pay_what_we_can: "as debtor, pay in whole satoshis what can be sent",
  stop_paying: "pay nothing until it is resolved",
  apply_exit_policy: "do what the owner chose: wait, end or close",
  send_sync: "tell the peer our book",
  settle_exactly: "settle from one satoshi on, at the price of the end",
  release: "the backing is native again; the channels may be closed",
  keep_evidence: "keep both signatures and the settlements that prove the last agreed book",
} as const satisfies Record<string, string>;

export type LifecycleEffect = keyof typeof lifecycleEffects;

export interface Transition {
  to: AgreementStatus;
  effects: readonly LifecycleEffect[];
}

type Edges = Readonly<Partial<Record<LifecycleEvent, Transition>>>;

const end: Edges = { end_proposed: { to: "ending", effects: ["settle_exactly"] } };
const exits: Edges = {
  forced: { to: "ended", effects: ["release", "keep_evidence", "warn"] },
  channels_gone: { to: "ended", effects: ["keep_evidence", "warn"] },
};
const freezes: Edges = {
  unpaid: { to: "frozen", effects: ["stop_paying", "warn", "apply_exit_policy"] },
  disputed: { to: "frozen", effects: ["stop_paying", "warn", "send_sync"] },
};

export const lifecycle: Readonly<Record<AgreementStatus, Edges>> = {
  proposed: {
    accepted: { to: "active", effects: ["watch"] },
    refused: { to: "ended", effects: ["forget"] },
    channels_gone: { to: "ended", effects: ["forget"] },
  },
  active: {
    shortfall: { to: "underwater", effects: ["pay_what_we_can", "ask_for_stake", "warn"] },
    ...freezes,
    ...end,
    ...exits,
  },
  underwater: {
    covered: { to: "active", effects: ["watch"] },
    ...freezes,
    ...end,
    ...exits,
  },
  frozen: {
    settled: { to: "active", effects: ["watch"] },
    agreed: { to: "active", effects: ["watch", "send_sync"] },
    ...end,
    ...exits,
  },
  ending: {
    end_refused: { to: "active", effects: ["watch", "warn"] },
    end_agreed: { to: "ended", effects: ["release", "keep_evidence"] },
    ...exits,
  },
  ended: { end_lapsed: { to: "active", effects: ["watch", "warn"] } },
};

/** The reason kept with an agreement whose last channel is gone. @param why of the channel, in words */
export function channelsGoneReason(why: string): string {
  return `${lifecycleEvents.channels_gone}: ${why}`;
}

/** Whether an agreement ended because no channel with the peer was left. */
export function isChannelsGone({ reason }: { reason?: string }): boolean {
  return reason?.startsWith(lifecycleEvents.channels_gone) ?? false;
}

/** Where an event leads from a status, or undefined where it means nothing there. */
export function transition(status: AgreementStatus, event: LifecycleEvent): Transition | undefined {
  return lifecycle[status][event];
}

/** The table as a Mermaid state diagram, for docs/protocol.md. */
export function lifecycleDiagram(): string {
  const arrows = statusNames.flatMap((from) => {
    const byTarget = new Map<AgreementStatus, string[]>();
    for (const event of eventNames) {
      const to = transition(from, event)?.to;
      if (to !== undefined) byTarget.set(to, [...(byTarget.get(to) ?? []), event]);
    }
    return [...byTarget].map(([to, names]) => `    ${from} --> ${to}: ${names.join(", ")}`);
  });
  return ["stateDiagram-v2", "    [*] --> proposed", ...arrows, "    ended --> [*]"].join("\n");
}
