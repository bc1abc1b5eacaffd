/**
 * Paying what is due, exactly once (docs/protocol.md, "Settlement"): intent on disk, then the keysend, then its outcome
 * on disk. The payment id is SHA-256 of a preimage that is journaled first, so LDK itself refuses a second send.
 */
import { CodedError, type ErrorCode, reasonOf } from "../errors.ts";
import type { Settlement } from "../stable/agreement.ts";
import { counterpartyOf, paidTotal, withPaid } from "../stable/book.ts";
import type { Change } from "../stable/ledger.ts";
import type { Settle } from "../stable/messages.ts";
import { type Msat, msat, type Price } from "../stable/units.ts";
import { paymentIdOf, recordOf, signed } from "./outbox.ts";
import { commit, type Engine, hex, type Live, now } from "./state.ts";

/** Errors of a send that say it never left. Anything else leaves it open until an event or the record tells. */
const neverLeft: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "payment_failed",
  "insufficient_balance",
  "node_not_running",
  "peer_unreachable",
  "bad_argument",
]);

/** LDK forgets a payment that is through seven minutes later, and would then take its preimage once more. */
export const RESEND_SECONDS = 300;

/** Seconds. One that a clock which was ahead has dated into the future is not young: how old it is can't be told. */
export function ageOf({ deps }: Pick<Engine, "deps">, { createdAt }: Settlement): number {
  return Math.abs(now(deps) - createdAt);
}

export interface Payment {
  live: Live;
  amountMsat: Msat;
  price: Price;
  sources: number;
}

/**
 * Pays for agreements: all intents in one durable step, then the keysends. Returns once the node has taken them; the
 * outcomes come as events.
 */
export async function settle(engine: Engine, payments: readonly Payment[]): Promise<void> {
  const intents = await Promise.all(payments.map((payment) => intentOf(engine, payment)));
  await commit(
    engine,
    intents.flatMap((settlement): Change[] => [
      { put: "settlement", settlement },
      settlementAudit("settlement_intent", settlement),
    ]),
  );
  for (const [i, settlement] of intents.entries()) {
    const agreement = payments[i]?.live.agreement;
    if (agreement !== undefined) await sendIntent(engine, settlement, counterpartyOf(agreement));
  }
}

async function intentOf(engine: Engine, pay: Payment): Promise<Settlement> {
  const { agreement, sentSeq } = pay.live;
  const at = now(engine.deps);
  const message: Settle = {
    v: 1,
    type: "settle",
    agreement: agreement.id,
    at,
    seq: sentSeq + 1,
    amount_msat: pay.amountMsat,
    price: pay.price,
    sources: Math.min(pay.sources, 99),
    paid_total_after: msat(paidTotal(agreement, agreement.side) + pay.amountMsat),
  };
  const preimage = hex(engine.deps.random(32));
  return {
    paymentId: paymentIdOf(preimage),
    agreementId: agreement.id,
    payer: agreement.side,
    direction: "sent",
    seq: message.seq,
    amountMsat: pay.amountMsat,
    price: pay.price,
    sources: message.sources,
    paidTotalAfterMsat: message.paid_total_after,
    preimage,
    envelope: await signed(engine, message),
    status: "intent",
    createdAt: at,
  };
}

/** Hands an intent that was just journaled to the node. */
async function sendIntent(engine: Engine, settlement: Settlement, peer: string): Promise<void> {
  const { preimage, amountMsat, envelope } = settlement;
  if (preimage === undefined) return;
  try {
    await engine.deps.node.keysend({ nodeId: peer, amountMsat, preimage, records: [recordOf(envelope)] });
  } catch (error) {
    const code = error instanceof CodedError ? error.code : undefined;
    // Its event is on the way.
    if (code === "already_paid") return;
    if (code !== undefined && neverLeft.has(code)) await failedSettlement(engine, settlement, reasonOf(error));
    else await unknownSettlement(engine, settlement, reasonOf(error));
  }
}

/**
 * Offers an intent of an earlier life to the node again, under the same preimage: where it left after all, the node
 * refuses, and the event of the first offer is on its way. Any other refusal says nothing of that one.
 * @returns whether the node has it now
 */
export async function offerAgain({ deps }: Engine, settlement: Settlement, peer: string): Promise<boolean> {
  const { preimage, amountMsat, envelope } = settlement;
  if (preimage === undefined) return true;
  try {
    await deps.node.keysend({ nodeId: peer, amountMsat, preimage, records: [recordOf(envelope)], again: true });
    return true;
  } catch (error) {
    return error instanceof CodedError && error.code === "already_paid";
  }
}

/** The peer has the money: the counter rises by exactly what was paid. */
export async function paidSettlement(engine: Engine, settlement: Settlement, extra: readonly Change[]): Promise<void> {
  const live = engine.state.live.get(settlement.agreementId);
  const at = now(engine.deps);
  const agreement = live?.agreement ?? (await engine.deps.store.agreement(settlement.agreementId));
  const done: Settlement = { ...settlement, status: "succeeded", resolvedAt: at };
  const counted: Change[] =
    agreement === undefined
      ? []
      : [{ put: "agreement", agreement: withPaid(agreement, settlement.payer, settlement.amountMsat, at) }];
  await commit(engine, [
    { put: "settlement", settlement: done },
    ...counted,
    settlementAudit("settlement_paid", done),
    ...extra,
  ]);
}

/** It did not leave, or came back: nothing was paid, and the next look at the position decides afresh. */
export async function failedSettlement(
  engine: Engine,
  settlement: Settlement,
  reason: string,
  extra: readonly Change[] = [],
): Promise<void> {
  const done: Settlement = { ...settlement, status: "failed", resolvedAt: now(engine.deps) };
  await commit(engine, [
    { put: "settlement", settlement: done },
    settlementAudit("settlement_failed", done, { reason }),
    ...extra,
  ]);
}

/** Whether it left can't be told: the agreement is held until an event or the node's record says. */
async function unknownSettlement(engine: Engine, settlement: Settlement, reason: string): Promise<void> {
  const open: Settlement = { ...settlement, status: "unknown" };
  await commit(engine, [
    { put: "settlement", settlement: open },
    settlementAudit("settlement_unknown", open, { reason }),
  ]);
}

export function settlementAudit(kind: string, settlement: Settlement, data: Record<string, unknown> = {}): Change {
  const { agreementId, paymentId, payer, seq, amountMsat, price, sources, paidTotalAfterMsat } = settlement;
  return {
    put: "audit",
    entry: {
      kind,
      agreementId,
      data: {
        payment_id: paymentId,
        payer,
        seq,
        amount_msat: amountMsat.toString(),
        price: price.toString(),
        sources,
        paid_total_after_msat: paidTotalAfterMsat.toString(),
        ...data,
      },
    },
  };
}
