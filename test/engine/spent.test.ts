import { afterEach, describe, expect, test } from "bun:test";
import { micro, msat, sat } from "../../src/stable/units.ts";
import {
  auditKinds,
  both,
  dollars,
  during,
  type Pair,
  type PairOptions,
  pays,
  peg,
  peggedPair,
  priceTo,
  view,
} from "../stable/pair.ts";

let world: Pair;
afterEach(() => world.close());

async function pegged(n = 100, options: PairOptions = {}): Promise<string> {
  const made = await peggedPair(n, { user: sat(150_000n), ...options });
  world = made.world;
  return made.id;
}

describe("a payment out of a stable channel", () => {
  test("takes native first, and then the target does not change", async () => {
    await pegged();
    await pays(world, 40_000n);
    await world.clock.advance(10_000);
    const [mine, theirs] = await both(world);
    expect(mine.agreement).toMatchObject({ rev: 1, targetMicro: dollars(100) });
    expect(theirs.agreement.rev).toBe(1);
  });

  test("lowers the target in proportion to what it took from the backing, on both sides", async () => {
    await pegged();
    await pays(world, 75_000n);
    await world.clock.advance(10_000);
    const [mine, theirs] = await both(world);
    expect(mine.agreement.rev).toBe(2);
    expect(mine.agreement.stateHash).toBe(theirs.agreement.stateHash);
    // 150,000 sat less 75,000 and the 1 msat of each message.
    expect(mine.backingMsat).toBeLessThanOrEqual(75_000_000n);
    expect(mine.backingMsat).toBeGreaterThan(74_999_000n);
    expect(mine.driftBps).toBe(0);
    expect(mine.agreement.targetMicro).toBe(micro((mine.backingMsat * dollars(100)) / 100_000_000n));
    expect(mine.agreement.status).toBe("active");
  });

  test("says beforehand what it does to the dollars", async () => {
    const id = await pegged();
    const { port } = world.user.engine;
    expect(await port.spendEffects(msat(40_000_000n))).toEqual([]);
    const [effect] = await port.spendEffects(msat(75_000_000n));
    expect(effect).toMatchObject({ agreementId: id, targetMicro: dollars(100), dueMsat: 0n });
    expect(effect?.fromBackingMsat).toBe(msat(25_000_000n));
    expect(effect?.targetAfterMicro).toBe(dollars(75));
  });

  test("settles first what is due, so that a surplus is not carried away", async () => {
    await pegged();
    // The user had no price while it rose, and so has not paid yet.
    world.user.feed.hold("no venue answers");
    await priceTo(world, 110_000);
    world.user.feed.hold(undefined);
    const effects = await during(world, world.user.engine.port.prepareSpend(msat(100_000_000n)), 10_000);
    const mine = await view(world.user);
    expect(mine.agreement.paidByReceiverMsat).toBe(msat(9_090_000n));
    expect(effects[0]?.dueMsat).toBe(msat(0n));
  });

  test("of everything ends the agreement", async () => {
    await pegged(100);
    // All but the reserve, and then nothing of the peg is left to speak of.
    await pays(world, 145_000n);
    await world.clock.advance(30_000);
    const [mine, theirs] = await both(world);
    expect(mine.agreement.stateHash).toBe(theirs.agreement.stateHash);
    expect(mine.agreement.targetMicro).toBeLessThan(dollars(6));
  });

  test("that is told while the LSP is away is told when it is back", async () => {
    await pegged();
    await pays(world, 75_000n);
    world.network.connect(false);
    await world.clock.advance(3_600_000);
    world.network.connect(true);
    await world.clock.advance(120_000);
    const [mine, theirs] = await both(world);
    expect(mine.agreement.rev).toBe(2);
    expect(mine.agreement.stateHash).toBe(theirs.agreement.stateHash);
  });
});

test("a payment under way changes nothing before it resolves", async () => {
  await pegged();
  const { network, user, lsp } = world;
  const paymentId = "ff".repeat(32);
  const pending = { paymentId, kind: "bolt11", direction: "outbound", status: "pending" } as const;
  network.record(user.node.nodeId, { ...pending, amountMsat: msat(75_000_000n), updatedAt: 0 });
  network.transfer(user.node.nodeId, lsp.node.nodeId, 75_000_000n);
  user.engine.poke();
  await world.clock.advance(60_000);
  expect((await view(user)).agreement.rev).toBe(1);
  // It comes back: nothing was spent.
  network.transfer(lsp.node.nodeId, user.node.nodeId, 75_000_000n);
  network.record(user.node.nodeId, { ...pending, status: "failed", amountMsat: msat(75_000_000n), updatedAt: 0 });
  user.engine.poke();
  await world.clock.advance(60_000);
  expect((await view(user)).agreement).toMatchObject({ rev: 1, targetMicro: dollars(100) });
  expect(await auditKinds(user)).not.toContain("spent_proposed");
});

test("what comes in raises native only", async () => {
  await pegged();
  world.network.transfer(world.lsp.node.nodeId, world.user.node.nodeId, 20_000_000n);
  world.user.engine.poke();
  await world.clock.advance(10_000);
  const mine = await view(world.user);
  expect(mine.agreement).toMatchObject({ rev: 1, targetMicro: dollars(100) });
  expect(mine.nativeMsat).toBeGreaterThan(69_000_000n);
});

test("a spend while the process was down is found at the next start", async () => {
  await pegged();
  world.network.transfer(world.user.node.nodeId, world.lsp.node.nodeId, 75_000_000n);
  await world.user.restart();
  await world.clock.advance(10_000);
  const [mine, theirs] = await both(world);
  expect(mine.agreement.rev).toBe(2);
  expect(mine.agreement.stateHash).toBe(theirs.agreement.stateHash);
});

test("with two agreements the newest gives first", async () => {
  await pegged(100, { user: sat(200_000n) });
  await peg(world, 50);
  await pays(world, 75_000n);
  await world.clock.advance(10_000);
  const targets = (await world.user.engine.port.list()).map(({ agreement }) => agreement.targetMicro);
  expect(targets[0]).toBe(dollars(100));
  expect(targets[1]).toBeLessThan(dollars(26));
});
