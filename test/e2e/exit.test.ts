/**
 * A provider that owes and does not pay, since it sees another price: what the receiver's policy does then, on real
 * nodes. Claims, freeze and both waits take half an hour; the clock runs up to 100 times as fast.
 */
import { afterEach, expect, test } from "bun:test";
import { msat, sat } from "../../src/stable/units.ts";
import { untilBroadcast } from "./chains.ts";
import { type FastClock, fastClock } from "./fast-clock.ts";
import { pegged, type TwoRoles } from "./two-roles.ts";
import { until } from "./until.ts";

let world: TwoRoles;
afterEach(() => world.close());

const FAST = 100;
const SLOWER = 20;

async function unpaid(exit: "wait" | "end" | "close"): Promise<FastClock> {
  const clock = fastClock();
  world = await pegged(clock, { user: { "stable-exit": exit } });
  world.price("user", 80_000);
  clock.speed(FAST);
  return clock;
}

async function mine() {
  const [first] = await world.session("user").context.stable.list();
  if (first === undefined) throw new Error("no agreement");
  return first.agreement;
}

const kinds = async () => (await world.session("user").context.store.audit({ limit: 10_000 })).map(({ kind }) => kind);
const channels = () => world.session("user").context.node.channels();
const is = (status: string) => until(async () => (await mine()).status === status);

/** Blocks go by until the user's coins have grown; by how much. */
async function gained(before: bigint): Promise<bigint> {
  await until(async () => {
    await world.chain.mine(1);
    return (await world.onchainSat("user")) > before;
  });
  return (await world.onchainSat("user")) - before;
}

test("wait: it stays frozen, and goes on once the peer has paid", async () => {
  const clock = await unpaid("wait");
  await is("frozen");
  expect((await mine()).reason).toMatch(/^unpaid: 3 claims/);
  clock.speed(1);
  world.price("lsp", 80_000);
  await is("active");
  expect((await mine()).paidByProviderMsat).toBe(msat(25_000_000n));
  expect(await channels()).toHaveLength(1);
}, 120_000);

test("end: the agreement is over, and the channel stays", async () => {
  await unpaid("end");
  await is("ended");
  expect((await mine()).reason).toMatch(/^unpaid: /);
  expect(await channels()).toHaveLength(1);
  expect(await kinds()).toEqual(expect.arrayContaining(["claimed", "became_frozen", "end_wanted", "became_ended"]));
}, 120_000);

test("close: the channel is closed together, and every satoshi of the user's is on chain", async () => {
  const clock = await unpaid("close");
  const before = await world.onchainSat("user");
  const [channel] = await channels();
  // The nodes close at their own pace, however busy the machine is: for them two minutes have to be long.
  await is("ending");
  clock.speed(SLOWER);
  await is("ended");
  clock.speed(1);
  await until(async () => (await channels()).length === 0);
  expect((await mine()).status).toBe("ended");
  expect(await kinds()).toContain("exit_close");
  expect(await kinds()).not.toContain("exit_force_close");
  // Half of 400,000 sat is the user's; as the funder it pays for the closing transaction.
  const fees = 200_000n - (await gained(before));
  expect(fees).toBeGreaterThan(0n);
  expect(fees).toBeLessThan(2_000n);
  expect(channel?.capacitySat).toBe(sat(400_000n));
}, 120_000);

test("close: alone where the peer is away, through a restart before the time was up", async () => {
  const clock = await unpaid("close");
  const before = await world.onchainSat("user");
  await is("ending");
  clock.speed(1); // however long the restart takes, the time is not up
  await world.stop("lsp");
  await world.stop("user");
  await world.start("user");
  expect((await mine()).status).toBe("ending");
  clock.speed(FAST);
  await until(async () => (await channels()).length === 0);
  expect(await kinds()).toEqual(expect.arrayContaining(["exit_close_refused", "exit_force_close"]));
  // Its own output is locked for 144 blocks; then it is swept.
  await untilBroadcast(world.chain);
  await world.chain.mine(145);
  const fees = 200_000n - (await gained(before));
  expect(fees).toBeGreaterThan(0n);
  expect(fees).toBeLessThan(4_000n);
}, 180_000);
