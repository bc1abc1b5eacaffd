/**
 * What went wrong in systems before this one (and in the early one it follows), each as a thing that must not happen
 * here. Real engines and real ledgers over a simulated network.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { defaultTerms, termsPresets } from "../../src/stable/terms.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { usd } from "../sim/peer.ts";
import {
  auditKinds,
  both,
  dollars,
  during,
  type Pair,
  pair,
  pays,
  peg,
  peggedPair,
  priceTo,
  view,
} from "../stable/pair.ts";

let world: Pair;
afterEach(() => world.close());

async function pegged(...how: Parameters<typeof peggedPair>): Promise<string> {
  const made = await peggedPair(...how);
  world = made.world;
  return made.id;
}

describe("solvency", () => {
  test("a thin opening is refused, with the most that is possible", async () => {
    world = await pair({ user: sat(200_000n), lsp: sat(10_000n) });
    const refused = await peg(world, 150).catch((error: Error & { code?: string }) => error);
    expect(refused).toMatchObject({ code: "insufficient_cover" });
    expect(String(refused)).toMatch(/the most that is possible is \$\d+/);
  });

  test("an empty provider does not try for ever: it pays what it can, says what is missing, and goes on by itself", async () => {
    await pegged(100, { user: sat(150_000n), lsp: sat(60_000n) });
    const attempts = () => world.network.flights.length;
    await priceTo(world, 45_000, 120_000);
    const before = attempts();
    await world.clock.advance(3_600_000);
    expect(attempts()).toBe(before);
    expect((await view(world.user)).missingMsat).toBeGreaterThan(0n);
    await priceTo(world, 90_000, 60_000);
    expect((await view(world.user)).driftBps).toBe(0);
  });
});

describe("liveness", () => {
  test("a user above par who never pays is claimed, frozen and left", async () => {
    await pegged(100, { lspPolicy: { exit: "end" } });
    world.user.feed.hold("it does not want to");
    await priceTo(world, 120_000);
    await world.clock.advance(3_600_000);
    const theirs = await view(world.lsp);
    expect(theirs.agreement.status).toBe("ended");
    expect(await auditKinds(world.lsp)).toEqual(expect.arrayContaining(["claimed", "became_frozen", "became_ended"]));
  });

  test("a user below par whose LSP never pays sees it", async () => {
    await pegged();
    world.lsp.feed.hold("it does not want to");
    await priceTo(world, 80_000);
    await world.clock.advance(3_600_000);
    expect((await view(world.user)).agreement).toMatchObject({ status: "frozen", strikes: 3 });
  });
});

describe("a close", () => {
  test("settles first, whoever owes", async () => {
    const id = await pegged();
    world.user.feed.hold("no venue");
    await priceTo(world, 110_000);
    world.user.feed.hold(undefined);
    const { settledMsat, view: ended } = await during(world, world.user.engine.port.stop(id), 30_000);
    expect(ended.agreement.status).toBe("ended");
    expect(ended.agreement.paidByReceiverMsat).toBe(msat(9_090_000n));
    expect(settledMsat >= 0n).toBe(true);
  });

  test("by force ends the agreement on both sides and keeps the evidence", async () => {
    const id = await pegged();
    await priceTo(world, 90_000);
    const [channel] = await world.user.node.channels();
    world.network.forceClose(channel?.channelId ?? "", 3_600_000);
    await world.clock.advance(10_000);
    const [mine, theirs] = await both(world);
    expect([mine.agreement.status, theirs.agreement.status]).toEqual(["ended", "ended"]);
    expect(mine.agreement.reason).toBe("no channel with the peer is left: no reason is known");
    for (const peer of [world.user, world.lsp]) {
      expect((await peer.store.revisions(id))[0]?.acceptance).toBeDefined();
      expect(await peer.store.settlements(id)).toHaveLength(1);
    }
  });
});

describe("authority", () => {
  test("the provider can't set a target, whatever it signs", async () => {
    const id = await pegged();
    const asked = world.lsp.engine.port.revise(id, { kind: "resize", amountMicro: dollars(1) }, false);
    await expect(asked).rejects.toThrow("Only the stable receiver");
    await world.clock.advance(1_000);
    expect((await view(world.user)).agreement.targetMicro).toBe(dollars(100));
  });

  test("no book changes without both signatures on its state", async () => {
    const id = await pegged();
    await during(world, world.user.engine.port.revise(id, { kind: "sell", amountMicro: dollars(10) }, false));
    for (const peer of [world.user, world.lsp]) {
      const revisions = await peer.store.revisions(id);
      expect(revisions.map(({ rev }) => rev)).toEqual([1, 2]);
      for (const { proposal, acceptance, stateHash } of revisions) {
        expect(proposal.payload).toContain(stateHash);
        expect(acceptance?.payload).toContain(stateHash);
      }
    }
  });
});

describe("the books", () => {
  test("native is never paid away: a peg of $4 leaves the rest where it is", async () => {
    await pegged(4);
    await priceTo(world, 80_000);
    await priceTo(world, 125_000, 30_000);
    const mine = await view(world.user);
    expect(mine.nativeMsat).toBeGreaterThan(195_900_000n);
    expect(mine.backingMsat).toBe(msat(3_200_000n));
  });

  test("differ by nothing, though the prices differ by up to the tolerance", async () => {
    await pegged();
    let step = 0;
    for (const [mine, theirs] of [
      [99_000, 99_400],
      [98_500, 98_100],
      [104_000, 103_600],
      [90_000, 90_300],
    ] as const) {
      world.user.feed.tick(usd(mine));
      world.lsp.feed.tick(usd(theirs));
      await world.clock.advance(60_000 + step++);
      const [a, b] = await both(world);
      expect(a.backingMsat).toBe(b.backingMsat);
    }
  });

  test("a difference of feeds does not make the peers pay back and forth", async () => {
    await pegged();
    world.user.feed.tick(usd(100_300));
    world.lsp.feed.tick(usd(99_900));
    await world.clock.advance(55 * 60_000);
    expect((await view(world.user)).settlements).toBeLessThanOrEqual(1);
  });

  test("a small peg has a small band: $5 moves by cents, not by 5 %", async () => {
    await pegged(5);
    await priceTo(world, 99_600);
    expect((await view(world.user)).settlements).toBe(1);
    expect(defaultTerms.floorMicro).toBe(dollars(0.01));
    expect(termsPresets["stable-channels"].floorMicro).toBe(dollars(0.25));
  });

  test("money is exact: $60 at $100,000 is 60,000 sat", async () => {
    await pegged(60);
    expect((await view(world.user)).backingMsat).toBe(msat(60_000_000n));
  });

  test("a surplus can't be carried away by a payment", async () => {
    const id = await pegged(100, { user: sat(150_000n) });
    world.user.feed.hold("no venue");
    world.lsp.feed.tick(usd(110_000));
    await world.clock.advance(1_000);
    await pays(world, 60_000n);
    await world.clock.advance(20_000);
    // Without a price the user tells nothing, and the LSP would not take it while 9,090 sat are due.
    expect((await view(world.lsp)).agreement.rev).toBe(1);
    world.user.feed.hold(undefined);
    world.user.feed.tick(usd(110_000));
    await world.clock.advance(60_000);
    const [mine, theirs] = await both(world);
    expect(mine.agreement.paidByReceiverMsat).toBe(msat(9_090_000n));
    expect(mine.agreement.rev).toBe(2);
    expect(mine.agreement.stateHash).toBe(theirs.agreement.stateHash);
    expect(id).toBe(mine.agreement.id);
  });
});

describe("pending payments", () => {
  test("are not taken for losses", async () => {
    await pegged(100, { user: sat(120_000n) });
    const paymentId = "ab".repeat(32);
    const outbound = { paymentId, kind: "bolt11", direction: "outbound", status: "pending" } as const;
    world.network.record(world.user.node.nodeId, { ...outbound, amountMsat: msat(50_000_000n), updatedAt: 0 });
    world.network.transfer(world.user.node.nodeId, world.lsp.node.nodeId, 50_000_000n);
    await world.user.restart();
    await world.clock.advance(600_000);
    expect((await view(world.user)).agreement).toMatchObject({ rev: 1, targetMicro: dollars(100) });
  });

  test("several agreements and channels with one peer are told apart", async () => {
    await pegged(50, { user: sat(120_000n) });
    world.network.open("user", "lsp", { a: sat(100_000n), b: sat(100_000n) });
    await peg(world, 60);
    await priceTo(world, 90_000, 60_000);
    const [mine, theirs] = [await world.user.engine.port.list(), await world.lsp.engine.port.list()];
    expect(mine.map(({ backingMsat }) => backingMsat)).toEqual([msat(55_555_000n), msat(66_666_000n)]);
    expect(theirs.map(({ backingMsat }) => backingMsat)).toEqual(mine.map(({ backingMsat }) => backingMsat));
  });
});

describe("prices", () => {
  test("none means nothing is paid, opened or changed", async () => {
    const id = await pegged();
    world.user.feed.hold("no quorum");
    world.lsp.feed.hold("no quorum");
    await priceTo(world, 1);
    await world.clock.advance(120_000);
    const mine = await view(world.user);
    expect(mine).toMatchObject({ settlements: 0 });
    expect(mine.agreement.status).toBe("active");
    const change = world.user.engine.port.revise(id, { kind: "sell", amountMicro: dollars(1) }, false);
    await expect(change).rejects.toMatchObject({ code: "stale_price" });
    await world.clock.advance(1_000);
  });

  test("a refused proposal costs nothing", async () => {
    const id = await pegged(100, { lspPolicy: { maxPerPeerMicro: dollars(100), feeBps: 0 } });
    const before = world.user.node.balanceMsat();
    await during(world, world.user.engine.port.revise(id, { kind: "sell", amountMicro: dollars(10) }, false)).catch(
      () => undefined,
    );
    // One millisatoshi carried the question, one brought the answer.
    expect(world.user.node.balanceMsat()).toBe(before);
    expect((await view(world.user)).agreement.rev).toBe(1);
  });
});
