import { expect, test } from "bun:test";
import { inFlightByChannel, inFlightMsat } from "../../src/node/in-flight.ts";
import type { Balances, Channel } from "../../src/node/port.ts";
import { msat, sat } from "../../src/stable/units.ts";

const id = "aa".repeat(32);
const quiet: Channel = {
  channelId: id,
  userChannelId: "1",
  counterparty: `02${"bb".repeat(32)}`,
  capacitySat: sat(100_000n),
  outboundMsat: msat(40_000_000n),
  inboundMsat: msat(56_772_000n),
  reserveSat: sat(1_000n),
  counterpartyReserveSat: sat(1_000n),
  nextOutboundHtlcMinimumMsat: msat(1n),
  nextOutboundHtlcLimitMsat: msat(40_000_000n),
  inboundHtlcMinimumMsat: msat(1n),
  isOutbound: true,
  isAnnounced: false,
  channelReady: true,
  usable: true,
  confirmations: 6,
  confirmationsRequired: 3,
  feerateSatPerKw: 253,
};
const balances = (...amounts: bigint[]): Balances => ({
  onchainTotalSat: sat(0n),
  onchainSpendableSat: sat(0n),
  anchorReserveSat: sat(0n),
  lightningTotalSat: sat(0n),
  lightning: amounts.map((amount) => ({
    kind: "maybe_timeout_claimable_htlc",
    channelId: id,
    counterparty: quiet.counterparty,
    amountSat: sat(amount),
  })),
  sweeps: [],
});

test("nothing is in flight on a channel at rest", () => {
  expect(inFlightMsat(quiet)).toBe(0n);
  expect(inFlightByChannel([quiet], balances()).get(id)).toBe(0n);
});

test("what the capacity lacks is in flight", () => {
  const busy = { ...quiet, outboundMsat: msat(30_000_000n) };
  expect(inFlightByChannel([busy], balances(9_000n)).get(id)).toBe(10_000_000n);
});

test("where a balance is hidden below its reserve, the monitor's HTLCs count", () => {
  expect(inFlightByChannel([quiet], balances(2_000n, 500n)).get(id)).toBe(2_500_000n);
});
