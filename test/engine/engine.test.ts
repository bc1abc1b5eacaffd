import { afterEach, expect, test } from "bun:test";
import type { AgreementView } from "../../src/engine/port.ts";
import { micro, msat, sat } from "../../src/stable/units.ts";
import { type SimClock, simClock } from "../sim/clock.ts";
import { simNetwork } from "../sim/network.ts";
import type { Network } from "../sim/network-port.ts";
import { type SimPeer, simPeer, usd } from "../sim/peer.ts";

let open: SimPeer[] = [];
afterEach(async () => {
  await Promise.all(open.map((peer) => peer.close()));
  open = [];
});

interface Pair {
  clock: SimClock;
  network: Network;
  user: SimPeer;
  lsp: SimPeer;
}

async function pair(balances = { a: sat(50_000n), b: sat(50_000n) }): Promise<Pair> {
  const clock = simClock();
  const network = simNetwork(clock);
  network.open("user", "lsp", balances);
  const at = { price: usd(100_000) };
  const user = await simPeer("user", network, clock, at);
  const lsp = await simPeer("lsp", network, clock, at);
  open.push(user, lsp);
  return { clock, network, user, lsp };
}

/** Runs something that needs time to pass, and lets it. */
async function during<T>(clock: SimClock, work: Promise<T>, ms = 5_000): Promise<T> {
  work.catch(() => undefined);
  await clock.advance(ms);
  return work;
}

async function startPeg({ clock, user }: Pair, dollars = 4): Promise<AgreementView> {
  const [channel] = await user.node.channels();
  if (channel === undefined) throw new Error("no channel");
  return during(
    clock,
    user.engine.port.start({
      channel,
      side: "receiver",
      targetMicro: micro(BigInt(dollars * 1_000_000)),
      keepNativeMsat: msat(0n),
    }),
  );
}

function set({ user, lsp }: Pair, dollars: number): void {
  user.feed.set(usd(dollars));
  lsp.feed.set(usd(dollars));
}

async function onlyView(peer: SimPeer): Promise<AgreementView> {
  const [view] = await peer.engine.port.list();
  if (view === undefined) throw new Error("no agreement");
  return view;
}

test("both sides hold the same book once the proposal is accepted", async () => {
  const world = await pair();
  const mine = await startPeg(world);
  expect(mine.agreement.status).toBe("active");
  expect(mine.backingMsat).toBe(msat(4_000_000n));
  // The proposal carried one millisatoshi there, the answer one back.
  expect(mine.nativeMsat).toBe(46_000_000n);
  const theirs = await onlyView(world.lsp);
  expect(theirs.agreement.status).toBe("active");
  expect(theirs.agreement.stateHash).toBe(mine.agreement.stateHash);
  expect(theirs.agreement.side).toBe("provider");
});

test("a falling price makes the provider pay to the satoshi, once", async () => {
  const world = await pair();
  await startPeg(world);
  set(world, 80_000);
  await world.clock.advance(5_000);
  for (const view of [await onlyView(world.user), await onlyView(world.lsp)]) {
    expect(view.backingMsat).toBe(msat(5_000_000n));
    expect(view.agreement.paidByProviderMsat).toBe(msat(1_000_000n));
    expect(view.driftBps).toBe(0);
    expect(view.settlements).toBe(1);
    expect(view.inFlight).toBe(false);
  }
});

test("a rising price makes the receiver pay", async () => {
  const world = await pair();
  await startPeg(world);
  set(world, 125_000);
  await world.clock.advance(5_000);
  const view = await onlyView(world.lsp);
  expect(view.agreement.paidByReceiverMsat).toBe(msat(800_000n));
  expect(view.backingMsat).toBe(msat(3_200_000n));
});

test("a price within the band moves nothing", async () => {
  const world = await pair();
  await startPeg(world);
  set(world, 100_200);
  await world.clock.advance(60_000);
  expect((await onlyView(world.user)).settlements).toBe(0);
});

test("one settlement at a time: a price that moves on during one is settled after it", async () => {
  const world = await pair();
  await startPeg(world);
  world.network.policy = () => ({ ms: 3_000 });
  set(world, 90_000);
  await world.clock.advance(1_000);
  set(world, 80_000);
  await world.clock.advance(20_000);
  const view = await onlyView(world.user);
  expect(view.settlements).toBe(2);
  expect(view.backingMsat).toBe(msat(5_000_000n));
});

test("a payment that fails is decided afresh and never counted", async () => {
  const world = await pair();
  await startPeg(world);
  let failures = 0;
  world.network.policy = ({ amountMsat }) =>
    amountMsat > 1_000n && failures++ < 2 ? { ms: 50, fails: "no route" } : { ms: 50 };
  set(world, 80_000);
  await world.clock.advance(60_000);
  const view = await onlyView(world.user);
  expect(view.settlements).toBe(1);
  expect(view.backingMsat).toBe(msat(5_000_000n));
  expect(failures).toBeGreaterThanOrEqual(2);
});

test("a peg larger than the balance names the most that is possible", async () => {
  const world = await pair();
  await expect(startPeg(world, 60)).rejects.toThrow(/most that is possible is \$\d+\.\d\d/);
  await world.clock.advance(1_000);
});

test("a provider that is short pays what it can and both see it underwater", async () => {
  const world = await pair({ a: sat(50_000n), b: sat(20_000n) });
  await startPeg(world, 40);
  set(world, 60_000);
  await world.clock.advance(30_000);
  const view = await onlyView(world.lsp);
  expect(view.agreement.status).toBe("underwater");
  expect(view.backingMsat).toBe(msat(40_000_000n + 19_000_000n));
  set(world, 99_000);
  await world.clock.advance(30_000);
  expect((await onlyView(world.lsp)).agreement.status).toBe("active");
});

test("stopping settles to the satoshi and ends on both sides", async () => {
  const world = await pair();
  const { agreement } = await startPeg(world);
  set(world, 99_900);
  const { settledMsat, view } = await during(world.clock, world.user.engine.port.stop(agreement.id), 20_000);
  expect(view.agreement.status).toBe("ended");
  expect(settledMsat).toBe(msat(4_000n));
  expect((await onlyView(world.lsp)).agreement.status).toBe("ended");
});

test("a restart in the middle of a settlement pays it once", async () => {
  const world = await pair();
  await startPeg(world);
  world.network.policy = () => ({ ms: 2_000 });
  set(world, 80_000);
  await world.clock.advance(500);
  await world.lsp.restart();
  await world.clock.advance(20_000);
  expect((await onlyView(world.lsp)).backingMsat).toBe(msat(5_000_000n));
  expect((await onlyView(world.user)).backingMsat).toBe(msat(5_000_000n));
});
