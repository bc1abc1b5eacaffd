import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Channel } from "../../src/node/port.ts";
import {
  coverOf,
  dryPrice,
  isCovered,
  largestTarget,
  leverageBps,
  nativeOf,
  peerBalances,
  stakeForCover,
  warnPrice,
} from "../../src/stable/solvency.ts";
import { backingFloor, MAX_MICRO, micro, msat, price, sat } from "../../src/stable/units.ts";
import { anyMicro, anyMsat, anyPrice, plainPrice, plainTarget } from "./arbitraries.ts";
import { sats, usd, usdPerBtc } from "./samples.ts";

const anyCushion = fc.record({ targetMicro: anyMicro, backingMsat: anyMsat, stakeMsat: anyMsat });

describe("cover", () => {
  const even = { targetMicro: usd(100), backingMsat: sats(100_000), stakeMsat: sats(100_000) };

  test("equal stakes are leverage two and run dry at half the price", () => {
    expect(leverageBps(even)).toBe(20_000);
    expect(coverOf(even, usdPerBtc(100_000))).toEqual({ coveredTo: usdPerBtc(50_000), dropBps: 5_000, dry: false });
  });

  test("half the receiver's stake is leverage three and covers a third", () => {
    const thin = { ...even, stakeMsat: sats(50_000) };
    expect(leverageBps(thin)).toBe(30_000);
    expect(coverOf(thin, usdPerBtc(100_000))).toEqual({
      coveredTo: price(66_666_666_667n),
      dropBps: 3_333,
      dry: false,
    });
  });

  test("no stake: dry below the present price, and no leverage can be named", () => {
    const bare = { ...even, stakeMsat: sats(0) };
    expect(leverageBps(bare)).toBeUndefined();
    expect(coverOf(bare, usdPerBtc(100_000))).toEqual({ coveredTo: usdPerBtc(100_000), dropBps: 0, dry: false });
    expect(coverOf(bare, usdPerBtc(99_999))).toMatchObject({ dropBps: 0, dry: true });
    expect(dryPrice({ ...bare, backingMsat: sats(0) })).toBe(price(MAX_MICRO));
  });

  test("settling moves nothing: backing and stake only change places", () => {
    const paid = { ...even, backingMsat: sats(125_000), stakeMsat: sats(75_000) };
    expect(dryPrice(paid)).toBe(dryPrice(even));
  });

  test("at the dry price the provider can still pay all it owes, one micro-dollar below it can't", () => {
    fc.assert(
      fc.property(anyCushion, (cushion) => {
        const at = dryPrice(cushion);
        if (at === MAX_MICRO || cushion.targetMicro === 0n) return;
        expect(coverOf(cushion, at).dry).toBe(false);
        if (at > 1n) expect(coverOf(cushion, price(at - 1n)).dry).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test("more stake never covers less, a larger target never more", () => {
    fc.assert(
      fc.property(anyCushion, anyPrice, fc.bigInt({ min: 0n, max: 10_000_000n }), (cushion, p, more) => {
        const richer = { ...cushion, stakeMsat: cushion.stakeMsat + more };
        const larger = { ...cushion, targetMicro: cushion.targetMicro + more };
        expect(coverOf(richer, p).dropBps).toBeGreaterThanOrEqual(coverOf(cushion, p).dropBps);
        expect(coverOf(larger, p).dropBps).toBeLessThanOrEqual(coverOf(cushion, p).dropBps);
      }),
      { numRuns: 5_000 },
    );
  });

  test("the shown drop and the exact rule agree", () => {
    fc.assert(
      fc.property(anyCushion, anyPrice, fc.integer({ min: 1, max: 9_999 }), (cushion, p, bps) => {
        expect(isCovered(cushion, p, bps)).toBe(coverOf(cushion, p).dropBps >= bps || cushion.targetMicro === 0n);
      }),
      { numRuns: 5_000 },
    );
  });
});

test("the stake for a wanted cover is enough, and one msat less is not", () => {
  fc.assert(
    fc.property(plainTarget, anyMsat, plainPrice, fc.integer({ min: 0, max: 9_999 }), (target, backing, p, bps) => {
      const position = { targetMicro: target, backingMsat: backing };
      const stakeMsat = stakeForCover(position, p, bps);
      expect(isCovered({ ...position, stakeMsat }, p, bps)).toBe(true);
      if (stakeMsat > 0n) expect(isCovered({ ...position, stakeMsat: stakeMsat - 1n }, p, bps)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});

test("the largest target fits balance and cover with its fair backing, beside what is agreed already", () => {
  fc.assert(
    fc.property(
      fc.record({ targetMicro: plainTarget, backingMsat: anyMsat, stakeMsat: anyMsat }),
      anyMsat,
      plainPrice,
      fc.integer({ min: 0, max: 9_999 }),
      (others, native, p, bps) => {
        const most = largestTarget(others, native, p, bps);
        if (most === 0n) return;
        const backing = (most * 100_000_000_000n) / p;
        expect(backing).toBeLessThanOrEqual(native);
        const all = { targetMicro: others.targetMicro + most, backingMsat: others.backingMsat + backing };
        if (bps > 0) expect(isCovered({ ...all, stakeMsat: others.stakeMsat }, p, bps)).toBe(true);
      },
    ),
    { numRuns: 5_000 },
  );
  const nothing = { targetMicro: 0n, backingMsat: 0n, stakeMsat: sats(50_000) };
  expect(largestTarget(nothing, sats(50_000), usdPerBtc(100_000), 2_000)).toBe(usd(50));
  expect(largestTarget(nothing, -1n, usdPerBtc(100_000), 2_000)).toBe(0n);
  const target = micro(largestTarget(nothing, sats(900_000), usdPerBtc(100_000), 5_000));
  expect(usd(50) - target).toBeLessThan(10n);
  expect(
    isCovered(
      { targetMicro: target, backingMsat: backingFloor(target, usdPerBtc(100_000)), stakeMsat: sats(50_000) },
      usdPerBtc(100_000),
      5_000,
    ),
  ).toBe(true);
});

test("the warning comes when half the cushion is gone, and at once when there is none", () => {
  expect(warnPrice(usdPerBtc(100_000), usdPerBtc(50_000))).toBe(usdPerBtc(75_000));
  expect(warnPrice(usdPerBtc(100_000), usdPerBtc(120_000))).toBe(usdPerBtc(120_000));
});

describe("balances with a peer", () => {
  function channel(changes: Partial<Channel>): Channel {
    return {
      channelId: "c0",
      userChannelId: "1",
      counterparty: "02aa",
      capacitySat: sat(100_000n),
      outboundMsat: sats(40_000),
      inboundMsat: sats(55_000),
      reserveSat: sat(1_000n),
      counterpartyReserveSat: sat(2_000n),
      nextOutboundHtlcMinimumMsat: msat(1n),
      nextOutboundHtlcLimitMsat: sats(39_000),
      inboundHtlcMinimumMsat: msat(1n),
      isOutbound: false,
      isAnnounced: false,
      channelReady: true,
      usable: true,
      confirmations: 6,
      confirmationsRequired: 0,
      feerateSatPerKw: 250,
      ...changes,
    };
  }

  const second = channel({ outboundMsat: sats(10_000), nextOutboundHtlcLimitMsat: sats(9_000), usable: false });

  test("the receiver counts its own reserve, the stake counts only what can be sent", () => {
    const seen = peerBalances([channel({}), second], "receiver");
    expect(seen).toEqual({
      receiverMsat: sats(52_000),
      stakeMsat: sats(110_000),
      ourSpendableMsat: sats(50_000),
      theirSpendableMsat: sats(110_000),
      sendableMsat: sats(39_000),
      leastSendableMsat: msat(1n),
      channels: 2,
      usable: 1,
    });
  });

  test("the provider sees the same receiver balance through its inbound", () => {
    const mirrored = channel({
      outboundMsat: sats(55_000),
      inboundMsat: sats(40_000),
      reserveSat: sat(2_000n),
      counterpartyReserveSat: sat(1_000n),
    });
    const [ours, theirs] = [peerBalances([mirrored], "provider"), peerBalances([channel({})], "receiver")];
    expect([ours.receiverMsat, ours.stakeMsat]).toEqual([theirs.receiverMsat, theirs.stakeMsat]);
  });

  describe("a side that may own less than its reserve", () => {
    /** 100,000 sat of which the peer, who opened it, holds all but this much; LDK shows what is above the reserves. */
    const fresh = (ownSat: number) =>
      channel({
        outboundMsat: sats(Math.max(0, ownSat - 1_000)),
        inboundMsat: sats(100_000 - 660 - 2_000 - ownSat),
        reserveSat: sat(1_000n),
        counterpartyReserveSat: sat(2_000n),
      });
    const mirrored = (ownSat: number) => {
      const { outboundMsat: inboundMsat, inboundMsat: outboundMsat } = fresh(ownSat);
      return channel({ outboundMsat, inboundMsat, reserveSat: sat(2_000n), counterpartyReserveSat: sat(1_000n) });
    };

    test.each([0, 1, 400, 999, 1_000, 1_001, 50_000])("holds what it holds, by either side: %d sat", (own) => {
      expect(peerBalances([fresh(own)], "receiver").receiverMsat).toBe(sats(own));
      expect(peerBalances([mirrored(own)], "provider").receiverMsat).toBe(sats(own));
    });

    test("is credited the reserve at most while HTLCs of the other are under way", () => {
      const busy = { ...fresh(300), inboundMsat: sats(50_000) };
      expect(peerBalances([busy], "receiver").receiverMsat).toBe(sats(1_000));
    });

    test("never holds less than nothing", () => {
      const odd = channel({ outboundMsat: sats(0), inboundMsat: sats(99_900), counterpartyReserveSat: sat(1_000n) });
      expect(peerBalances([odd], "receiver").receiverMsat).toBe(sats(0));
    });
  });

  test("a channel that is not ready counts for nothing; a keysend takes the channel that carries most", () => {
    const wide = channel({ nextOutboundHtlcLimitMsat: sats(60_000), nextOutboundHtlcMinimumMsat: msat(1_000n) });
    const seen = peerBalances([channel({}), channel({ channelReady: false }), wide], "provider");
    expect([seen.channels, seen.sendableMsat, seen.leastSendableMsat]).toEqual([2, sats(60_000), msat(1_000n)]);
  });

  test("native is what no agreement holds, below zero after a spend from a backing", () => {
    expect(nativeOf(sats(100), [sats(30), sats(60)])).toBe(10_000n);
    expect(nativeOf(sats(100), [sats(101)])).toBe(-1_000n);
  });
});
