import { afterEach, describe, expect, test } from "bun:test";
import { msat, sat } from "../../src/stable/units.ts";
import { usd } from "../sim/peer.ts";
import { auditKinds, both, during, type Pair, type PairOptions, pair, peg, priceTo, view } from "./pair.ts";

let world: Pair;
afterEach(() => world.close());

async function pegged(options: PairOptions = {}): Promise<string> {
  world = await pair(options);
  return (await peg(world)).agreement.id;
}

/** The LSP lives, answers and never settles: it has no price of its own. */
async function lspStopsPaying(dollars = 90_000): Promise<void> {
  world.lsp.feed.hold("no venue answers");
  await priceTo(world, dollars);
}

describe("a peer that owes and does not pay", () => {
  test("is claimed after a minute, then after two, then after four", async () => {
    await pegged();
    await lspStopsPaying();
    await world.clock.advance(50_000);
    expect((await view(world.user)).agreement.strikes).toBe(0);
    await world.clock.advance(20_000);
    expect((await view(world.user)).agreement.strikes).toBe(1);
    await world.clock.advance(100_000);
    expect((await view(world.user)).agreement.strikes).toBe(1);
    await world.clock.advance(40_000);
    expect((await view(world.user)).agreement.strikes).toBe(2);
    expect((await auditKinds(world.lsp)).filter((kind) => kind === "claim_received")).toHaveLength(2);
  });

  test("finds the agreement frozen after the last unanswered claim", async () => {
    await pegged();
    await lspStopsPaying();
    await world.clock.advance(20 * 60_000);
    const mine = await view(world.user);
    expect(mine.agreement.status).toBe("frozen");
    expect(mine.agreement.reason).toMatch(/^unpaid: 3 claims went unanswered, 11111 sat are due$/);
    // The book did not move.
    expect(mine.backingMsat).toBe(msat(100_000_000n));
  });

  test("thaws it by paying", async () => {
    await pegged();
    await lspStopsPaying();
    await world.clock.advance(20 * 60_000);
    world.lsp.feed.hold(undefined);
    await world.clock.advance(60_000);
    const [mine, theirs] = await both(world);
    expect(mine.agreement).toMatchObject({ status: "active", strikes: 0 });
    expect(mine.backingMsat).toBe(theirs.backingMsat);
    expect(mine.driftBps).toBe(0);
  });

  test("has its strikes forgotten when it pays in between", async () => {
    await pegged();
    await lspStopsPaying();
    await world.clock.advance(70_000);
    world.lsp.feed.hold(undefined);
    await world.clock.advance(30_000);
    expect((await view(world.user)).agreement).toMatchObject({ status: "active", strikes: 0 });
  });

  test("is not struck for claims it never got", async () => {
    await pegged();
    world.network.connect(false);
    await priceTo(world, 90_000);
    await world.clock.advance(86_400_000);
    expect((await view(world.user)).agreement).toMatchObject({ status: "active", strikes: 0 });
    world.network.connect(true);
    await world.clock.advance(60_000);
    expect((await view(world.user)).driftBps).toBe(0);
  });

  test("is not claimed for what a price within the tolerance would excuse", async () => {
    await pegged();
    // 40 bps apart: the user sees the LSP beyond the band, the LSP sees nothing due.
    world.user.feed.tick(usd(99_600));
    world.lsp.feed.tick(usd(100_000));
    await world.clock.advance(3_600_000);
    expect((await view(world.user)).agreement).toMatchObject({ status: "active", strikes: 0 });
    expect(await auditKinds(world.user)).not.toContain("claimed");
  });
});

describe("what follows a freeze is the owner's choice", () => {
  test("wait: it stays frozen", async () => {
    await pegged();
    await lspStopsPaying();
    await world.clock.advance(2 * 3_600_000);
    expect((await view(world.user)).agreement.status).toBe("frozen");
    await expect(world.user.node.channels()).resolves.toHaveLength(1);
  });

  test("end: asks for the end, and ends it alone when the peer does not agree", async () => {
    await pegged({ userPolicy: { exit: "end" } });
    await lspStopsPaying();
    await world.clock.advance(2 * 3_600_000);
    const mine = await view(world.user);
    expect(mine.agreement.status).toBe("ended");
    expect(mine.agreement.reason).toMatch(/^unpaid: /);
    await expect(world.user.node.channels()).resolves.toHaveLength(1);
    // When the LSP has a price again and asks, it is told, and both have signed the end.
    world.lsp.feed.hold(undefined);
    world.network.connect(false);
    await world.clock.advance(1_000);
    world.network.connect(true);
    await world.clock.advance(120_000);
    const [left, told] = await both(world);
    expect(told.agreement.status).toBe("ended");
    expect(told.agreement.stateHash).toBe(left.agreement.stateHash);
    expect(told.backingMsat).toBe(left.backingMsat);
  });

  test("close: and closes the channels", async () => {
    await pegged({ userPolicy: { exit: "close" } });
    await lspStopsPaying();
    await world.clock.advance(2 * 3_600_000);
    expect((await view(world.user)).agreement.status).toBe("ended");
    await expect(world.user.node.channels()).resolves.toHaveLength(0);
    expect(await auditKinds(world.user)).toContain("exit_close");
  });
});

describe("prices beyond the tolerance", () => {
  test("are booked, flagged, counted, and freeze after the agreed number", async () => {
    await pegged();
    // The LSP's price is 5 % off; both settle by their own, back and forth, until the strikes are used up.
    world.lsp.feed.tick(usd(95_000));
    await world.clock.advance(10 * 60_000);
    const [mine, theirs] = await both(world);
    expect([mine.agreement.status, theirs.agreement.status]).toContain("frozen");
    expect(mine.backingMsat).toBe(theirs.backingMsat);
    const flagged = (await world.user.store.settlements(mine.agreement.id)).filter((s) =>
      s.flag?.includes("price_dispute"),
    );
    expect(flagged.length).toBeGreaterThanOrEqual(3);
    const frozen = mine.agreement.status === "frozen" ? mine : theirs;
    expect(frozen.agreement.reason).toMatch(/^price: /);
  });

  test("go on when a person says so, once the prices agree", async () => {
    const id = await pegged();
    world.lsp.feed.tick(usd(95_000));
    await world.clock.advance(10 * 60_000);
    await priceTo(world, 100_000);
    for (const peer of [world.user, world.lsp]) {
      if ((await view(peer)).agreement.status === "frozen") await during(world, peer.engine.port.resume(id));
    }
    await world.clock.advance(60_000);
    const [mine, theirs] = await both(world);
    expect([mine.agreement.status, theirs.agreement.status]).toEqual(["active", "active"]);
    expect(mine.driftBps).toBe(0);
    expect(mine.backingMsat).toBe(theirs.backingMsat);
  });
});

describe("solvency", () => {
  const thin = { user: sat(150_000n), lsp: sat(60_000n) };

  test("half the cushion gone is said once, on both sides, and shown", async () => {
    await pegged(thin);
    await priceTo(world, 79_000);
    await priceTo(world, 78_900);
    const [mine, theirs] = await both(world);
    expect([mine.thin, theirs.thin]).toEqual([true, true]);
    for (const peer of [world.user, world.lsp]) {
      expect((await auditKinds(peer)).filter((kind) => kind === "cushion_half_gone")).toHaveLength(1);
    }
    await priceTo(world, 99_000);
    expect((await view(world.lsp)).thin).toBe(false);
    expect(await auditKinds(world.lsp)).toContain("cushion_restored");
  });

  test("a dry provider pays to the last satoshi, and both see what is missing", async () => {
    await pegged(thin);
    await priceTo(world, 50_000, 60_000);
    const [mine, theirs] = await both(world);
    expect([mine.agreement.status, theirs.agreement.status]).toEqual(["underwater", "underwater"]);
    expect(mine.backingMsat).toBe(theirs.backingMsat);
    expect(mine.missingMsat).toBe(theirs.missingMsat);
    expect(mine.missingMsat).toBeGreaterThan(0n);
    const [channel] = await world.lsp.node.channels();
    expect(channel?.outboundMsat).toBeLessThan(1_000n);
    // Nobody is struck for what it can't pay.
    await world.clock.advance(3_600_000);
    expect((await view(world.user)).agreement).toMatchObject({ status: "underwater", strikes: 0 });
  });

  test("recovers by itself when the price returns", async () => {
    await pegged(thin);
    await priceTo(world, 50_000, 60_000);
    await priceTo(world, 98_000, 60_000);
    const [mine, theirs] = await both(world);
    expect([mine.agreement.status, theirs.agreement.status]).toEqual(["active", "active"]);
    expect(mine.driftBps).toBe(0);
    expect(mine.missingMsat).toBeUndefined();
  });

  test("recovers when a second channel brings more stake", async () => {
    await pegged(thin);
    await priceTo(world, 50_000, 60_000);
    world.network.open("lsp", "user", { a: sat(100_000n), b: sat(1_000n) });
    world.lsp.engine.poke();
    world.user.engine.poke();
    await world.clock.advance(60_000);
    const [mine, theirs] = await both(world);
    expect([mine.agreement.status, theirs.agreement.status]).toEqual(["active", "active"]);
    expect(mine.driftBps).toBe(0);
  });
});
