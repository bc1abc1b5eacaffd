/** The messages of docs/protocol.md: one strict schema per type, and the table of their lifetimes. */
import { z } from "zod";
import { termsSchema } from "./terms.ts";
import {
  integer,
  wireCount,
  wireHash,
  wireMicro,
  wireMsat,
  wirePaid,
  wirePrice,
  wireTarget,
  wireText,
  wireTime,
} from "./wire.ts";

/** The keysend record that carries a message; odd, so that a node that does not know it ignores it (BOLT 1). */
export const STABLE_RECORD_TYPE = 13_377_337n;

const rejectCode = z.enum([
  "price_out_of_range",
  "stale",
  "insufficient_balance",
  "insufficient_cover",
  "policy",
  "unknown_channel",
  "conflict",
  "internal",
]);

/** Why a message was refused. Stable: it crosses the wire. */
export type RejectCode = z.output<typeof rejectCode>;

export const rejectReasons: Readonly<Record<RejectCode, string>> = {
  price_out_of_range: "the price is outside the tolerance, or there is none to judge it by",
  stale: "the message or what it answers is too old, or dated in the future",
  insufficient_balance: "the receiver has less than the backing",
  insufficient_cover: "the provider's stake is too thin",
  policy: "against the policy of the one who was asked",
  unknown_channel: "no usable channel, or not that one",
  conflict: "it contradicts what is agreed or under way",
  internal: "it could not be dealt with",
};

const sources = integer(0, 99);

function message<T extends string, S extends z.core.$ZodLooseShape>(type: T, fields: S) {
  return z.strictObject({ v: z.literal(1), type: z.literal(type), agreement: wireHash, at: wireTime, ...fields });
}

const proposeSchema = message("propose", {
  channel_id: wireHash,
  /** True when the receiver of the dollars proposes. */
  from_receiver: z.boolean(),
  target: wireTarget,
  backing: wireMsat,
  price: wirePrice,
  sources,
  terms: termsSchema,
  expires_at: wireTime,
  state_hash: wireHash,
});

const acceptSchema = message("accept", { rev: wireCount, state_hash: wireHash });

const rejectSchema = message("reject", {
  /** The rev that was proposed; 0 when the message it answers has none. */
  rev: integer(0, 4_294_967_295),
  code: rejectCode,
  /** The proposal it answers, when it answers one: a late reject then cannot hit its successor. */
  state_hash: wireHash.exactOptional(),
  /** What would be accepted instead. */
  counter: z
    .strictObject({ target: wireTarget, backing: wireMsat, price: wirePrice, terms: termsSchema })
    .exactOptional(),
});

const settleSchema = message("settle", {
  seq: wireCount,
  amount_msat: wirePaid,
  price: wirePrice,
  sources,
  paid_total_after: wireMsat,
});

const reviseSchema = message("revise", {
  rev: wireCount,
  target_after: wireTarget,
  backing_after: wireMsat,
  price: wirePrice,
  reason: z.enum(["resize", "buy", "sell", "terms"]),
  /** Only with reason `terms`. */
  terms: termsSchema.exactOptional(),
  state_hash: wireHash,
});

const spentSchema = message("spent", {
  rev: wireCount,
  /** 0 when the whole backing was spent. */
  target_after: wireMicro,
  backing_after: wireMsat,
  price: wirePrice,
  state_hash: wireHash,
});

const claimSchema = message("claim", { due_msat: wirePaid, price: wirePrice, strike: integer(1, 100) });

const endSchema = message("end", { rev: wireCount, reason: wireText, price: wirePrice, state_hash: wireHash });

const syncSchema = message("sync", {
  rev: wireCount,
  state_hash: wireHash,
  paid_by_me: wireMsat,
  paid_by_you: wireMsat,
});

export const messageSchema = z.discriminatedUnion("type", [
  proposeSchema,
  acceptSchema,
  rejectSchema,
  settleSchema,
  reviseSchema,
  spentSchema,
  claimSchema,
  endSchema,
  syncSchema,
]);

export type Message = z.output<typeof messageSchema>;
export type MessageType = Message["type"];
export type MessageOf<T extends MessageType> = Extract<Message, { type: T }>;
export type Propose = MessageOf<"propose">;
export type Accept = MessageOf<"accept">;
export type Reject = MessageOf<"reject">;
export type Settle = MessageOf<"settle">;
export type Revise = MessageOf<"revise">;
export type Spent = MessageOf<"spent">;
export type Claim = MessageOf<"claim">;
export type End = MessageOf<"end">;
export type Sync = MessageOf<"sync">;
/** The messages that need both signatures: each leads to a new rev. */
export type Proposal = Propose | Revise | Spent | End;

interface Lifetime {
  /** Refused when `at` is further back than this on arrival; left out: judged by its content alone, whatever its age. */
  arriveSeconds?: number;
  /** How long the outbox keeps trying to deliver it; left out: until it is delivered. 0: never queued. */
  queueSeconds?: number;
}

/** A message from the future is refused beyond this: clocks of two honest peers may be that far apart. */
export const FUTURE_SECONDS = 60;
/** A revise binds its sender to one price, which must not become an option for the other side. */
export const REVISE_SECONDS = 120;
/** Any other message whose age matters. */
export const OLDEST_SECONDS = 600;

/**
 * settle: money that came is booked, however late the HTLC was; seq and counter protect against repetition.
 * spent: the bitcoin is gone; rev and hash protect against repetition. accept: judged by the proposal's deadline, by the
 * proposer; whoever gave it pays nothing on it before it is delivered, so it waits for as long as that takes.
 */
export const lifetimes: Readonly<Record<MessageType, Lifetime>> = {
  propose: { arriveSeconds: OLDEST_SECONDS, queueSeconds: OLDEST_SECONDS },
  accept: {},
  reject: { arriveSeconds: OLDEST_SECONDS, queueSeconds: OLDEST_SECONDS },
  settle: { queueSeconds: 0 },
  revise: { arriveSeconds: REVISE_SECONDS, queueSeconds: REVISE_SECONDS },
  spent: {},
  claim: { arriveSeconds: OLDEST_SECONDS, queueSeconds: OLDEST_SECONDS },
  end: { arriveSeconds: OLDEST_SECONDS, queueSeconds: OLDEST_SECONDS },
  sync: { arriveSeconds: OLDEST_SECONDS, queueSeconds: OLDEST_SECONDS },
};

/** Until when (unix seconds) an accept of this proposal counts, by the clock of the one who proposed; undefined: always. */
export function deadlineOf(proposal: Proposal): number | undefined {
  if (proposal.type === "propose") return proposal.expires_at;
  const seconds = lifetimes[proposal.type].arriveSeconds;
  return seconds === undefined ? undefined : proposal.at + seconds;
}
