/** What tests ask of the simulated network. Types only. */
import type { EngineNode } from "../../src/engine/state.ts";
import type { Channel, NodeEvent, Payment } from "../../src/node/port.ts";
import type { Msat, Sat } from "../../src/stable/units.ts";
import type { SimChannel } from "./channel.ts";
import type { Fate, Flight } from "./flight.ts";

export interface SimNode extends EngineNode {
  nodeId: string;
  /** The oldest event not yet taken, if any; it stays until it is acknowledged. */
  peekEvent(): NodeEvent | undefined;
  acknowledge(): void;
  balanceMsat(): bigint;
}

export interface Listener {
  event: () => void;
  /** Channels or peers changed. */
  changed: () => void;
}

export interface Network {
  node(name: string): SimNode;
  open(a: string, b: string, balances: { a: Sat; b: Sat }): string;
  /** All links at once. */
  connect(up: boolean): void;
  power(nodeId: string, on: boolean): void;
  /** Ends a channel one-sidedly: what was offered in it comes back after `onchainMs`, what was claimed stays claimed. */
  forceClose(channelId: string, onchainMs: number): void;
  /** Everything under way gets where it goes as soon as its channel is up. */
  hurry(): void;
  /** A payment that has nothing to do with any peg: moves what the channel can carry. Says whether it did. */
  transfer(from: string, to: string, amountMsat: bigint): boolean;
  /** Whether a close that both have to sign comes about. */
  closesTogether: boolean;
  policy: (payment: { from: string; to: string; amountMsat: Msat; attempt: number }) => Fate;
  listen(nodeId: string, listener: Listener): void;
  /** Puts an event into a node's queue. */
  deliver(nodeId: string, event: NodeEvent): void;
  /** Events a node has acknowledged, oldest first. */
  acknowledged(nodeId: string): readonly NodeEvent[];
  record(nodeId: string, payment: Payment): void;
  /** A node's channels as its owner sees them. */
  viewsOf(nodeId: string): Channel[];
  readonly channels: readonly SimChannel[];
  /** Every keysend that ever left. */
  readonly flights: readonly Flight[];
  onClaim: (flight: Flight) => void;
  inFlightMsat(): bigint;
  /** What went to miners so far. */
  feesMsat(): bigint;
  fund(name: string, amountSat: Sat): void;
}
