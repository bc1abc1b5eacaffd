/** The way out of an agreement whose peer won't pay: both of its waits go on over a restart, neither anew nor for ever. */
import { afterEach, describe, expect, test } from "bun:test";
import { FfiError } from "../../src/ffi/errors.ts";
import type { Policy } from "../../src/stable/policy.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { auditKinds, type Pair, pair, peg, priceTo, view } from "../stable/pair.ts";

let world: Pair;
afterEach(() => world.close());

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Claims after 60, 120 and 240 s, and 480 s later it freezes. */
const FREEZES = 16 * MINUTE;

/** The LSP owes, and has no price to pay by; the user has just asked for the end. */
async function leaving(exit: Policy["exit"]): Promise<void> {
  world = await pair({ user: sat(150_000n), userPolicy: { exit } });
  await peg(world);
  world.lsp.feed.hold("it does not want to");
  await priceTo(world, 80_000, 0);
  for (let waited = 0; (await view(world.user)).agreement.status !== "ending"; waited += SECOND) {
    if (waited > FREEZES) throw new Error("it never froze");
    await world.clock.advance(SECOND);
  }
}

const status = async () => (await view(world.user)).agreement.status;

async function restartAfter(ms: number): Promise<void> {
  world.user.crash();
  await world.clock.advance(ms);
  await world.user.restart();
}

describe("the end alone", () => {
  test("comes ten minutes after it was asked for, however long the process was away", async () => {
    await leaving("end");
    await world.clock.advance(4 * MINUTE);
    await restartAfter(4 * MINUTE);
    await world.clock.advance(MINUTE);
    expect(await status()).toBe("ending");
    await world.clock.advance(90 * SECOND);
    expect(await status()).toBe("ended");
    expect(await world.user.node.channels()).toHaveLength(1);
  });

  test("comes at once where the time passed while it was away", async () => {
    await leaving("end");
    await restartAfter(20 * MINUTE);
    await world.clock.advance(5 * SECOND);
    expect(await status()).toBe("ended");
  });

  test("is not put off by a clock that goes back a day, before or over a restart", async () => {
    await leaving("end");
    world.user.clock.jumpWall(-24 * 60 * MINUTE);
    await world.clock.advance(5 * MINUTE);
    await restartAfter(SECOND);
    expect(await status()).toBe("ending");
    await world.clock.advance(11 * MINUTE);
    expect(await status()).toBe("ended");
  });
});

describe("the close", () => {
  test("follows the end, together", async () => {
    await leaving("close");
    await world.clock.advance(11 * MINUTE);
    expect(await world.user.node.channels()).toEqual([]);
    expect(await auditKinds(world.user)).not.toContain("exit_force_close");
  });

  test("is alone after two minutes, of which a restart takes none away and adds none", async () => {
    await leaving("close");
    world.network.closesTogether = false;
    await world.clock.advance(10 * MINUTE + 30 * SECOND);
    expect(await auditKinds(world.user)).toContain("exit_close");
    await restartAfter(30 * SECOND);
    await world.clock.advance(30 * SECOND);
    expect(await world.user.node.channels()).toHaveLength(1);
    await world.clock.advance(45 * SECOND);
    expect(await world.user.node.channels()).toEqual([]);
    expect(await auditKinds(world.user)).toContain("exit_force_close");
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("comes about though the process dies %d steps into it", async (steps) => {
    await leaving("close");
    await world.clock.advance(10 * MINUTE - 10 * SECOND);
    world.user.crashAfter(steps);
    await world.clock.advance(30 * SECOND);
    world.user.crashAfter(undefined);
    if (!world.user.running()) await world.user.restart();
    await world.clock.advance(3 * MINUTE);
    expect(await status()).toBe("ended");
    expect(await world.user.node.channels()).toEqual([]);
  });

  test("is alone at once where the peer is away", async () => {
    await leaving("close");
    world.lsp.crash();
    await world.clock.advance(10 * MINUTE + 5 * SECOND);
    expect(await world.user.node.channels()).toEqual([]);
    expect(await auditKinds(world.user)).toContain("exit_close_refused");
  });
});

test("a close that fails stops nothing and is tried again two minutes later, not with every look", async () => {
  await leaving("close");
  world.network.closesTogether = false;
  const { forceCloseChannel } = world.user.node;
  world.user.node.forceCloseChannel = () => Promise.reject(new FfiError("native_failure", "no such channel"));
  await world.clock.advance(10 * MINUTE + 10 * SECOND);
  for (let i = 0; i < 30; i++) await priceTo(world, 80_000 - i * 100, 5 * SECOND);
  expect([world.user.engine.fault(), world.user.stuck()]).toEqual([undefined, undefined]);
  const failed = () => world.user.store.audit({ limit: 100, kind: "exit_force_close_failed" });
  expect(await failed()).toHaveLength(1);
  world.user.node.forceCloseChannel = forceCloseChannel;
  await world.clock.advance(3 * MINUTE);
  expect(await world.user.node.channels()).toEqual([]);
  expect(await failed()).toHaveLength(1);
});

test("a peer that comes round meanwhile pays what it owes before it is left", async () => {
  await leaving("close");
  world.lsp.feed.hold(undefined);
  await priceTo(world, 80_000, 3 * MINUTE);
  expect(await status()).toBe("ended");
  expect((await view(world.user)).agreement.paidByProviderMsat).toBe(msat(25_000_000n));
});
