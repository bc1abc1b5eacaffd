/** Replies about channels and peers. */
import { z } from "zod";
import type { Channel, Peer } from "../node/port.ts";
import { count, flag, hash, millisat, nothing, optional, publicKey, record, satoshi, text, u128Text } from "./wire.ts";

export const channelSchema: z.ZodType<Channel, unknown> = record({
  channelId: hash,
  userChannelId: u128Text,
  counterparty: publicKey,
  fundingTxid: optional(hash),
  fundingVout: optional(count),
  capacitySat: satoshi,
  outboundMsat: millisat,
  inboundMsat: millisat,
  reserveSat: satoshi,
  counterpartyReserveSat: satoshi,
  nextOutboundHtlcMinimumMsat: millisat,
  nextOutboundHtlcLimitMsat: millisat,
  inboundHtlcMinimumMsat: millisat,
  isOutbound: flag,
  isAnnounced: flag,
  channelReady: flag,
  usable: flag,
  confirmations: count,
  confirmationsRequired: count,
  shortChannelId: optional(text),
  forceCloseSpendDelay: optional(count),
  feerateSatPerKw: count,
});

const peerSchema: z.ZodType<Peer, unknown> = record({
  nodeId: publicKey,
  address: text,
  connected: flag,
  persisted: flag,
});

export const channelReplies = {
  "channel.list": record({ channels: z.array(channelSchema) }),
  "channel.open": record({ userChannelId: u128Text }),
  "channel.close": nothing,
  "channel.force_close": nothing,
  "channel.splice_in": nothing,
  "channel.splice_out": nothing,
  "peer.list": record({ peers: z.array(peerSchema) }),
  "peer.connect": nothing,
  "peer.disconnect": nothing,
};
