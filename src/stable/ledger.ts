/**
 * What the engine asks of storage, as data: it computes a list of changes and commits them in one atomic, durable
 * step. `src/store` implements it over SQLite; the simulator implements it with crashes in between. Types only.
 */
import type { Agreement, Envelope, Settlement } from "./agreement.ts";
import type { Kept, KeptKind } from "./kept.ts";
import type { Msat, Sat } from "./units.ts";
import type { StableWish } from "./wish.ts";

/** A control message that waits for delivery, in order per peer. */
export interface OutboxMessage {
  id: string;
  agreementId: string;
  peer: string;
  type: string;
  envelope: Envelope;
  createdAt: number;
  /** After this it is dropped instead of sent. */
  expiresAt?: number;
  /** The keysend that carries it now, if one is under way. */
  preimage?: string;
  paymentId?: string;
  attempts: number;
}

/** Both signatures over one rev's state: either peer can prove the last agreed book. */
export interface Revision {
  agreementId: string;
  rev: number;
  kind: string;
  stateHash: string;
  /** The exact text that was hashed. */
  state: string;
  proposal: Envelope;
  acceptance?: Envelope;
  at: number;
}

export interface JitInvoiceRecord {
  paymentHash: string;
  invoice: string;
  lsp: string;
  /** 0 where the invoice leaves it open. */
  amountMsat: Msat;
  openingFeeMsat?: Msat;
  feeLimitMsat?: Msat;
  createdAt: number;
  expiresAt: number;
  paidAt?: number;
  skimmedFeeMsat?: Msat;
}

export interface ForwardRecord {
  id: string;
  at: number;
  prevChannelId: string;
  nextChannelId: string;
  prevNodeId?: string;
  nextNodeId?: string;
  forwardedMsat?: Msat;
  feeEarnedMsat?: Msat;
  skimmedFeeMsat?: Msat;
}

/** A private channel that we opened to a peer as its LSP, and what we promised of it (bLIP-52, `min_lifetime`). */
export interface OpenedChannel {
  /** Ours alone; stays through splices. */
  userChannelId: string;
  peer: string;
  capacitySat: Sat;
  /** Blocks after the confirmation. */
  minLifetimeBlocks: number;
  openedAt: number;
}

/** A channel ordered from an LSP (bLIP-51), as it said last. */
export interface ChannelOrder {
  orderId: string;
  lsp: string;
  /** What the LSP puts in, and what we pay and get on our side. */
  lspBalanceSat: Sat;
  clientBalanceSat: Sat;
  channelExpiryBlocks: number;
  state: "expect_payment" | "paid" | "opened" | "refunded" | "expired";
  /** Amounts as decimal text; an LSP may write any u64. */
  waysToPay: {
    kind: "bolt11" | "bolt12" | "onchain";
    to: string;
    feeSat: string;
    totalSat: string;
    expiresAt: number;
  }[];
  fundingOutpoint?: string;
  createdAt: number;
  updatedAt: number;
}

export interface AuditEntry {
  kind: string;
  agreementId?: string;
  peer?: string;
  /** JSON-able: strings, numbers, booleans, null, arrays, objects; amounts as decimal strings. */
  data: Record<string, unknown>;
}

export interface AuditLine extends AuditEntry {
  seq: number;
  at: number;
  prevHash: string;
  hash: string;
}

export type Change =
  | { put: "agreement"; agreement: Agreement }
  | { put: "revision"; revision: Revision }
  /** A proposal of ours that was refused or gave way; its bytes stay in the audit log. */
  | { drop: "revision"; agreementId: string; rev: number }
  | { put: "settlement"; settlement: Settlement }
  | { put: "outbox"; message: OutboxMessage }
  | { drop: "outbox"; id: string }
  /** An event that was handled: the same payment id and kind never count twice. */
  | { put: "seen"; key: string; at: number }
  | { put: "kept"; kept: Kept }
  | { drop: "kept"; agreementId: string; kind: KeptKind }
  | { put: "jit"; invoice: JitInvoiceRecord }
  | { put: "forward"; forward: ForwardRecord }
  | { put: "wish"; wish: StableWish }
  | { put: "order"; order: ChannelOrder }
  | { put: "opened"; channel: OpenedChannel }
  | { put: "audit"; entry: AuditEntry };

/** What the engine reads once at start. */
export interface Ledger {
  agreements: Agreement[];
  /** Settlements we sent that have no outcome yet. */
  openSettlements: Settlement[];
  /** Of each agreement that did not end: the last successful settlement of either direction, for its number. */
  lastSettlements: Settlement[];
  /** Proposals of ours that were neither accepted nor dropped: those newer than what their agreement is at. */
  proposals: Revision[];
  outbox: OutboxMessage[];
  kept: Kept[];
}

export interface LedgerStore {
  load(): Promise<Ledger>;
  /** All or nothing, in order, on disk when it resolves. @throws StoreError `store_failure` */
  commit(changes: readonly Change[]): Promise<void>;
  seen(key: string): Promise<boolean>;
  agreement(id: string): Promise<Agreement | undefined>;
  /** The one with this peer that ended last. */
  lastEnded(peer: string): Promise<Agreement | undefined>;
  settlements(agreementId: string): Promise<Settlement[]>;
  settlement(paymentId: string): Promise<Settlement | undefined>;
  revisions(agreementId: string): Promise<Revision[]>;
  jitInvoices(): Promise<JitInvoiceRecord[]>;
  forwards(limit: number): Promise<ForwardRecord[]>;
  /** Those booked at or after `at` (unix seconds), the newest last. */
  forwardsSince(at: number): Promise<ForwardRecord[]>;
  /** Oldest first. */
  wishes(): Promise<StableWish[]>;
  /** Oldest first. */
  channelOrders(): Promise<ChannelOrder[]>;
  /** Channels we opened as an LSP at or after `at` (unix seconds), the newest last. */
  openedChannels(at: number): Promise<OpenedChannel[]>;
  /** Those of every agreement that were made at or after `at` (unix seconds), the newest last. */
  revisionsSince(at: number): Promise<Revision[]>;
  /** Newest last. */
  audit(filter: { limit: number; agreementId?: string; kind?: string; beforeSeq?: number }): Promise<AuditLine[]>;
  close(): Promise<void>;
}
