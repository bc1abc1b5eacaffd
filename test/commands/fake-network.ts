/**
 * Lightning in memory: wallets, channels with two balances, invoices, payments that take a turn of the event loop.
 * Small, but it keeps the rules that commands rely on: what is not there cannot be sent, a channel needs its
 * confirmations, a peer its connection, and nothing is made or lost but fees.
 */
import { CodedError } from "../../src/errors.ts";
import type { Channel, JitInvoice, LogLine, Payment, Peer, PendingSweep } from "../../src/node/port.ts";
import { msat, sat } from "../../src/stable/units.ts";

export const CHANNEL_RESERVE_MSAT = 1_000_000n;
export const FUNDING_COST_SAT = 300n;
export const CONFIRMATIONS = 6;

export interface FakeChannel {
  channelId: string;
  /** By node id. */
  balanceMsat: Map<string, bigint>;
  userChannelIds: Map<string, string>;
  funder: string;
  announced: boolean;
  fundingTxid?: string;
  scid?: string;
  confirmations: number;
  /** Usable before its first confirmation, as an LSP's JIT channel. */
  zeroConf: boolean;
}

export interface FakeWallet {
  nodeId: string;
  alias: string;
  onchainSat: bigint;
  online: boolean;
  peers: Map<string, Peer>;
  payments: Payment[];
  sweeps: PendingSweep[];
  log: LogLine[];
  listeners: Set<() => void>;
  /** What this node asks for as an LSP. */
  openingFeeMsat: bigint;
  /** What get_info answers instead of a menu with that fee: fields of the JSON-RPC response. */
  info?: Record<string, unknown>;
  /** Whether this node takes channels that others open. */
  acceptsChannels: boolean;
}

export interface FakeNetwork {
  wallets: Map<string, FakeWallet>;
  channels: FakeChannel[];
  invoices: Map<string, JitInvoice & { jitLsp?: string }>;
  height: number;
  /** Seconds. */
  now: () => number;
  join(nodeId: string, alias: string): FakeWallet;
  mine(blocks: number): void;
  /** A fresh, fixed 32 bytes in hex. */
  hash(): string;
  changed(): void;
  openChannel(funder: string, peer: string, sizeSat: bigint, options: Partial<FakeChannel>): FakeChannel;
  /** Moves msat within one channel. @throws what a node would, if it is not there */
  move(channel: FakeChannel, from: string, amountMsat: bigint): void;
}

export function refuse(
  code:
    | "insufficient_balance"
    | "peer_unreachable"
    | "payment_failed"
    | "unknown_channel"
    | "jit_fee_too_high"
    | "jit_refused"
    | "lsp_away"
    | "invalid_invoice",
  message: string,
): CodedError {
  return new CodedError(code, message);
}

export function other(channel: FakeChannel, nodeId: string): string {
  const peer = [...channel.balanceMsat.keys()].find((id) => id !== nodeId);
  if (peer === undefined) throw new Error("a channel has two sides");
  return peer;
}

export function createNetwork(now: () => number): FakeNetwork {
  let counter = 0;
  const network: FakeNetwork = {
    wallets: new Map(),
    channels: [],
    invoices: new Map(),
    height: 110,
    now,
    join(nodeId, alias) {
      const wallet: FakeWallet = {
        nodeId,
        alias,
        onchainSat: 0n,
        online: true,
        peers: new Map(),
        payments: [],
        sweeps: [],
        log: [],
        listeners: new Set(),
        openingFeeMsat: 0n,
        acceptsChannels: true,
      };
      network.wallets.set(nodeId, wallet);
      return wallet;
    },
    mine(blocks) {
      for (let i = 0; i < blocks; i++) {
        network.height += 1;
        for (const [index, channel] of network.channels.entries()) {
          if (channel.fundingTxid === undefined) continue;
          channel.confirmations += 1;
          channel.scid ??= `${network.height}x${index + 1}x0`;
        }
      }
      network.changed();
    },
    hash() {
      counter += 1;
      return new Bun.CryptoHasher("sha256").update(`fake ${counter}`).digest("hex");
    },
    changed() {
      for (const wallet of network.wallets.values()) for (const listener of [...wallet.listeners]) listener();
    },
    openChannel(funder, peer, sizeSat, options) {
      const wallet = network.wallets.get(funder);
      const cost = sizeSat + FUNDING_COST_SAT;
      if (wallet === undefined || wallet.onchainSat < cost) throw refuse("insufficient_balance", "the wallet is short");
      wallet.onchainSat -= cost;
      const channel: FakeChannel = {
        channelId: network.hash(),
        balanceMsat: new Map([
          [funder, sizeSat * 1000n],
          [peer, 0n],
        ]),
        userChannelIds: new Map([
          [funder, BigInt(`0x${network.hash().slice(0, 16)}`).toString()],
          [peer, BigInt(`0x${network.hash().slice(0, 16)}`).toString()],
        ]),
        funder,
        announced: false,
        confirmations: 0,
        zeroConf: false,
        ...options,
      };
      network.channels.push(channel);
      setImmediate(() => {
        if (network.wallets.get(peer)?.acceptsChannels === true) channel.fundingTxid = network.hash();
        else network.channels = network.channels.filter((c) => c !== channel);
        network.changed();
      });
      return channel;
    },
    move(channel, from, amountMsat) {
      const to = other(channel, from);
      const have = channel.balanceMsat.get(from) ?? 0n;
      if (have < amountMsat) throw refuse("payment_failed", "the channel is short");
      channel.balanceMsat.set(from, have - amountMsat);
      channel.balanceMsat.set(to, (channel.balanceMsat.get(to) ?? 0n) + amountMsat);
    },
  };
  return network;
}

function above(balance: bigint, reserve: bigint): bigint {
  return balance > reserve ? balance - reserve : 0n;
}

/** The channel as one of its two nodes lists it. */
export function channelOf(network: FakeNetwork, channel: FakeChannel, nodeId: string): Channel {
  const counterparty = other(channel, nodeId);
  const mine = channel.balanceMsat.get(nodeId) ?? 0n;
  const theirs = channel.balanceMsat.get(counterparty) ?? 0n;
  const channelReady =
    channel.fundingTxid !== undefined && (channel.zeroConf || channel.confirmations >= CONFIRMATIONS);
  const connected = network.wallets.get(nodeId)?.peers.get(counterparty)?.connected === true;
  const outbound = msat(above(mine, CHANNEL_RESERVE_MSAT));
  return {
    channelId: channel.channelId,
    userChannelId: channel.userChannelIds.get(nodeId) ?? "",
    counterparty,
    ...(channel.fundingTxid === undefined ? {} : { fundingTxid: channel.fundingTxid, fundingVout: 0 }),
    capacitySat: sat((mine + theirs) / 1000n),
    outboundMsat: outbound,
    inboundMsat: msat(above(theirs, CHANNEL_RESERVE_MSAT)),
    reserveSat: sat(CHANNEL_RESERVE_MSAT / 1000n),
    counterpartyReserveSat: sat(CHANNEL_RESERVE_MSAT / 1000n),
    nextOutboundHtlcMinimumMsat: msat(1n),
    nextOutboundHtlcLimitMsat: outbound,
    inboundHtlcMinimumMsat: msat(1n),
    isOutbound: channel.funder === nodeId,
    isAnnounced: channel.announced,
    channelReady,
    usable: channelReady && connected && network.wallets.get(counterparty)?.online === true,
    confirmations: channel.confirmations,
    confirmationsRequired: channel.zeroConf ? 0 : CONFIRMATIONS,
    ...(channel.scid === undefined ? {} : { shortChannelId: channel.scid }),
    feerateSatPerKw: 253,
  };
}
