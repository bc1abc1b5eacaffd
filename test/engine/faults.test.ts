/** What the simulator found, one story each: the shortest schedule that broke a rule, told as a test. */
import { afterEach, expect, test } from "bun:test";
import { msat, sat } from "../../src/stable/units.ts";
import { usd } from "../sim/peer.ts";
import { auditKinds, both, dollars, during, type Pair, pair, peg, priceTo, view } from "../stable/pair.ts";

const HOUR_MS = 3_600_000;

let open: Pair[] = [];
afterEach(async () => {
  await Promise.all(open.map((world) => world.close()));
  open = [];
});

async function world(): Promise<Pair> {
  const made = await pair();
  open.push(made);
  return made;
}

test("a wall clock that goes back an hour does not keep a side from looking and paying", async () => {
  const here = await world();
  await peg(here);
  here.lsp.clock.jumpWall(HOUR_MS);
  await priceTo(here, 95_000, 20_000);
  here.lsp.clock.repair();
  await priceTo(here, 90_000, 25_000);
  for (const { driftBps, settlements } of await both(here)) {
    expect(driftBps).toBe(0);
    expect(settlements).toBe(2);
  }
});

test("an end said twice is ended on both sides when the first is refused and the second accepted", async () => {
  const here = await world();
  const { agreement } = await peg(here);
  // The LSP has no price when it first hears of it, and its refusal is long on its way; meanwhile it is reminded.
  here.lsp.feed.hold("the venues do not agree");
  let said = 0;
  here.network.policy = ({ from }) => ({ ms: from === here.lsp.node.nodeId && said++ === 0 ? 90_000 : 50 });
  here.user.engine.port.stop(agreement.id).catch(() => undefined);
  await here.clock.advance(1_000);
  here.lsp.feed.hold(undefined);
  for (let i = 0; i < 15; i++) await priceTo(here, 100_000, 10_000);
  const [mine, theirs] = await both(here);
  expect([mine.agreement.status, theirs.agreement.status]).toEqual(["ended", "ended"]);
  expect(mine.agreement.stateHash).toBe(theirs.agreement.stateHash);
  expect(mine.agreement.paidByProviderMsat).toBe(theirs.agreement.paidByProviderMsat);
});

test.each(["goes on", "restarts meanwhile"])(
  "ends that cross end it, though the peer refuses ours after it had our accept: it %s",
  async (life) => {
    const here = await world();
    const { agreement } = await peg(here);
    // The user's end is dated an hour ahead, for which the LSP refuses it; the LSP's own is fine.
    here.user.clock.jumpWall(HOUR_MS);
    for (const { engine } of [here.user, here.lsp]) engine.port.stop(agreement.id).catch(() => undefined);
    await here.clock.advance(0);
    here.user.clock.repair();
    if (life !== "goes on") {
      for (let waited = 0; (await view(here.user)).agreement.status !== "ended"; waited++) {
        if (waited > 300) throw new Error("it did not accept the end");
        await here.clock.advance(1);
      }
      await here.user.restart();
    }
    await here.clock.advance(30_000);
    for (const { agreement: mine } of await both(here)) expect([mine.status, mine.rev]).toEqual(["ended", 2]);
  },
);

test("an accept waits for its delivery, though the clock says that its time is over", async () => {
  const here = await world();
  // The LSP dies right after it accepted; an hour seems to have passed when it is back.
  here.lsp.crashAfter(2);
  const asked = peg(here);
  asked.catch(() => undefined);
  await here.clock.advance(5_000);
  here.lsp.clock.jumpWall(HOUR_MS);
  await here.lsp.restart();
  await here.clock.advance(5_000);
  await asked;
  for (const { agreement: mine } of await both(here)) expect(mine.status).toBe("active");
});

const lives = ["goes on", "restarts meanwhile"] as const;

test.each(lives)(
  "a resize the peer heard twice, refused first and accepted then, is in force: the user %s",
  async (life) => {
    const here = await world();
    const { agreement } = await peg(here);
    here.lsp.feed.hold("the venues do not agree");
    const said = { user: 0, lsp: 0 };
    // The user's node can't tell that it left, so it goes out again; the refusal is long on its way.
    here.network.policy = ({ from }) => {
      if (from === here.user.node.nodeId) return said.user++ === 0 ? { ms: 50, throws: "native_failure" } : { ms: 50 };
      return { ms: said.lsp++ === 0 ? 3_000 : life === "goes on" ? 50 : 3_500 };
    };
    const resized = here.user.engine.port.revise(agreement.id, { kind: "resize", amountMicro: dollars(50) }, false);
    resized.catch(() => undefined);
    await here.clock.advance(500);
    here.lsp.feed.hold(undefined);
    if (life !== "goes on") {
      // The accept of what was heard again is slower than the refusal of what was heard first.
      for (let waited = 0; !(await auditKinds(here.user)).includes("rejected_by_peer"); waited++) {
        if (waited > 100) throw new Error("it was not refused");
        await here.clock.advance(100);
      }
      await here.user.restart();
    }
    await here.clock.advance(10_000);
    for (const side of await both(here))
      expect([side.agreement.rev, side.agreement.targetMicro]).toEqual([2, dollars(50)]);
  },
);

test("a settlement that was journaled and never sent is found out about and paid afresh, without a reconnect", async () => {
  const here = await world();
  await peg(here);
  // A commit is two steps, before and after: the process dies between the intent and its keysend.
  here.lsp.crashAfter(2);
  await priceTo(here, 90_000, 400_000);
  expect(here.lsp.running()).toBe(false);
  await here.lsp.restart();
  for (let i = 0; i < 12; i++) await priceTo(here, 90_000, 10_000);
  for (const { driftBps, settlements, inFlight } of await both(here)) {
    expect([driftBps, settlements, inFlight]).toEqual([0, 1, false]);
  }
});

test("a settlement without a record is not paid again while a closed channel may still hold it", async () => {
  const here = await world();
  const closing = here.network.channels[0]?.id ?? "";
  here.network.open("user", "lsp", { a: sat(200_000n), b: sat(200_000n) });
  await peg(here);
  // It leaves by the first channel, the process dies before the node has recorded it (ldk-node #969), the channel closes.
  here.network.policy = ({ from, amountMsat }) => {
    if (from !== here.lsp.node.nodeId || amountMsat < 1_000n) return { ms: 50 };
    here.lsp.crash();
    return { ms: 10_000, unrecorded: true };
  };
  await priceTo(here, 90_000, 1_000);
  here.network.forceClose(closing, HOUR_MS);
  here.network.policy = () => ({ ms: 50 });
  await here.lsp.restart();
  for (let i = 0; i < 60; i++) await priceTo(here, 90_000, 30_000);
  expect(await view(here.lsp)).toMatchObject({ settlements: 0, inFlight: true });
  for (let i = 0; i < 120; i++) await priceTo(here, 90_000, 30_000);
  for (const { driftBps, settlements } of await both(here)) expect([driftBps, settlements]).toEqual([0, 1]);
});

test.each(lives)(
  "a late accept that was refused stays refused, though the price comes back: the user %s",
  async (life) => {
    const here = await world();
    const { agreement } = await peg(here);
    const lsp = here.lsp.node.nodeId;
    let said = 0;
    let slow = false;
    here.network.policy = ({ from }) => {
      if (from === lsp) return { ms: said++ === 0 ? 250_000 : 50 };
      return { ms: slow ? 20_000 : 50 };
    };
    const resized = here.user.engine.port.revise(agreement.id, { kind: "resize", amountMicro: dollars(50) }, false);
    resized.catch(() => undefined);
    await here.clock.advance(245_000);
    // When the accept is there at last the user has no price to judge it by; it has one again when the LSP tells its book,
    // while the refusal is still on its way.
    here.user.feed.hold("the venues do not agree");
    slow = true;
    await here.clock.advance(6_000);
    here.user.feed.hold(undefined);
    if (life !== "goes on") await here.user.restart();
    here.network.connect(false);
    await here.clock.advance(100);
    here.network.connect(true);
    for (let i = 0; i < 20; i++) await priceTo(here, 100_000, 10_000);
    const [mine, theirs] = await both(here);
    expect([mine.agreement.rev, theirs.agreement.rev]).toEqual([1, 1]);
    expect(mine.agreement.stateHash).toBe(theirs.agreement.stateHash);
  },
);

test("a settlement that arrived is paid once, though the node's record says by then that it failed", async () => {
  const here = await world();
  await peg(here);
  here.network.policy = () => ({ ms: 50, backMs: 1_000 });
  await priceTo(here, 90_000, 500);
  // The process dies with the success in its hands; the record turns over meanwhile (ldk-node #1065).
  here.lsp.crashAfter(1);
  await here.clock.advance(5_000);
  const paid = here.network.flights.at(-1);
  if (paid === undefined || here.lsp.running()) throw new Error("the success was not what it died on");
  const { paymentId, amountMsat } = paid;
  const failed = { kind: "spontaneous", direction: "outbound", status: "failed", updatedAt: 0 } as const;
  here.network.record(here.lsp.node.nodeId, { ...failed, paymentId, amountMsat });
  await here.lsp.restart();
  for (let i = 0; i < 6; i++) await priceTo(here, 90_000, 10_000);
  for (const { driftBps, settlements } of await both(here)) expect([driftBps, settlements]).toEqual([0, 1]);
  expect(here.network.flights.filter((flight) => flight.amountMsat >= 1_000n)).toHaveLength(1);
});

test("an accept that is said again changes nothing and is in the log", async () => {
  const here = await world();
  await peg(here);
  const accept = here.network.flights.find(({ from }) => from === here.lsp.node.nodeId);
  if (accept === undefined) throw new Error("the LSP has said nothing");
  const before = await view(here.user);
  const again = { nodeId: here.user.node.nodeId, amountMsat: accept.amountMsat, preimage: "77".repeat(32) };
  await during(here, here.lsp.node.keysend({ ...again, records: [...accept.records] }));
  expect((await view(here.user)).agreement).toEqual(before.agreement);
  expect(await auditKinds(here.user)).toContain("message_repeated");
});

test("how far the peer's price lies from ours is remembered over a restart, so that nothing is paid back", async () => {
  const here = await world();
  await peg(here);
  // The two see prices 0.4 % apart; the LSP pays by its own, which is too much by the user's.
  here.user.feed.tick(usd(90_000));
  here.lsp.feed.tick(usd(89_640));
  await here.clock.advance(20_000);
  await here.user.restart();
  for (let i = 0; i < 6; i++) {
    here.user.feed.tick(usd(90_000));
    here.lsp.feed.tick(usd(89_640));
    await here.clock.advance(10_000);
  }
  for (const { settlements, agreement } of await both(here)) {
    expect([settlements, agreement.paidByReceiverMsat]).toEqual([1, msat(0n)]);
  }
});

test("a message our own code trips over is logged and refused, and the next one is heard", async () => {
  const here = await world();
  const { verify } = here.lsp.node;
  here.lsp.node.verify = () => {
    here.lsp.node.verify = verify;
    throw new RangeError("a figure nobody thought of");
  };
  await expect(during(here, peg(here), 40_000)).rejects.toMatchObject({ code: "timeout" });
  expect([here.lsp.engine.fault(), here.lsp.stuck()]).toEqual([undefined, undefined]);
  const [refused] = await here.lsp.store.audit({ limit: 1, kind: "message_refused" });
  expect(refused?.data).toMatchObject({ reason: "a figure nobody thought of" });
  await here.clock.advance(180_000);
  await priceTo(here, 100_000);
  expect((await peg(here)).agreement.status).toBe("active");
});
