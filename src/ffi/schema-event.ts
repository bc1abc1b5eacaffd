/** The node's events, by kind. Names and meaning: `NodeEvent` of src/node/port.ts. */
import { z } from "zod";
import type { CustomRecord, NodeEvent } from "../node/port.ts";
import { FfiError } from "./errors.ts";
import { shorten } from "./redact.ts";
import {
  count,
  flag,
  hash,
  hexBytes,
  millisat,
  optional,
  parseWire,
  pattern,
  publicKey,
  record,
  text,
  u64,
  u128Text,
  word,
} from "./wire.ts";

const customRecordSchema: z.ZodType<CustomRecord, unknown> = record({ type: u64, value: hexBytes });
const records = z.array(customRecordSchema);
const channel = { channelId: hash, userChannelId: u128Text } as const;

const events: Readonly<Record<NodeEvent["kind"], z.ZodType<NodeEvent, unknown>>> = {
  payment_successful: record({
    kind: word("payment_successful"),
    paymentId: hash,
    paymentHash: hash,
    preimage: optional(hash),
    feePaidMsat: optional(millisat),
  }),
  payment_failed: record({
    kind: word("payment_failed"),
    paymentId: optional(hash),
    paymentHash: optional(hash),
    reason: optional(text),
  }),
  payment_received: record({
    kind: word("payment_received"),
    paymentId: hash,
    paymentHash: hash,
    amountMsat: millisat,
    records,
  }),
  payment_forwarded: record({
    kind: word("payment_forwarded"),
    prevChannelId: hash,
    nextChannelId: hash,
    prevNodeId: optional(publicKey),
    nextNodeId: optional(publicKey),
    feeEarnedMsat: optional(millisat),
    skimmedFeeMsat: optional(millisat),
    forwardedMsat: optional(millisat),
    claimFromOnchain: flag,
  }),
  payment_claimable: record({
    kind: word("payment_claimable"),
    paymentId: hash,
    paymentHash: hash,
    amountMsat: millisat,
    claimDeadline: optional(count),
  }),
  channel_pending: record({
    kind: word("channel_pending"),
    ...channel,
    counterparty: publicKey,
    fundingTxid: hash,
    fundingVout: count,
  }),
  channel_ready: record({ kind: word("channel_ready"), ...channel, counterparty: optional(publicKey) }),
  channel_closed: record({
    kind: word("channel_closed"),
    ...channel,
    counterparty: optional(publicKey),
    reason: optional(text),
  }),
  splice_pending: record({ kind: word("splice_pending"), ...channel, counterparty: publicKey, fundingTxid: hash }),
  splice_failed: record({ kind: word("splice_failed"), ...channel, counterparty: publicKey }),
};

const headSchema = record({ seq: pattern("a u64 as a decimal string", /^(?:0|[1-9][0-9]{0,19})$/), kind: text });

function isKind(kind: string): kind is NodeEvent["kind"] {
  return Object.hasOwn(events, kind);
}

/**
 * The params of one `event` notification.
 * @throws FfiError `native_protocol`
 */
export function parseEvent(params: unknown): { seq: string; event: NodeEvent } {
  const { seq, kind } = parseWire(headSchema, params, "event");
  if (!isKind(kind))
    throw new FfiError("native_protocol", `the native library sent an event of unknown kind ${shorten(kind, 40)}`);
  return { seq, event: parseWire(events[kind], params, `event ${kind}`) };
}
