/** The balances behind many agreements from one reading of the channels: each channel and each peer is seen once. */
import type { Channel } from "../node/port.ts";
import type { Side } from "./agreement.ts";
import { type PeerBalances, peerBalances } from "./solvency.ts";

export type BalancesOf = (peer: string, side: Side) => PeerBalances;

export function balancesByPeer(channels: readonly Channel[]): BalancesOf {
  const byPeer = new Map<string, Channel[]>();
  for (const channel of channels) {
    const own = byPeer.get(channel.counterparty);
    if (own === undefined) byPeer.set(channel.counterparty, [channel]);
    else own.push(channel);
  }
  const known = { receiver: new Map<string, PeerBalances>(), provider: new Map<string, PeerBalances>() };
  return (peer, side) => {
    const found = known[side].get(peer) ?? peerBalances(byPeer.get(peer) ?? [], side);
    known[side].set(peer, found);
    return found;
  };
}
