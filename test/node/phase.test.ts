import { expect, test } from "bun:test";
import { channelPhase, closingChannels } from "../../src/node/phase.ts";
import type { Balances, ChannelPhase, LightningBalanceKind } from "../../src/node/port.ts";
import { sat } from "../../src/stable/units.ts";
import { routed } from "../commands/fake-roles.ts";

const PEER = `02${"cd".repeat(32)}`;
const GONE = "ee".repeat(32);

const balances = (changes: Partial<Balances>): Balances => ({
  onchainTotalSat: sat(0n),
  onchainSpendableSat: sat(0n),
  anchorReserveSat: sat(0n),
  lightningTotalSat: sat(0n),
  lightning: [],
  sweeps: [],
  ...changes,
});

const balance = (kind: LightningBalanceKind, amount: bigint, channelId = GONE) => ({
  kind,
  channelId,
  counterparty: PEER,
  amountSat: sat(amount),
});

test("a listed channel is opening, locking in or normal", () => {
  expect(channelPhase({ channelReady: false })).toBe("OPENINGD");
  expect(channelPhase({ channelReady: false, fundingTxid: "ab" })).toBe("CHANNELD_AWAITING_LOCKIN");
  expect(channelPhase({ channelReady: true, fundingTxid: "ab" })).toBe("CHANNELD_NORMAL");
});

test.each<[LightningBalanceKind, ChannelPhase]>([
  ["claimable_on_channel_close", "CLOSINGD_COMPLETE"],
  ["claimable_awaiting_confirmations", "FUNDING_SPEND_SEEN"],
  ["contentious_claimable", "ONCHAIN"],
  ["maybe_timeout_claimable_htlc", "ONCHAIN"],
  ["maybe_preimage_claimable_htlc", "ONCHAIN"],
  ["counterparty_revoked_output_claimable", "ONCHAIN"],
])("a closed channel's %s means %s", (kind, phase) => {
  const closing = closingChannels([], balances({ lightning: [balance(kind, 7n)] }));
  expect(closing).toEqual([{ channelId: GONE, counterparty: PEER, amountSat: sat(7n), phase }]);
});

test("what belongs to one channel is summed, its latest phase counts, and the peer is kept", () => {
  const closing = closingChannels(
    [],
    balances({
      lightning: [balance("maybe_timeout_claimable_htlc", 5n), balance("claimable_on_channel_close", 100n)],
      sweeps: [{ kind: "pending_broadcast", channelId: GONE, amountSat: sat(20n) }],
    }),
  );
  expect(closing).toEqual([{ channelId: GONE, counterparty: PEER, amountSat: sat(125n), phase: "ONCHAIN" }]);
});

test("channels that are still listed and sweeps of no channel are left out", async () => {
  const { of } = await routed();
  const channels = await of.lsp.context.node.channels();
  const lightning = channels.map((c) => balance("claimable_on_channel_close", 1n, c.channelId));
  const sweeps = [{ kind: "pending_broadcast" as const, amountSat: sat(3n) }];
  expect(channels).not.toBeEmpty();
  expect(closingChannels(channels, balances({ lightning, sweeps }))).toEqual([]);
});
