/** What we accept from others without asking a person, as provider above all. */
import { z } from "zod";
import { integer, wireMicro } from "./wire.ts";

export const policySchema = z.strictObject({
  /** Node ids (66 hex digits) we make agreements with, or all. */
  peers: z.union([z.literal("all"), z.array(z.string().regex(/^0[23][0-9a-f]{64}$/, "a node id"))]).default("all"),
  /** Largest sum of targets per peer, and in all. Decimal micro-dollars. */
  maxPerPeerMicro: wireMicro.prefault("1000000000"),
  maxTotalMicro: wireMicro.prefault("100000000000"),
  /** The least fall of the price, in 1/100 of a percent, that the provider's stake must cover. */
  minCoverBps: integer(0, 9_999).default(2_000),
  /** How far a peer's price may lie from ours, and the most that terms may say; the smaller of both counts. */
  toleranceBps: integer(0, 10_000).default(50),
  /** Terms beyond these would let the other side put off settling. */
  maxBandBps: integer(0, 10_000).default(100),
  maxFloorMicro: wireMicro.prefault("1000000"),
  maxPauseSeconds: integer(0, 86_400).default(600),
  /** Unanswered claims before the agreement is frozen, for agreements we propose; the most that others may ask for. */
  strikes: integer(1, 100).default(3),
  /** What follows a freeze: wait for the peer or a person, end the agreement, or end it and close the channels. */
  exit: z.enum(["wait", "end", "close"]).default("wait"),
  /** A counter-offer is taken up without asking when its target is at most this much smaller than what was asked for. */
  counterBps: integer(0, 10_000).default(0),
  /** As provider: bring the stake for an agreement whose channels were closed, when its receiver proposes it anew. */
  carryOver: z.boolean().default(false),
  /** As provider: the least conversion fee we ask for. As receiver: the largest we pay. */
  feeBps: integer(0, 10_000).default(0),
});

/** Parsed and complete; amounts in micro-dollars. */
export type Policy = z.output<typeof policySchema>;
export type ExitPolicy = Policy["exit"];

export const defaultPolicy: Policy = policySchema.parse({});
