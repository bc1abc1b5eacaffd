/** How a message of the peer is turned away. */

import type { Change } from "../stable/ledger.ts";
import type { Message, MessageType, Reject, RejectCode } from "../stable/messages.ts";
import { mayAnswer } from "./answers.ts";
import type { Incoming } from "./incoming.ts";
import { queuedFor, signed } from "./outbox.ts";
import { commit, type Engine, now } from "./state.ts";

/** Types that must never be answered by a reject: a reject of a reject would go back and forth for ever. */
const unanswered: ReadonlySet<MessageType> = new Set<MessageType>(["reject", "settle", "claim", "sync"]);

/** Nothing changes; the log gets the bytes, and the peer a code where that helps. */
export async function refuse(
  engine: Engine,
  incoming: Incoming,
  base: readonly Change[],
  code: RejectCode,
  reason: string,
  counter?: Reject["counter"],
): Promise<void> {
  const { message, peer } = incoming;
  const answers = !unanswered.has(message.type) && mayAnswer(engine, peer, message.type);
  const changes: Change[] = [...base, line("message_refused", incoming, { code, reason })];
  if (answers) {
    const reject: Reject = {
      v: 1,
      type: "reject",
      agreement: message.agreement,
      at: now(engine.deps),
      rev: revOf(message),
      code,
      ...("state_hash" in message && message.state_hash !== undefined ? { state_hash: message.state_hash } : {}),
      ...(counter === undefined ? {} : { counter }),
    };
    changes.push(queuedFor(engine, peer, reject, await signed(engine, reject)));
  }
  await commit(engine, changes);
}

function revOf(message: Message): number {
  if (message.type === "propose") return 1;
  return "rev" in message ? message.rev : 0;
}

export function line(kind: string, incoming: Incoming, data: Record<string, unknown>): Change {
  const { message, peer, envelope, paymentId, amountMsat } = incoming;
  return {
    put: "audit",
    entry: {
      kind,
      agreementId: message.agreement,
      peer,
      data: {
        type: message.type,
        payload: envelope.payload,
        payment_id: paymentId,
        amount_msat: amountMsat.toString(),
        ...data,
      },
    },
  };
}
