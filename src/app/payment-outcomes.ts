import type { Clock } from "../clock.ts";
import type { PaymentOutcome } from "../commands/context.ts";
import type { Node, NodeEvent } from "../node/port.ts";
import { msat } from "../stable/units.ts";

const REMEMBERED = 1_000;

/** Lets a command wait for how a payment ended; fed with every event of the node. */
export interface PaymentOutcomes {
  onEvent(event: NodeEvent): void;
  wait(paymentId: string, timeoutMs: number): Promise<PaymentOutcome>;
}

export function paymentOutcomes(node: Pick<Node, "payment">, clock: Clock): PaymentOutcomes {
  const known = new Map<string, PaymentOutcome>();
  const waiting = new Map<string, Set<(outcome: PaymentOutcome) => void>>();

  function settle(paymentId: string, outcome: PaymentOutcome): void {
    // PaymentFailed may follow PaymentSent (ldk-node #1065); what succeeded stays so.
    if (known.get(paymentId)?.status === "succeeded") return;
    known.set(paymentId, outcome);
    if (known.size > REMEMBERED) {
      const oldest = known.keys().next();
      if (!oldest.done) known.delete(oldest.value);
    }
    for (const resolve of waiting.get(paymentId) ?? []) resolve(outcome);
    waiting.delete(paymentId);
  }

  /** The event may have come before anyone waited, in an earlier run even: the node's record says so. */
  async function recorded(paymentId: string): Promise<PaymentOutcome | undefined> {
    const payment = await node.payment(paymentId);
    if (payment?.status === "succeeded") {
      return { status: "succeeded", feePaidMsat: payment.feePaidMsat ?? msat(0n) };
    }
    return payment?.status === "failed" ? { status: "failed", reason: "see the node's log" } : undefined;
  }

  return {
    onEvent(event) {
      if (event.kind === "payment_successful") {
        settle(event.paymentId, { status: "succeeded", feePaidMsat: event.feePaidMsat ?? msat(0n) });
      } else if (event.kind === "payment_failed" && event.paymentId !== undefined) {
        settle(event.paymentId, { status: "failed", reason: event.reason ?? "no reason given" });
      }
    },
    async wait(paymentId, timeoutMs) {
      const remembered = known.get(paymentId);
      if (remembered !== undefined) return remembered;
      const outcome = Promise.withResolvers<PaymentOutcome>();
      const waiters = waiting.get(paymentId) ?? new Set();
      waiting.set(paymentId, waiters.add(outcome.resolve));
      const cancel = clock.after(timeoutMs, () => {
        waiters.delete(outcome.resolve);
        outcome.resolve({ status: "pending" });
      });
      recorded(paymentId).then(
        (found) => found !== undefined && settle(paymentId, found),
        () => undefined, // a node that is stopping: the wait ends by event or by time
      );
      return outcome.promise.finally(cancel);
    },
  };
}
