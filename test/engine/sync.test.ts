import { afterEach, describe, expect, test } from "bun:test";
import { unixNow } from "../../src/clock.ts";
import { encodeEnvelope, payloadOf } from "../../src/stable/envelope.ts";
import type { Change } from "../../src/stable/ledger.ts";
import { STABLE_RECORD_TYPE } from "../../src/stable/messages.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { msat } from "../../src/stable/units.ts";
import { auditKinds, both, during, type Pair, pair, peg, priceTo, view } from "../stable/pair.ts";

let world: Pair;
afterEach(() => world.close());

async function reconnect(): Promise<void> {
  world.network.connect(false);
  await world.clock.advance(1_000);
  world.network.connect(true);
}

/** Somebody put an old backup of the ledger in place: the last settlement is not in it. */
async function forgetsSettlement(peer: Pair["user"], id: string): Promise<void> {
  const agreement = await peer.store.agreement(id);
  if (agreement === undefined) throw new Error("no agreement");
  const change: Change = { put: "agreement", agreement: { ...agreement, paidByProviderMsat: msat(0n) } };
  await peer.store.commit([change]);
  await peer.restart();
}

describe("after a reconnect", () => {
  test("both send their book once, and nothing differs", async () => {
    world = await pair();
    await peg(world);
    await reconnect();
    await world.clock.advance(60_000);
    for (const peer of [world.user, world.lsp]) {
      expect((await auditKinds(peer)).filter((kind) => kind === "sync_received")).toHaveLength(1);
      expect((await view(peer)).differences).toEqual([]);
    }
  });

  test("a book that lost a settlement is named on both sides and frozen", async () => {
    world = await pair();
    const { agreement } = await peg(world);
    await priceTo(world, 90_000);
    await forgetsSettlement(world.user, agreement.id);
    await world.clock.advance(120_000);
    const [mine, theirs] = await both(world);
    expect(mine.differences?.map(({ kind }) => kind)).toEqual(["peer_paid_more"]);
    expect(theirs.differences?.map(({ kind }) => kind)).toEqual(["we_paid_more"]);
    expect([mine.agreement.status, theirs.agreement.status]).toEqual(["frozen", "frozen"]);
    expect(theirs.agreement.reason).toBe("book: we_paid_more");
    // Nothing more is paid into a book that is not the same.
    await priceTo(world, 80_000, 60_000);
    expect((await view(world.lsp)).agreement.paidByProviderMsat).toBe(msat(11_111_000n));
  });

  test("and not before it has stayed for half a minute: a difference may be a payment that is just being counted", async () => {
    world = await pair();
    const { agreement } = await peg(world);
    await priceTo(world, 90_000);
    await forgetsSettlement(world.user, agreement.id);
    for (let i = 0; i < 4; i++) {
      await reconnect();
      await world.clock.advance(4_000);
    }
    expect((await auditKinds(world.lsp)).filter((kind) => kind === "sync_received").length).toBeGreaterThanOrEqual(3);
    expect((await view(world.lsp)).agreement.status).toBe("active");
    expect((await view(world.lsp)).differences).toHaveLength(1);
    await world.clock.advance(60_000);
    expect((await view(world.lsp)).agreement.status).toBe("frozen");
  });

  test("and goes on when the books agree again", async () => {
    world = await pair();
    const { agreement } = await peg(world);
    await priceTo(world, 90_000);
    await forgetsSettlement(world.user, agreement.id);
    await world.clock.advance(120_000);
    const now = await world.user.store.agreement(agreement.id);
    if (now === undefined) throw new Error("no agreement");
    await world.user.store.commit([{ put: "agreement", agreement: { ...now, paidByProviderMsat: msat(11_111_000n) } }]);
    await world.user.restart();
    await reconnect();
    await world.clock.advance(120_000);
    const [mine, theirs] = await both(world);
    expect([mine.agreement.status, theirs.agreement.status]).toEqual(["active", "active"]);
  });
});

describe("a proposer that takes back what we accepted", () => {
  /** The LSP proposes other terms, the user accepts; then the LSP says that the accept came too late. */
  async function takenBack(): Promise<string> {
    world = await pair();
    const { agreement } = await peg(world);
    const wish = { kind: "terms", terms: { ...defaultTerms, bandBps: 50 } } as const;
    await during(world, world.lsp.engine.port.revise(agreement.id, wish, false));
    const { rev, stateHash } = (await view(world.user)).agreement;
    const reject = { v: 1, type: "reject", agreement: agreement.id, at: unixNow(world.clock), rev } as const;
    const payload = payloadOf({ ...reject, code: "stale", state_hash: stateHash });
    const envelope = { payload, signature: await world.lsp.node.sign(payload) };
    const records = [{ type: STABLE_RECORD_TYPE, value: encodeEnvelope(envelope) }];
    const { nodeId } = world.user.node;
    await world.lsp.node.keysend({ nodeId, amountMsat: msat(1n), preimage: "77".repeat(32), records });
    await world.clock.advance(5_000);
    return agreement.id;
  }

  test("is not followed when it had the accept in time: the book stands", async () => {
    const id = await takenBack();
    const mine = await view(world.user);
    expect(mine.agreement).toMatchObject({ id, rev: 2 });
    // Frozen at first; then the books were compared, and the peer's was at rev 2 whatever it had said.
    expect(await auditKinds(world.user)).toContain("rev_disputed");
    expect(mine.agreement.status).toBe("active");
  });
});

describe("a proposal that lapsed at the one who made it, and holds for the other", () => {
  /** The LSP's accept does not arrive before the user's proposal is over; what the user answers to it is lost. */
  async function onlyTheLspHasIt(): Promise<void> {
    world = await pair();
    const { network, clock, user, lsp } = world;
    const nothingFrom = ({ node }: Pair["user"]): void => {
      network.policy = ({ from }) => (from === node.nodeId ? { ms: 50, fails: "no route" } : { ms: 50 });
    };
    nothingFrom(lsp);
    peg(world).catch(() => undefined);
    await clock.advance(700_000);
    // At a price that is long gone, or the user would take it for good all the same.
    await priceTo(world, 101_000);
    nothingFrom(user);
    await clock.advance(1_200_000);
    network.policy = () => ({ ms: 50 });
  }

  test("is ended there as well, by what the books say after a reconnect", async () => {
    await onlyTheLspHasIt();
    // It claimed what nobody owes it.
    expect((await view(world.lsp)).agreement.status).toBe("frozen");
    expect((await view(world.user)).agreement.status).toBe("ended");
    await reconnect();
    await world.clock.advance(120_000);
    expect((await view(world.lsp)).agreement).toMatchObject({
      status: "ended",
      reason: "the peer had our accept too late",
    });
  });
});

describe("a settlement whose outcome was lost", () => {
  test("is found paid by the peer's own word", async () => {
    world = await pair();
    await peg(world);
    const lsp = world.lsp.node.nodeId;
    // It leaves although the call throws, the node keeps no record, and the process dies before it is told.
    world.network.policy = ({ from, amountMsat }) =>
      from === lsp && amountMsat > 1_000n ? { ms: 50, backMs: 3_600_000, unrecorded: true } : { ms: 50 };
    await priceTo(world, 90_000, 500);
    await world.lsp.restart();
    await world.clock.advance(30_000);
    const [mine, theirs] = await both(world);
    expect(mine.backingMsat).toBe(msat(111_111_000n));
    expect(theirs.backingMsat).toBe(mine.backingMsat);
    expect(theirs.inFlight).toBe(false);
  });

  test("counts once, though the event comes again and a failure after it", async () => {
    world = await pair();
    await peg(world);
    await priceTo(world, 90_000);
    const { nodeId } = world.lsp.node;
    const paid = world.network.acknowledged(nodeId).find((e) => e.kind === "payment_successful" && e.paymentId !== "");
    const sent = (await world.lsp.store.settlements((await view(world.lsp)).agreement.id))[0];
    if (paid === undefined || sent === undefined) throw new Error("nothing was paid");
    const { paymentId } = sent;
    world.network.deliver(nodeId, { kind: "payment_successful", paymentId, paymentHash: paymentId });
    world.network.deliver(nodeId, { kind: "payment_failed", paymentId, paymentHash: paymentId, reason: "late" });
    await world.clock.advance(60_000);
    const [mine, theirs] = await both(world);
    expect(theirs.agreement.paidByProviderMsat).toBe(msat(11_111_000n));
    expect(mine.backingMsat).toBe(theirs.backingMsat);
    expect((await world.lsp.store.settlement(paymentId))?.status).toBe("succeeded");
  });

  test("is held and shown while it can't be told", async () => {
    world = await pair();
    await peg(world);
    const lsp = world.lsp.node.nodeId;
    world.network.policy = ({ from, amountMsat }) =>
      from === lsp && amountMsat > 1_000n ? { ms: 3_600_000, throws: "deadline" } : { ms: 50 };
    await priceTo(world, 90_000);
    const theirs = await view(world.lsp);
    expect(theirs.unknownOutcome).toBe(true);
    expect(await during(world, world.lsp.engine.port.check(), 100)).toMatchObject([{ action: "hold" }]);
    await priceTo(world, 85_000, 60_000);
    expect((await view(world.lsp)).settlements).toBe(0);
    // The payment arrives after all, and counts.
    await world.clock.advance(2 * 3_600_000);
    const [mine, after] = await both(world);
    expect(after.unknownOutcome).toBe(false);
    expect(mine.backingMsat).toBe(after.backingMsat);
    expect(mine.driftBps).toBe(0);
  });
});
