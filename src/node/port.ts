/**
 * The node port: what any Lightning engine must offer to the rest of the program. `src/ffi` implements it over
 * ldk-node; the simulator of the tests implements it in memory. Types only: importing this file pulls in no code.
 *
 * Amounts are branded bigints, hashes and ids lower-case hex, times unix seconds.
 */
import type { Msat, Sat } from "../stable/units.ts";

export type Role = "exchange" | "user" | "lsp";
export type Network = "regtest" | "mutinynet" | "signet" | "testnet" | "bitcoin";

/** Core Lightning's state names, as far as LDK lets one tell. */
export type ChannelPhase =
  | "OPENINGD"
  | "CHANNELD_AWAITING_LOCKIN"
  | "CHANNELD_NORMAL"
  | "CHANNELD_SHUTTING_DOWN"
  | "CLOSINGD_SIGEXCHANGE"
  | "CLOSINGD_COMPLETE"
  | "AWAITING_UNILATERAL"
  | "FUNDING_SPEND_SEEN"
  | "ONCHAIN"
  | "CLOSED";

export interface Channel {
  /** 64 hex digits; shared by both peers, changes on splice. */
  channelId: string;
  /** u128 as decimal text; local to this node, survives splices. */
  userChannelId: string;
  counterparty: string;
  fundingTxid?: string;
  fundingVout?: number;
  capacitySat: Sat;
  /** What we could send now: our balance less our reserve, fees and in-flight HTLCs. */
  outboundMsat: Msat;
  /** What the peer could send us now, likewise. */
  inboundMsat: Msat;
  /** What we must keep (max(1000 sat, 1 %)); 0 until negotiated. */
  reserveSat: Sat;
  counterpartyReserveSat: Sat;
  nextOutboundHtlcMinimumMsat: Msat;
  nextOutboundHtlcLimitMsat: Msat;
  inboundHtlcMinimumMsat: Msat;
  isOutbound: boolean;
  isAnnounced: boolean;
  channelReady: boolean;
  usable: boolean;
  confirmations: number;
  confirmationsRequired: number;
  shortChannelId?: string;
  forceCloseSpendDelay?: number;
  feerateSatPerKw: number;
}

export interface Peer {
  nodeId: string;
  address: string;
  connected: boolean;
  persisted: boolean;
}

export type LightningBalanceKind =
  | "claimable_on_channel_close"
  | "claimable_awaiting_confirmations"
  | "contentious_claimable"
  | "maybe_timeout_claimable_htlc"
  | "maybe_preimage_claimable_htlc"
  | "counterparty_revoked_output_claimable";

export interface LightningBalance {
  kind: LightningBalanceKind;
  channelId: string;
  counterparty: string;
  amountSat: Sat;
  confirmationHeight?: number;
}

export interface PendingSweep {
  kind: "pending_broadcast" | "broadcast_awaiting_confirmation" | "awaiting_threshold_confirmations";
  channelId?: string;
  amountSat: Sat;
  txid?: string;
  confirmationHeight?: number;
}

export interface Balances {
  onchainTotalSat: Sat;
  onchainSpendableSat: Sat;
  anchorReserveSat: Sat;
  lightningTotalSat: Sat;
  lightning: LightningBalance[];
  sweeps: PendingSweep[];
}

export type PaymentKind = "onchain" | "bolt11" | "bolt11_jit" | "bolt12_offer" | "bolt12_refund" | "spontaneous";
export type PaymentStatus = "pending" | "succeeded" | "failed";

export interface Payment {
  paymentId: string;
  kind: PaymentKind;
  direction: "inbound" | "outbound";
  status: PaymentStatus;
  amountMsat?: Msat;
  feePaidMsat?: Msat;
  paymentHash?: string;
  preimage?: string;
  txid?: string;
  /** LSPS2: what the LSP took of an inbound JIT payment, and the limit agreed for it. */
  skimmedFeeMsat?: Msat;
  maxOpeningFeeMsat?: Msat;
  updatedAt: number;
}

/** A TLV record in a keysend's onion; `value` is hex. */
export interface CustomRecord {
  type: bigint;
  value: string;
}

export type NodeEvent =
  | { kind: "payment_successful"; paymentId: string; paymentHash: string; preimage?: string; feePaidMsat?: Msat }
  | { kind: "payment_failed"; paymentId?: string; paymentHash?: string; reason?: string }
  | { kind: "payment_received"; paymentId: string; paymentHash: string; amountMsat: Msat; records: CustomRecord[] }
  | {
      kind: "payment_forwarded";
      prevChannelId: string;
      nextChannelId: string;
      prevNodeId?: string;
      nextNodeId?: string;
      feeEarnedMsat?: Msat;
      skimmedFeeMsat?: Msat;
      forwardedMsat?: Msat;
      claimFromOnchain: boolean;
    }
  | { kind: "payment_claimable"; paymentId: string; paymentHash: string; amountMsat: Msat; claimDeadline?: number }
  | {
      kind: "channel_pending";
      channelId: string;
      userChannelId: string;
      counterparty: string;
      fundingTxid: string;
      fundingVout: number;
    }
  | { kind: "channel_ready"; channelId: string; userChannelId: string; counterparty?: string }
  | { kind: "channel_closed"; channelId: string; userChannelId: string; counterparty?: string; reason?: string }
  | { kind: "splice_pending"; channelId: string; userChannelId: string; counterparty: string; fundingTxid: string }
  | { kind: "splice_failed"; channelId: string; userChannelId: string; counterparty: string };

/**
 * One event as the node delivers it: at least once, in order, and again after a restart until `acknowledge` was
 * called. Journal first, then acknowledge; the next event comes only after that.
 */
export interface Delivery {
  event: NodeEvent;
  acknowledge(): Promise<void>;
}

/** What the node fetches from elsewhere, once an hour and at its start. */
export interface Download {
  /** off: nothing is asked for. */
  state: "off" | "unasked" | "ok" | "failing";
  /** In words, where it is failing. */
  detail?: string;
  /** Unix seconds: of the snapshot, or of when scores were last taken over. */
  asOf?: number;
}

export interface NodeStatus {
  running: boolean;
  nodeId: string;
  alias: string;
  network: Network;
  listen: string[];
  blockHeight: number;
  blockHash: string;
  /** Both wallets were brought to the chain's tip at least once since the start. */
  synced: boolean;
  lastWalletSyncAt?: number;
  /** How far the wallet has looked through the chain, until it is at the tip for the first time since the start. */
  walletHeight?: number;
  /** The fee rates LDK has for a new channel's commitment and funding transactions, once it has any. */
  anchorCommitmentSatPerKw?: number;
  fundingSatPerKw?: number;
  /** Gossip as a snapshot; off where it comes from peers. */
  gossip: Download;
  /** Others' scores of paths; off where only its own count. */
  scores: Download;
}

export interface Invoice {
  invoice: string;
  paymentHash: string;
  amountMsat?: Msat;
  description: string;
  payee: string;
  createdAt: number;
  expiresAt: number;
  network: Network;
  /** Node ids of the last hop's hints: the LSP for a JIT invoice. */
  hintNodeIds: string[];
}

export interface JitInvoice extends Invoice {
  /** What the LSP asks for opening the channel, as LDK chose it from the menu; unset where LDK did not tell. */
  openingFeeMsat?: Msat;
}

export interface LogLine {
  seq: bigint;
  at: number;
  level: "trace" | "debug" | "info" | "warn" | "error";
  module: string;
  message: string;
}

export interface KeysendRequest {
  nodeId: string;
  amountMsat: Msat;
  /** 32 bytes hex; the payment id is SHA-256 of it. Random when left out. */
  preimage?: string;
  records?: CustomRecord[];
  /**
   * It was offered in an earlier run under this preimage, and may have left or may be lost. `already_paid` then says
   * that the node still knows it; any other error says nothing of the first offer.
   */
  again?: true;
}

/** One LSPS request (bLIP-50) to any node, whether it is a peer or not. */
export interface LspRequest {
  nodeId: string;
  /** host:port */
  address: string;
  method: string;
  /** As they go over the wire. */
  params: Readonly<Record<string, unknown>>;
  timeoutMs: number;
}

/** An output a peer paid us when it closed a channel by force, found by what the seed alone tells. */
export interface Payout {
  /** Which of the seed's scripts it is under. */
  script: number;
  txid: string;
  vout: number;
  amountSat: Sat;
  height?: number;
  /**
   * `confirming`: not deep enough yet to be sure that nothing else collects it. `tracked`: the node's own sweeper collects
   * it. `being_spent`: a transaction that spends it waits for a block.
   */
  state: "ready" | "confirming" | "tracked" | "being_spent";
}

/** What one running node can do. Every call may throw the implementation's CodedError. */
export interface Node {
  start(): Promise<{ nodeId: string }>;
  /** Clean stop: everything persisted. */
  stop(): Promise<void>;
  /** Torn down at once, as a power cut would: nothing more is written, sent or acknowledged. */
  kill(): Promise<void>;
  status(): Promise<NodeStatus>;
  balances(): Promise<Balances>;
  channels(): Promise<Channel[]>;
  peers(): Promise<Peer[]>;
  connect(nodeId: string, address: string): Promise<void>;
  disconnect(nodeId: string): Promise<void>;
  openChannel(request: {
    nodeId: string;
    address: string;
    amountSat: Sat;
    pushMsat: Msat;
    announced: boolean;
  }): Promise<{ userChannelId: string }>;
  closeChannel(userChannelId: string, counterparty: string): Promise<void>;
  forceCloseChannel(userChannelId: string, counterparty: string, reason?: string): Promise<void>;
  spliceIn(userChannelId: string, counterparty: string, amountSat: Sat): Promise<void>;
  spliceOut(userChannelId: string, counterparty: string, address: string, amountSat: Sat): Promise<void>;
  newAddress(): Promise<string>;
  sendOnchain(request: {
    address: string;
    amountSat: Sat | "all";
    feeRateSatPerVb?: number;
  }): Promise<{ txid: string; amountSat?: Sat; feeSat?: Sat }>;
  createInvoice(request: { amountMsat?: Msat; description: string; expirySeconds: number }): Promise<Invoice>;
  /**
   * Without an amount the payer chooses it, and the LSP must charge nothing.
   * @throws `jit_fee_too_high`, `lsp_bad_token`, `lsp_refused`, `lsp_away`, `jit_amount`, `jit_no_liquidity`, `jit_refused`
   */
  createJitInvoice(request: {
    amountMsat?: Msat;
    description: string;
    expirySeconds: number;
    maxTotalFeeMsat?: Msat;
  }): Promise<JitInvoice>;
  /** Over a connection and under a key of its own. The reply is the raw JSON text of the response to `requestId`. */
  askLsp(request: LspRequest): Promise<{ requestId: string; reply: string }>;
  /**
   * Orders a channel from the LSP the node was built with (LSPS1), under its own key. What the LSP said, unjudged, in
   * bLIP-51's form but for `created_at` and `order_state`, which LDK keeps to itself.
   */
  orderChannel(request: {
    lspBalanceSat: Sat;
    clientBalanceSat: Sat;
    channelExpiryBlocks: number;
    announceChannel: boolean;
  }): Promise<unknown>;
  /** The same of an order made before. */
  channelOrder(orderId: string): Promise<unknown>;
  decodeInvoice(invoice: string): Promise<Invoice>;
  payInvoice(invoice: string, amountMsat?: Msat): Promise<{ paymentId: string }>;
  createOffer(request: { amountMsat?: Msat; description: string }): Promise<{ offer: string }>;
  payOffer(offer: string, amountMsat?: Msat): Promise<{ paymentId: string }>;
  keysend(request: KeysendRequest): Promise<{ paymentId: string }>;
  payments(): Promise<Payment[]>;
  payment(paymentId: string): Promise<Payment | undefined>;
  /** zbase32 signature of the node key over the UTF-8 bytes (LDK's `sign_message`). */
  sign(message: string): Promise<string>;
  verify(message: string, signature: string, nodeId: string): Promise<boolean>;
  /**
   * Brings wallets and channels to the chain's tip now; with an Esplora or Electrum server nothing else does.
   * @throws what `checkSource` does, `chain_behind`, `chain_sync_failed`
   */
  sync(): Promise<{ blockHeight: number; tipHeight: number }>;
  /** A consistent copy of what the node keeps on disk, in a new file. */
  backup(path: string): Promise<void>;
  /**
   * Asks the chain source itself, now.
   * @throws `chain_unreachable`, `chain_wrong_network`, `chain_rate_limited`, `chain_inconsistent`
   */
  checkSource(): Promise<{ tipHeight: number }>;
  /**
   * A part of the search for payouts, from this script on; `next` is where to go on. bitcoind may take minutes for it.
   * @throws `chain_unreachable`, `chain_rate_limited`
   */
  findPayouts(from: number): Promise<{ scripts: number; next?: number; outputs: Payout[] }>;
  /** Pays outputs that are ready to the wallet; those not worth their fee are left. Without a txid none was worth it. */
  sweepPayouts(request: {
    outputs: readonly Pick<Payout, "script" | "txid" | "vout" | "amountSat">[];
    feeRateSatPerVb?: number;
  }): Promise<{ txid?: string; amountSat: Sat; feeSat: Sat; leftSat: Sat }>;
  log(request: { maxLines: number; afterSeq?: bigint; minLevel?: LogLine["level"] }): Promise<LogLine[]>;
  /** Ends when the node is stopped, killed or closed. One consumer. */
  events(): AsyncIterable<Delivery>;
  /** Called after anything a screen or a wait could care about changed; returns the way to stop listening. */
  onChange(listener: () => void): () => void;
  /** Stops if running, frees the directory lock. Safe to call twice. */
  close(): Promise<void>;
}
