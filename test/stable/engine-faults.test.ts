/** What the simulator found, one story each: the shortest schedule that broke a rule, told as a test. */
import { afterEach, expect, test } from "bun:test";
import { auditKinds, both, dollars, during, type Pair, pair, peg, priceTo, view } from "./pair.ts";

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

test("a resize the peer heard twice, refused first and accepted then, is in force on both sides", async () => {
  const here = await world();
  const { agreement } = await peg(here);
  here.lsp.feed.hold("the venues do not agree");
  const said = { user: 0, lsp: 0 };
  // The user's node can't tell that it left, so it goes out again; the refusal is long on its way.
  here.network.policy = ({ from }) => {
    if (from === here.user.node.nodeId) return said.user++ === 0 ? { ms: 50, throws: "native_failure" } : { ms: 50 };
    return { ms: said.lsp++ === 0 ? 3_000 : 50 };
  };
  const resized = here.user.engine.port.revise(agreement.id, { kind: "resize", amountMicro: dollars(50) }, false);
  resized.catch(() => undefined);
  await here.clock.advance(500);
  here.lsp.feed.hold(undefined);
  await here.clock.advance(10_000);
  for (const side of await both(here))
    expect([side.agreement.rev, side.agreement.targetMicro]).toEqual([2, dollars(50)]);
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
