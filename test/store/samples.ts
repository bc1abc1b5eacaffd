/** One plain record of each kind, for tests that need no variety. */
import type { Agreement, Settlement } from "../../src/stable/agreement.ts";
import type { Change, OutboxMessage } from "../../src/stable/ledger.ts";
import { micro, msat, price } from "../../src/stable/units.ts";

/** Unix seconds. */
export const NOW = 1_700_000_000;

export function agreement(id: string, fields: Partial<Agreement> = {}): Agreement {
  return {
    id,
    channelId: "c0",
    receiver: "02aa",
    provider: "03bb",
    asset: "USD",
    side: "receiver",
    proposedByUs: true,
    rev: 1,
    targetMicro: micro(4_000_000n),
    backing0Msat: msat(5_000_000n),
    paidByProviderMsat: msat(0n),
    paidByReceiverMsat: msat(0n),
    terms: {
      bandBps: 25,
      floorMicro: micro(10_000n),
      checkSeconds: 10,
      cooldownSeconds: 0,
      toleranceBps: 50,
      minCoverBps: 2_000,
      strikes: 3,
      feeBps: 0,
    },
    status: "active",
    stateHash: "ab".repeat(32),
    price: price(80_000_000_000n),
    createdAt: 1_700_000_000,
    updatedAt: 1_700_000_000,
    strikes: 0,
    ...fields,
  };
}

export function settlement(paymentId: string, agreementId: string, fields: Partial<Settlement> = {}): Settlement {
  return {
    paymentId,
    agreementId,
    payer: "provider",
    direction: "sent",
    seq: 1,
    amountMsat: msat(12_500_000n),
    price: price(80_000_000_000n),
    sources: 4,
    paidTotalAfterMsat: msat(12_500_000n),
    preimage: "cd".repeat(32),
    envelope: { payload: '{"v":1}', signature: "sig" },
    status: "intent",
    createdAt: 1_700_000_000,
    ...fields,
  };
}

export function message(id: string, fields: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    id,
    agreementId: "a1",
    peer: "03bb",
    type: "propose",
    envelope: { payload: '{"v":1}', signature: "sig" },
    createdAt: 1_700_000_000,
    attempts: 0,
    ...fields,
  };
}

/** What the journal of one settlement's intent looks like: the record, its agreement, a line in the audit log, once. */
export function intent(n: number): Change[] {
  return [
    { put: "seen", key: `decided ${n}`, at: NOW },
    { put: "settlement", settlement: settlement(`p${n}`, "a1", { seq: n }) },
    { put: "agreement", agreement: agreement("a1", { paidByProviderMsat: msat(BigInt(n)) }) },
    { put: "audit", entry: { kind: "intent", agreementId: "a1", data: { seq: n } } },
  ];
}
