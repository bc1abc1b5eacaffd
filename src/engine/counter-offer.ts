/** A peer that refuses may say what it would accept instead: shown to a person, taken up by wish or by policy. */
import type { Side } from "../stable/agreement.ts";
import { termsProblem } from "../stable/check-propose.ts";
import { BPS } from "../stable/integers.ts";
import type { Reject } from "../stable/messages.ts";
import { usdText } from "../stable/money-text.ts";
import type { Policy } from "../stable/policy.ts";
import { StableError } from "../stable/stable-error.ts";
import type { Answer } from "./state.ts";

export type Counter = NonNullable<Reject["counter"]>;
type Refused = Extract<Answer, { accepted: false }>;

/**
 * Whether to propose what the peer would accept: never more than was wanted, never terms against our own policy, and
 * without a person's word only as much less as the policy allows.
 */
export function takesUp(
  counter: Counter,
  wanted: { targetMicro: bigint; side: Side },
  policy: Policy,
  byWord: boolean,
): boolean {
  if (counter.target > wanted.targetMicro) return false;
  if (termsProblem(counter.terms, policy, wanted.side === "provider") !== undefined) return false;
  return byWord || counter.target * BPS >= wanted.targetMicro * (BPS - BigInt(policy.counterBps));
}

/** The proposal as an error when the peer refuses it. */
export function refusedError({ code, counter }: Refused): StableError {
  if (counter === undefined) return new StableError("rejected", `The peer refused the proposal (${code}).`);
  const { bandBps, cooldownSeconds, checkSeconds, feeBps } = counter.terms;
  const terms = `a band of ${bandBps} bps, pauses of ${Math.max(cooldownSeconds, checkSeconds)} s and a fee of ${feeBps} bps`;
  return new StableError(
    "rejected",
    `The peer refused the proposal (${code}). It would accept ${usdText(counter.target)} at ${usdText(counter.price)} a bitcoin ` +
      `with ${terms}; ask for that, or say --accept-counter.`,
  );
}
