/** An agreement whose channels are gone is taken up again on new ones: by itself, over restarts, never twice. */
import { afterEach, describe, expect, test } from "bun:test";
import type { CarryOverView } from "../../src/engine/port.ts";
import { type Sat, sat } from "../../src/stable/units.ts";
import {
  auditKinds,
  dollars,
  during,
  type Pair,
  type PairOptions,
  pair,
  pays,
  peg,
  priceTo,
  view,
} from "../stable/pair.ts";

let world: Pair;
afterEach(() => world.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A peg of $100 over a channel of 200,000 sat each, closed by force; its money is locked for an hour. */
async function closed(options: PairOptions = {}, fund: Sat = sat(500_000n)): Promise<string> {
  world = await pair({ lspPolicy: { carryOver: true }, ...options });
  world.network.fund("lsp", fund);
  const { agreement } = await peg(world);
  const [channel] = await world.user.node.channels();
  world.network.forceClose(channel?.channelId ?? "", HOUR);
  await world.clock.advance(MINUTE);
  return agreement.id;
}

async function carried(id: string, of: "user" | "lsp" = "user"): Promise<CarryOverView | undefined> {
  return (await world[of].engine.port.list()).find(({ agreement }) => agreement.id === id)?.carryOver;
}

const reopen = (id: string, acceptLess = false) =>
  during(world, world.user.engine.port.carryOver(id, { acceptLess }), MINUTE);

const live = async (peer: "user" | "lsp") =>
  (await world[peer].engine.port.list()).filter(({ agreement }) => agreement.status === "active");

describe("reopen", () => {
  test("sweeps, opens a channel, has the provider bring its stake, and holds the same target", async () => {
    const id = await closed();
    expect((await reopen(id)).step).toMatchObject({ step: "sweep" });
    await world.clock.advance(HOUR);
    expect((await carried(id))?.step).toMatchObject({ step: "confirm" });
    await world.clock.advance(HOUR);
    const [mine] = await live("user");
    expect(mine?.agreement.targetMicro).toBe(dollars(100));
    expect((await carried(id))?.outcome).toEqual({ kind: "done", agreementId: mine?.agreement.id ?? "" });
    expect((await live("lsp"))[0]?.agreement.stateHash).toBe(mine?.agreement.stateHash);
    const channels = await world.user.node.channels();
    expect(channels.map(({ isOutbound }) => isOutbound)).toEqual([true, false]);
    // All that came back is in the channel again, less what closing and opening cost.
    expect(channels[0]?.capacitySat).toBeGreaterThan(198_000n);
    await priceTo(world, 80_000, MINUTE);
    expect((await view(world.user)).driftBps).toBe(0);
  });

  test("goes on after a restart of either side at any step", async () => {
    const id = await closed();
    await reopen(id);
    for (let i = 0; i < 40; i++) {
      await world.clock.advance(4 * MINUTE);
      await (i % 2 === 0 ? world.user : world.lsp).restart();
    }
    await world.clock.advance(HOUR);
    expect((await carried(id))?.outcome).toMatchObject({ kind: "done" });
    expect(await live("user")).toHaveLength(1);
    expect(await world.user.node.channels()).toHaveLength(2);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])(
    "a crash %d steps after the money is back opens no second channel",
    async (steps) => {
      const id = await closed();
      await reopen(id);
      world.user.crashAfter(steps);
      await world.clock.advance(HOUR + MINUTE);
      if (!world.user.running()) await world.user.restart();
      world.user.crashAfter(undefined);
      await world.clock.advance(4 * HOUR);
      expect((await carried(id))?.outcome).toMatchObject({ kind: "done" });
      const ours = (await world.user.node.channels()).filter(({ isOutbound }) => isOutbound);
      expect(ours).toHaveLength(1);
    },
  );

  test("is called off, and then nothing more happens", async () => {
    const id = await closed();
    await reopen(id);
    const over = await during(world, world.user.engine.port.cancelCarryOver(id), 1_000);
    expect(over.outcome).toEqual({ kind: "cancelled" });
    await world.clock.advance(5 * HOUR);
    expect(await world.user.node.channels()).toEqual([]);
    await expect(world.user.engine.port.cancelCarryOver(id)).rejects.toMatchObject({ code: "conflict" });
  });

  test("of an agreement that goes on is refused", async () => {
    world = await pair();
    const { agreement } = await peg(world);
    const asked = world.user.engine.port.carryOver(agreement.id, { acceptLess: false });
    await expect(asked).rejects.toMatchObject({ code: "conflict" });
  });

  test("while it is under way no other peg is proposed beside it", async () => {
    const id = await closed();
    await reopen(id);
    await world.clock.advance(HOUR + 10 * MINUTE);
    await expect(peg(world, 10)).rejects.toThrow("is being taken up again");
    await world.clock.advance(MINUTE);
  });
});

describe("a target that can't be held any more", () => {
  test("waits for coins, and says how many", async () => {
    const id = await closed({ user: sat(101_000n) });
    await reopen(id);
    await world.clock.advance(2 * HOUR);
    expect((await carried(id))?.step).toMatchObject({ step: "funds" });
    world.network.fund("user", sat(20_000n));
    await world.clock.advance(2 * HOUR);
    expect((await live("user"))[0]?.agreement.targetMicro).toBe(dollars(100));
  });

  test("is made smaller only where that was allowed", async () => {
    const id = await closed({ user: sat(101_000n) });
    await reopen(id, true);
    await world.clock.advance(4 * HOUR);
    const [mine] = await live("user");
    expect(mine?.agreement.targetMicro).toBeLessThan(dollars(100));
    expect(mine?.agreement.targetMicro).toBeGreaterThan(dollars(95));
  });
});

describe("the provider's stake", () => {
  test("is not brought where the policy does not say so; the receiver asks ever less often", async () => {
    const id = await closed({ lspPolicy: { carryOver: false } });
    await reopen(id);
    await world.clock.advance(2 * HOUR);
    const before = world.network.flights.length;
    // With nothing in the channel the LSP can't even say no.
    expect((await carried(id))?.step).toMatchObject({ thin: true });
    await world.clock.advance(24 * HOUR);
    expect(world.network.flights.length - before).toBeLessThan(100);
    expect(await world.user.node.channels()).toHaveLength(1);
  });

  test("is brought by hand where its owner says so", async () => {
    const id = await closed({ lspPolicy: { carryOver: false } });
    await reopen(id);
    await world.clock.advance(2 * HOUR);
    await during(world, world.lsp.engine.port.carryOver(id, { acceptLess: false }), MINUTE);
    await world.clock.advance(HOUR);
    expect((await carried(id))?.outcome).toMatchObject({ kind: "done" });
    expect((await carried(id, "lsp"))?.outcome).toMatchObject({ kind: "done" });
  });

  test("waits for coins of the provider", async () => {
    const id = await closed({ lsp: sat(60_000n) }, sat(0n));
    await reopen(id);
    await world.clock.advance(3 * HOUR);
    expect((await carried(id, "lsp"))?.step).toMatchObject({ step: "funds" });
    world.network.fund("lsp", sat(300_000n));
    await world.clock.advance(2 * HOUR);
    expect((await carried(id))?.outcome).toMatchObject({ kind: "done" });
  });

  test("is brought once for an agreement, and never for more than it was", async () => {
    const id = await closed();
    await reopen(id);
    await world.clock.advance(3 * HOUR);
    const [ours] = await live("user");
    await during(world, world.user.engine.port.stop(ours?.agreement.id ?? ""), MINUTE);
    const [, stake] = await world.user.node.channels();
    world.network.forceClose(stake?.channelId ?? "", HOUR);
    await world.clock.advance(2 * HOUR);
    // The receiver's own channel is there, the stake is gone, and the agreement ended by both.
    const again = ours?.agreement.id ?? "";
    await during(world, world.user.engine.port.carryOver(again, { acceptLess: false }), MINUTE);
    await world.clock.advance(2 * HOUR);
    expect(await world.user.node.channels()).toHaveLength(1);
    expect((await carried(again))?.step).toMatchObject({ thin: true });
  });
});

test("every step is in the audit log", async () => {
  const id = await closed();
  await pays(world, 1n).catch(() => undefined);
  await reopen(id);
  await world.clock.advance(3 * HOUR);
  const kinds = await auditKinds(world.user);
  const steps = ["carry_over_wanted", "carry_over_step", "carry_over_opening", "carry_over_funded", "carry_over_done"];
  expect(kinds).toEqual(expect.arrayContaining(steps));
});
