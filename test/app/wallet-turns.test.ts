import { expect, test } from "bun:test";
import { walletTurns } from "../../src/app/wallet-turns.ts";
import { CodedError } from "../../src/errors.ts";
import type { Channel, LogLine, Node } from "../../src/node/port.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { createRoles, nodeIds } from "../commands/fake-roles.ts";
import { manualClock } from "../price/manual-clock.ts";

const TXID = "fe".repeat(32);

function channel(userChannelId: string): Channel {
  return {
    channelId: `c${userChannelId}`,
    userChannelId,
    counterparty: nodeIds.lsp,
    fundingTxid: TXID,
    capacitySat: sat(100_000n),
    outboundMsat: msat(0n),
    inboundMsat: msat(0n),
    reserveSat: sat(0n),
    counterpartyReserveSat: sat(0n),
    nextOutboundHtlcMinimumMsat: msat(1n),
    nextOutboundHtlcLimitMsat: msat(0n),
    inboundHtlcMinimumMsat: msat(1n),
    isOutbound: true,
    isAnnounced: false,
    channelReady: false,
    usable: false,
    confirmations: 0,
    confirmationsRequired: 6,
    feerateSatPerKw: 253,
  };
}

/** A wallet that learns what it spent when it is told, and the turns around it. */
function wallet(ownBitcoind = false) {
  const clock = manualClock();
  const { node } = createRoles().of.exchange.context;
  const channels: Channel[] = [];
  const refused: string[] = [];
  let total = sat(1_000_000n);
  let log: LogLine[] = [];
  let syncs = 0;
  let opened = 0;
  let isAway = false;
  const request = { nodeId: nodeIds.lsp, address: "a", amountSat: sat(1n), pushMsat: msat(0n), announced: false };
  const turns = walletTurns<Node>(
    {
      ...node,
      balances: async () => ({ ...(await node.balances()), onchainTotalSat: total, onchainSpendableSat: total }),
      channels: async () => channels,
      log: async ({ afterSeq = 0n, minLevel }) =>
        log.filter(({ seq, level }) => seq > afterSeq && (minLevel !== "error" || level === "error")),
      async sync() {
        syncs++;
        if (isAway) throw new CodedError("chain_unreachable", "down");
        return { blockHeight: 1, tipHeight: 1 };
      },
      async openChannel() {
        const userChannelId = String(++opened);
        channels.push(channel(userChannelId));
        return { userChannelId };
      },
      sendOnchain: async () => ({ txid: TXID }),
    },
    { clock, ownBitcoind, refused: ({ channelId }) => void refused.push(channelId) },
  );
  return {
    turns,
    refused,
    channels,
    opened: () => opened,
    syncs: () => syncs,
    open: () => turns.node.openChannel(request),
    send: () => turns.node.sendOnchain({ address: "a", amountSat: "all" }),
    openNow: () => turns.unwaiting.openChannel(request),
    event(kind: "channel_pending" | "payment_forwarded", userChannelId: string) {
      const channelId = `c${userChannelId}`;
      turns.onEvent(
        kind === "channel_pending"
          ? { kind, channelId, userChannelId, counterparty: nodeIds.lsp, fundingTxid: TXID, fundingVout: 0 }
          : { kind, prevChannelId: "x", nextChannelId: channelId, claimFromOnchain: false },
      );
    },
    learns() {
      total = sat(total - 100_000n);
    },
    away(is: boolean) {
      isAway = is;
    },
    claims(message: string) {
      log = [{ seq: 1n, at: 0, level: "info", module: "lightning::events::bump_transaction", message }];
    },
    says(message: string) {
      log = [{ seq: 1n, at: 0, level: "error", module: "ldk_node::chain::bitcoind", message }];
    },
    /** Lets time pass and what falls due be done. */
    async pass(ms: number): Promise<void> {
      for (let step = 0; step < 50; step++) {
        for (let turn = 0; turn < 30; turn++) await Promise.resolve();
        clock.advance(ms / 50);
      }
    },
  };
}

test("a channel is asked for only once the wallet knows what the one before it spent", async () => {
  const here = wallet();
  await here.open();
  const second = here.open();
  await here.pass(5_000);
  expect([here.opened(), here.syncs()]).toEqual([1, 0]);
  here.event("channel_pending", "1");
  await here.pass(200);
  expect([here.opened(), here.syncs() > 0]).toEqual([1, true]);
  here.learns();
  await here.pass(2_000);
  expect(await second).toEqual({ userChannelId: "2" });
  expect(here.refused).toEqual([]);
});

test("who can't wait has nothing to spend meanwhile, and opens nothing", async () => {
  const here = wallet();
  await here.openNow();
  expect((await here.turns.unwaiting.balances()).onchainSpendableSat).toBe(sat(0n));
  await expect(here.openNow()).rejects.toMatchObject({ code: "conflict" });
  expect((await here.turns.node.balances()).onchainSpendableSat).toBe(sat(1_000_000n));
  here.event("channel_pending", "1");
  here.learns();
  await here.pass(10_000);
  expect((await here.turns.unwaiting.balances()).onchainSpendableSat).toBe(sat(900_000n));
  expect(await here.openNow()).toEqual({ userChannelId: "2" });
});

test("a channel that a payment opens is out once that payment is passed on", async () => {
  const here = wallet();
  here.channels.push(channel("9"));
  here.event("channel_pending", "9");
  await here.pass(100);
  const next = here.open();
  await here.pass(5_000);
  expect([here.opened(), here.syncs()]).toEqual([0, 0]);
  here.event("payment_forwarded", "9");
  await here.pass(100);
  here.learns();
  await here.pass(3_000);
  expect(await next).toEqual({ userChannelId: "1" });
});

test("a peer that never answers holds nobody up for long", async () => {
  const here = wallet();
  await here.open();
  here.channels.pop();
  const second = here.open();
  await here.pass(30_000);
  expect(await second).toEqual({ userChannelId: "2" });
});

test("what the wallet has not learnt of by then keeps it from spending until it has", async () => {
  const here = wallet();
  await here.open();
  here.event("channel_pending", "1");
  await here.pass(10_000);
  await expect(here.open()).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("a block") });
  here.learns();
  expect(await here.open()).toEqual({ userChannelId: "2" });
  here.event("channel_pending", "2");
  await here.pass(10_000);
  await expect(here.open()).rejects.toMatchObject({ code: "conflict" });
  // Blocks have come by then: it never left.
  await here.pass(1_800_001);
  expect(await here.open()).toEqual({ userChannelId: "3" });
});

test("with a bitcoind each begins in a second of its own", async () => {
  const here = wallet(true);
  const first = here.open();
  await here.pass(900);
  expect(here.opened()).toBe(0);
  await here.pass(200);
  expect(await first).toEqual({ userChannelId: "1" });
});

test("a funding transaction that the chain did not take is told of, by the channel it should have paid for", async () => {
  const here = wallet();
  await here.open();
  here.says(`Failed to broadcast transaction ${TXID}: RPC error -26: insufficient fee`);
  here.event("channel_pending", "1");
  await here.pass(10_000);
  expect(here.refused).toEqual(["c1"]);
});

test("one that LDK sent once more, and is there already, was not refused", async () => {
  for (const reason of ["-27: Transaction outputs already in utxo set", "-25: txn-already-in-mempool"]) {
    const here = wallet();
    await here.open();
    here.says(`Failed to broadcast transaction ${TXID}: RPC error ${reason}`);
    here.event("channel_pending", "1");
    here.learns();
    await here.pass(10_000);
    expect(here.refused).toEqual([]);
  }
});

test("a payment is told of once the wallet knows it, or as refused with the chain's reason", async () => {
  const here = wallet();
  const told: unknown[] = [];
  const tell = (outcome: unknown) => void told.push(outcome);
  const send = () => void here.send().then(tell, tell);
  send();
  await here.pass(100);
  expect(told).toEqual([]);
  here.learns();
  await here.pass(1_000);
  expect(told).toEqual([{ txid: TXID }]);
  here.says(`Failed to broadcast transaction ${TXID}: RPC error -26: min relay fee not met`);
  send();
  await here.pass(10_000);
  const message = expect.stringContaining("(RPC error -26: min relay fee not met)");
  expect(told[1]).toMatchObject({ code: "rejected", message });
  // Nothing was spent, so nobody waits for it.
  expect(await here.open()).toEqual({ userChannelId: "1" });
});

test("what LDK claims after a forced close with coins of the wallet is waited for, once", async () => {
  const here = wallet();
  here.claims("Broadcasting HTLC claim tx (1 preimage, 0 timeout, 0 revoked) with txid 6a3f");
  const told: unknown[] = [];
  const tell = (outcome: unknown) => void told.push(outcome);
  here.away(true);
  void here.open().then(tell, tell);
  await here.pass(2_000);
  expect(told).toMatchObject([{ code: "chain_unreachable" }]);
  here.away(false);
  void here.open().then(tell, tell);
  await here.pass(1_000);
  expect([here.opened(), here.syncs()]).toEqual([0, 1]);
  await here.pass(1_000);
  expect(told[1]).toEqual({ userChannelId: "1" });
  expect(here.syncs()).toBe(2);
  here.event("channel_pending", "1");
  here.learns();
  await here.pass(5_000);
  const looks = here.syncs();
  expect(await here.open()).toEqual({ userChannelId: "2" });
  expect(here.syncs()).toBe(looks);
});

test("whoever stops waits for nobody", async () => {
  const here = wallet();
  await here.open();
  const second = here.open();
  await here.pass(100);
  here.turns.stop();
  expect(await second).toEqual({ userChannelId: "2" });
});
