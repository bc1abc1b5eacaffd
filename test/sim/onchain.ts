/**
 * What nodes hold outside their channels: coins, what closed channels still owe them, and the fees that went to miners.
 * A closed channel's money is spendable once its delay is over; sweeping it and opening another cost fees.
 */
import type { Balances, LightningBalance } from "../../src/node/port.ts";
import { type Sat, sat } from "../../src/stable/units.ts";
import { balanceIn, otherEnd, type SimChannel } from "./channel.ts";
import type { Flight } from "./flight.ts";

const SWEEP_FEE_MSAT = 400_000n;
const OPEN_FEE_MSAT = 500_000n;

export interface OnChain {
  /** Coins from nowhere: before the simulation begins. */
  fund(nodeId: string, amountSat: Sat): void;
  heldMsat(nodeId: string): bigint;
  feesMsat(): bigint;
  /** The money of a closed channel, or what an HTLC of it brings later, arrives. */
  sweep(channel: SimChannel): void;
  /** Whether there was enough. `lostMsat`: what of it belongs to nobody in the new channel. */
  spend(nodeId: string, amountMsat: bigint, lostMsat: bigint): boolean;
  balances(nodeId: string, channels: readonly SimChannel[], flights: readonly Flight[]): Balances;
}

export function onChain(): OnChain {
  const coins = new Map<string, bigint>();
  let fees = 0n;
  const held = (nodeId: string): bigint => coins.get(nodeId) ?? 0n;

  return {
    fund: (nodeId, amountSat) => coins.set(nodeId, held(nodeId) + amountSat * 1000n),
    heldMsat: held,
    feesMsat: () => fees,
    sweep(channel) {
      channel.swept = true;
      for (const end of channel.ends) {
        const amount = balanceIn(channel, end);
        const fee = amount < SWEEP_FEE_MSAT ? amount : SWEEP_FEE_MSAT;
        channel.balances.set(end, 0n);
        coins.set(end, held(end) + amount - fee);
        fees += fee;
      }
    },
    spend(nodeId, amountMsat, lostMsat) {
      if (held(nodeId) < amountMsat + OPEN_FEE_MSAT) return false;
      coins.set(nodeId, held(nodeId) - amountMsat - OPEN_FEE_MSAT);
      fees += OPEN_FEE_MSAT + lostMsat;
      return true;
    },
    balances(nodeId, channels, flights) {
      const pending = flights.filter((f) => f.from === nodeId && f.channel.closed && f.stage === "offered");
      const htlcs = pending.map((f): LightningBalance => {
        const part = { channelId: f.channel.id, counterparty: f.to, amountSat: sat(f.amountMsat / 1000n) };
        return { kind: "maybe_timeout_claimable_htlc", ...part };
      });
      const closed = channels.filter((c) => c.closed && c.swept !== true && c.ends.includes(nodeId));
      const locked = closed.map((c): LightningBalance => {
        const amountSat = sat(balanceIn(c, nodeId) / 1000n);
        const counterparty = otherEnd(c, nodeId);
        return { kind: "claimable_awaiting_confirmations", channelId: c.id, counterparty, amountSat };
      });
      const spendable = sat(held(nodeId) / 1000n);
      return {
        onchainTotalSat: spendable,
        onchainSpendableSat: spendable,
        anchorReserveSat: sat(0n),
        lightningTotalSat: sat(0n),
        lightning: [...htlcs, ...locked],
        sweeps: [],
      };
    },
  };
}
