/** Replies about the node itself: life cycle, status, balances, wallet, messages, log. */
import { z } from "zod";
import type { Balances, Download, LightningBalance, LogLine, NodeStatus, Payout, PendingSweep } from "../node/port.ts";
import { count, flag, hash, nothing, optional, publicKey, record, satoshi, text, u64, word } from "./wire.ts";

export const network = word("regtest", "mutinynet", "signet", "testnet", "bitcoin");

const downloadSchema: z.ZodType<Download, unknown> = record({
  state: word("off", "unasked", "ok", "failing"),
  detail: optional(text),
  asOf: optional(count),
});

const statusSchema: z.ZodType<NodeStatus, unknown> = record({
  running: flag,
  nodeId: publicKey,
  alias: text,
  network,
  listen: z.array(z.string()),
  blockHeight: count,
  blockHash: hash,
  synced: flag,
  lastWalletSyncAt: optional(count),
  walletHeight: optional(count),
  anchorCommitmentSatPerKw: optional(count),
  fundingSatPerKw: optional(count),
  gossip: downloadSchema,
  scores: downloadSchema,
});

const lightningBalanceSchema: z.ZodType<LightningBalance, unknown> = record({
  kind: word(
    "claimable_on_channel_close",
    "claimable_awaiting_confirmations",
    "contentious_claimable",
    "maybe_timeout_claimable_htlc",
    "maybe_preimage_claimable_htlc",
    "counterparty_revoked_output_claimable",
  ),
  channelId: hash,
  counterparty: publicKey,
  amountSat: satoshi,
  confirmationHeight: optional(count),
});

const sweepSchema: z.ZodType<PendingSweep, unknown> = record({
  kind: word("pending_broadcast", "broadcast_awaiting_confirmation", "awaiting_threshold_confirmations"),
  channelId: optional(hash),
  amountSat: satoshi,
  txid: optional(hash),
  confirmationHeight: optional(count),
});

const balancesSchema: z.ZodType<Balances, unknown> = record({
  onchainTotalSat: satoshi,
  onchainSpendableSat: satoshi,
  anchorReserveSat: satoshi,
  lightningTotalSat: satoshi,
  lightning: z.array(lightningBalanceSchema),
  sweeps: z.array(sweepSchema),
});

const payoutSchema: z.ZodType<Payout, unknown> = record({
  script: count,
  txid: hash,
  vout: count,
  amountSat: satoshi,
  height: optional(count),
  state: word("ready", "confirming", "tracked", "being_spent"),
});

const logLineSchema: z.ZodType<LogLine, unknown> = record({
  seq: u64,
  at: count,
  level: word("trace", "debug", "info", "warn", "error"),
  module: text,
  message: text,
});

export const nodeReplies = {
  "node.start": record({ nodeId: publicKey }),
  "node.stop": nothing,
  "node.kill": nothing,
  "node.backup": nothing,
  "node.status": statusSchema,
  "node.balances": balancesSchema,
  "onchain.address": record({ address: text }),
  "onchain.send": record({ txid: hash, amountSat: optional(satoshi), feeSat: optional(satoshi) }),
  "message.sign": record({ signature: text }),
  "message.verify": record({ valid: flag }),
  "wallet.sync": record({ blockHeight: count, tipHeight: count }),
  "payouts.find": record({ scripts: count, next: optional(count), outputs: z.array(payoutSchema) }),
  "payouts.sweep": record({ txid: optional(hash), amountSat: satoshi, feeSat: satoshi, leftSat: satoshi }),
  "source.check": record({ tipHeight: count }),
  "service.notify": nothing,
  "event.ack": nothing,
  "log.tail": record({ lines: z.array(logLineSchema) }),
};
