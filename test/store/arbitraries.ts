/** Arbitrary records of the ledger's contract, up to the largest amounts its units allow. */
import fc from "fast-check";
import type {
  Agreement,
  AgreementStatus,
  Envelope,
  Settlement,
  SettlementStatus,
  Side,
} from "../../src/stable/agreement.ts";
import type { CarryOver } from "../../src/stable/carry-over.ts";
import type { Kept } from "../../src/stable/kept.ts";
import type {
  AuditEntry,
  Change,
  ChannelOrder,
  ForwardRecord,
  JitInvoiceRecord,
  OpenedChannel,
  OutboxMessage,
  Revision,
} from "../../src/stable/ledger.ts";
import { MAX_MICRO, MAX_MSAT, micro, msat, price, sat, signedMsat } from "../../src/stable/units.ts";
import type { StableWish, WishStatus } from "../../src/stable/wish.ts";

/** Any text a peer could send, NUL and astral characters included. */
const anyText = fc.string({ unit: "binary", maxLength: 40 });
const anyCount = fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER));
const anyMsat = fc.oneof(fc.bigInt(0n, MAX_MSAT), fc.constantFrom(0n, MAX_MSAT)).map(msat);
const anySignedMsat = fc.oneof(fc.bigInt(-MAX_MSAT, MAX_MSAT), fc.constantFrom(-MAX_MSAT, MAX_MSAT)).map(signedMsat);
const anyMicro = fc.oneof(fc.bigInt(0n, MAX_MICRO), fc.constantFrom(0n, MAX_MICRO)).map(micro);
const anyPrice = fc.oneof(fc.bigInt(1n, MAX_MICRO), fc.constantFrom(1n, MAX_MICRO)).map(price);
const anySide = fc.constantFrom<Side>("receiver", "provider");
const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({ payload: anyText, signature: anyText });

const members = <T extends string>(all: { [K in T]: K }) => fc.constantFrom<T>(...Object.values<T>(all));

const agreementStatuses = members<AgreementStatus>({
  proposed: "proposed",
  active: "active",
  underwater: "underwater",
  frozen: "frozen",
  ending: "ending",
  ended: "ended",
});
const settlementStatuses = members<SettlementStatus>({
  intent: "intent",
  sent: "sent",
  succeeded: "succeeded",
  failed: "failed",
  unknown: "unknown",
});

/** Fields that are always there and fields that may be; an absent one has no key. */
const record = <A extends object, B extends object>(must: fc.Arbitrary<A>, may: fc.Arbitrary<B>): fc.Arbitrary<A & B> =>
  fc.tuple(must, may).map(([a, b]) => ({ ...a, ...b }));

const optional = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] });

export const anyAgreement = (id: fc.Arbitrary<string>): fc.Arbitrary<Agreement> =>
  record(
    fc.record({
      id,
      channelId: anyText,
      receiver: anyText,
      provider: anyText,
      asset: fc.constant<"USD">("USD"),
      side: anySide,
      proposedByUs: fc.boolean(),
      rev: anyCount,
      targetMicro: anyMicro,
      backing0Msat: anySignedMsat,
      paidByProviderMsat: anyMsat,
      paidByReceiverMsat: anyMsat,
      terms: fc.record({
        bandBps: anyCount,
        floorMicro: anyMicro,
        checkSeconds: anyCount,
        cooldownSeconds: anyCount,
        toleranceBps: anyCount,
        minCoverBps: anyCount,
        strikes: anyCount,
        feeBps: anyCount,
      }),
      status: agreementStatuses,
      stateHash: anyText,
      price: anyPrice,
      createdAt: anyCount,
      updatedAt: anyCount,
      strikes: anyCount,
    }),
    optional({ reason: anyText, expiresAt: anyCount, lastSettlementAt: anyCount }),
  );

export const anySettlement = (agreementId: fc.Arbitrary<string>): fc.Arbitrary<Settlement> =>
  record(
    fc.record({
      paymentId: anyText,
      agreementId,
      payer: anySide,
      direction: fc.constantFrom<Settlement["direction"]>("sent", "received"),
      seq: anyCount,
      amountMsat: anyMsat,
      price: anyPrice,
      sources: anyCount,
      paidTotalAfterMsat: anyMsat,
      envelope: anyEnvelope,
      status: settlementStatuses,
      createdAt: anyCount,
    }),
    optional({ preimage: anyText, flag: anyText, resolvedAt: anyCount }),
  );

export const anyRevision = (agreementId: fc.Arbitrary<string>): fc.Arbitrary<Revision> =>
  record(
    fc.record({
      agreementId,
      rev: fc.nat(5),
      kind: anyText,
      stateHash: anyText,
      state: anyText,
      proposal: anyEnvelope,
      at: anyCount,
    }),
    optional({ acceptance: anyEnvelope }),
  );

const anyMessage: fc.Arbitrary<OutboxMessage> = record(
  fc.record({
    id: fc.constantFrom("m1", "m2", "m3", "m4"),
    agreementId: anyText,
    peer: anyText,
    type: anyText,
    envelope: anyEnvelope,
    createdAt: anyCount,
    attempts: anyCount,
  }),
  optional({ expiresAt: anyCount, preimage: anyText, paymentId: anyText }),
);

const anyJitInvoice: fc.Arbitrary<JitInvoiceRecord> = record(
  fc.record({
    paymentHash: fc.constantFrom("h1", "h2", "h3"),
    invoice: anyText,
    lsp: anyText,
    amountMsat: anyMsat,
    createdAt: anyCount,
    expiresAt: anyCount,
  }),
  optional({ openingFeeMsat: anyMsat, feeLimitMsat: anyMsat, paidAt: anyCount, skimmedFeeMsat: anyMsat }),
);

const anyForward: fc.Arbitrary<ForwardRecord> = record(
  fc.record({ id: fc.constantFrom("f1", "f2", "f3"), at: anyCount, prevChannelId: anyText, nextChannelId: anyText }),
  optional({
    prevNodeId: anyText,
    nextNodeId: anyText,
    forwardedMsat: anyMsat,
    feeEarnedMsat: anyMsat,
    skimmedFeeMsat: anyMsat,
  }),
);

const anyWish: fc.Arbitrary<StableWish> = record(
  fc.record({
    paymentHash: fc.constantFrom("h1", "h2", "h3"),
    peer: anyText,
    targetMicro: fc.bigInt(1n, MAX_MICRO).map(micro),
    createdAt: anyCount,
    expiresAt: anyCount,
    status: members<WishStatus>({
      waiting: "waiting",
      agreed: "agreed",
      refused: "refused",
      expired: "expired",
      cancelled: "cancelled",
    }),
    attempts: anyCount,
  }),
  optional({ paidAt: anyCount, agreementId: anyText, reason: anyText, retryAt: anyCount }),
);

const anySat = fc.bigInt(0n, 2_100_000_000_000_000n).map(sat);

const anyOrder: fc.Arbitrary<ChannelOrder> = record(
  fc.record({
    orderId: fc.constantFrom("o1", "o2"),
    lsp: fc.constantFrom("02aa", "02bb"),
    lspBalanceSat: anySat,
    clientBalanceSat: anySat,
    channelExpiryBlocks: anyCount,
    state: members<ChannelOrder["state"]>({
      expect_payment: "expect_payment",
      paid: "paid",
      opened: "opened",
      refunded: "refunded",
      expired: "expired",
    }),
    waysToPay: fc.array(
      fc.record({
        kind: fc.constantFrom("bolt11" as const, "bolt12" as const, "onchain" as const),
        to: anyText,
        feeSat: fc.constant("7"),
        totalSat: fc.constant("18446744073709551615"),
        expiresAt: anyCount,
      }),
      { maxLength: 3 },
    ),
    createdAt: anyCount,
    updatedAt: anyCount,
  }),
  optional({ fundingOutpoint: anyText }),
);

const anyOpened: fc.Arbitrary<OpenedChannel> = fc.record({
  userChannelId: fc.constantFrom("u1", "u2", "u3"),
  peer: anyText,
  capacitySat: fc.bigInt({ min: 1n, max: 2_100_000_000_000_000n }).map(sat),
  minLifetimeBlocks: anyCount,
  openedAt: anyCount,
});

/** `-0` is left out: JSON writes it as 0. */
const anyData = fc.dictionary(anyText, fc.jsonValue({ maxDepth: 2, noUnicodeString: false })).map((data) => {
  const plain: Record<string, unknown> = JSON.parse(JSON.stringify(data));
  return plain;
});

export const anyAuditEntry: fc.Arbitrary<AuditEntry> = record(
  fc.record({ kind: anyText, data: anyData }),
  optional({ agreementId: anyText, peer: anyText }),
);

const anyCarryOver = (agreementId: fc.Arbitrary<string>): fc.Arbitrary<CarryOver> =>
  record(
    anyAgreement(agreementId).map(({ id, receiver: peer, side, targetMicro, terms, createdAt }) => {
      const wish = { agreementId: id, peer, side, targetMicro, terms, createdAt };
      return { ...wish, acceptLess: createdAt % 2 === 0, byHand: createdAt % 3 === 0, opens: 1, asks: 0 };
    }),
    optional<Partial<CarryOver>>({
      sizeSat: anySat,
      openedAt: anyCount,
      userChannelId: anyText,
      funded: fc.constant(true),
      proposalId: anyText,
      askedAt: anyCount,
      askedThin: fc.constant(true),
      refusal: anyText,
      counterMicro: anyMicro,
      outcome: fc.oneof(
        fc.record({ kind: fc.constant("done"), agreementId: anyText }),
        fc.constant({ kind: "cancelled" } as const),
        fc.record({ kind: fc.constant("failed"), reason: anyText }),
      ),
    }),
  );

export const anyKept = (agreementId: fc.Arbitrary<string>): fc.Arbitrary<Kept> => {
  const exit = { agreementId, peer: anyText, since: anyCount };
  const channels = fc.array(fc.record({ channelId: anyText, userChannelId: anyText }), { maxLength: 3 });
  return fc.oneof(
    anyCarryOver(agreementId).map((c) => ({ kind: "carry_over" as const, agreementId: c.agreementId, carryOver: c })),
    fc.record({ kind: fc.constant("exit" as const), ...exit }),
    fc.record({ kind: fc.constant("exit_close" as const), ...exit, channels }),
    fc.record({
      kind: fc.constant("refused" as const),
      agreementId,
      rev: anyCount,
      stateHash: anyText,
      state: anyText,
      proposal: anyEnvelope,
    }),
    fc.record({ kind: fc.constant("crossed_end" as const), agreementId }),
    fc.record({ kind: fc.constant("too_late" as const), agreementId, stateHash: anyText }),
    fc.record({
      kind: fc.constant("peer_price" as const),
      agreementId,
      theirs: anyPrice,
      ours: anyPrice,
      at: anyCount,
    }),
  );
};

/** Any change whose agreement is one of `ids`. */
export const anyChange = (ids: readonly string[]): fc.Arbitrary<Change> => {
  const id = fc.constantFrom(...ids);
  return fc.oneof(
    anyAgreement(id).map((agreement): Change => ({ put: "agreement", agreement })),
    anyRevision(id).map((revision): Change => ({ put: "revision", revision })),
    anySettlement(id).map((settlement): Change => ({ put: "settlement", settlement })),
    anyMessage.map((message): Change => ({ put: "outbox", message })),
    fc.constantFrom("m1", "m2", "m3", "m4").map((message): Change => ({ drop: "outbox", id: message })),
    fc.record({ put: fc.constant<"seen">("seen"), key: anyText, at: anyCount }),
    anyKept(id).map((kept): Change => ({ put: "kept", kept })),
    anyKept(id).map(({ agreementId, kind }): Change => ({ drop: "kept", agreementId, kind })),
    anyJitInvoice.map((invoice): Change => ({ put: "jit", invoice })),
    anyForward.map((forward): Change => ({ put: "forward", forward })),
    anyOrder.map((order): Change => ({ put: "order", order })),
    anyWish.map((wish): Change => ({ put: "wish", wish })),
    anyOpened.map((channel): Change => ({ put: "opened", channel })),
    anyAuditEntry.map((entry): Change => ({ put: "audit", entry })),
  );
};
