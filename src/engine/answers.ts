/**
 * What a peer can make us answer. A refusal, an accept said again, our book to one whose own differs: each is a keysend
 * of ours, so a peer that sends nonsense all day could have them all day. It gets a handful at once and a few an hour
 * after; what it sends beyond is refused, booked and logged as ever, and not answered. How many those were is logged.
 */

import type { Change } from "../stable/ledger.ts";
import { tokenBucket } from "../token-bucket.ts";
import { type AnswerBudget, commit, type Engine } from "./state.ts";

const BURST = 30;
const EVERY_MS = 10_000;
/** Answers that were withheld are told of in one line, so long after the first of them. */
const TELL_MS = 60_000;

/** Whether a message of this type that the peer sent may be answered now. */
export function mayAnswer(engine: Engine, peer: string, type: string): boolean {
  const { clock } = engine.deps;
  const budget: AnswerBudget = engine.answers.get(peer) ?? {
    take: tokenBucket(BURST, EVERY_MS, clock.steadyMs),
    withheld: new Map(),
  };
  engine.answers.set(peer, budget);
  if (budget.take()) return true;
  if (budget.withheld.size === 0) clock.after(TELL_MS, () => engine.later(() => tell(engine, peer, budget)));
  budget.withheld.set(type, (budget.withheld.get(type) ?? 0) + 1);
  return false;
}

async function tell(engine: Engine, peer: string, { withheld }: AnswerBudget): Promise<void> {
  const data = Object.fromEntries([...withheld].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  withheld.clear();
  const line: Change = { put: "audit", entry: { kind: "answers_withheld", peer, data } };
  await commit(engine, [line]);
}
