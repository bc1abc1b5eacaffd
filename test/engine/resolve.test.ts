/** Settlements whose outcome the node never tells: found out by the peer's word, or decided by a person. */
import { afterEach, describe, expect, test } from "bun:test";
import type { Settlement } from "../../src/stable/agreement.ts";
import { msat } from "../../src/stable/units.ts";
import type { Fate } from "../sim/flight.ts";
import { auditKinds, both, during, type Pair, pair, peg, priceTo, view } from "../stable/pair.ts";

let world: Pair;
afterEach(() => world.close());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The LSP owes 25,000 sat, and its payment goes this way; every other one goes well. */
async function owing(fate: Partial<Fate>): Promise<void> {
  world = await pair();
  await peg(world);
  let first = true;
  world.network.policy = ({ amountMsat }) => {
    if (!first || amountMsat !== 25_000_000n) return { ms: 50 };
    first = false;
    return { ms: 50, ...fate };
  };
  await priceTo(world, 80_000, 1_000);
}

async function open(): Promise<Settlement> {
  const { agreement } = await view(world.lsp);
  const last = (await world.lsp.store.settlements(agreement.id)).at(-1);
  if (last === undefined) throw new Error("nothing was settled");
  return last;
}

const resolve = async (resolution: "paid" | "failed") => {
  const { paymentId } = await open();
  return during(world, world.lsp.engine.port.resolve(paymentId, resolution), 100);
};

const paid = async () => (await both(world)).map(({ agreement }) => agreement.paidByProviderMsat);

describe("a record that stays pending for ever", () => {
  test("of a payment that arrived is counted by the peer's word", async () => {
    await owing({ silent: true });
    await world.clock.advance(HOUR);
    expect(await paid()).toEqual([msat(25_000_000n), msat(25_000_000n)]);
    expect((await open()).status).toBe("succeeded");
  });

  test("of one that came back is given up by the peer's word, and what is due is paid again", async () => {
    await owing({ silent: true, fails: "no route" });
    await world.clock.advance(HOUR);
    expect(await paid()).toEqual([msat(25_000_000n), msat(25_000_000n)]);
    const { agreement } = await view(world.lsp);
    expect((await world.lsp.store.settlements(agreement.id)).map(({ status }) => status)).toEqual([
      "failed",
      "succeeded",
    ]);
  });

  test("is not given up while its HTLC is in flight", async () => {
    await owing({ silent: true, ms: 3 * HOUR });
    await world.clock.advance(2 * HOUR);
    expect((await open()).status).toBe("intent");
    await world.clock.advance(3 * HOUR);
    expect(await paid()).toEqual([msat(25_000_000n), msat(25_000_000n)]);
  });
});

describe("a person's word, where the peer does not come back", () => {
  /** It arrived; the user is away for good before it could say so. */
  async function away(): Promise<void> {
    await owing({ silent: true });
    world.user.crash();
    await world.clock.advance(10 * MINUTE);
    expect((await open()).status).toBe("intent");
  }

  test("paid: the counter rises by its amount, and the books agree when the peer is back", async () => {
    await away();
    expect(await resolve("paid")).toMatchObject({ status: "succeeded", flag: "by hand" });
    await world.user.restart();
    await world.clock.advance(5 * MINUTE);
    expect(await paid()).toEqual([msat(25_000_000n), msat(25_000_000n)]);
    expect((await view(world.lsp)).agreement.status).toBe("active");
    expect(await auditKinds(world.lsp)).toContain("settlement_resolved_by_hand");
  });

  test("failed, wrongly: the peer's book says so, and it is counted after all", async () => {
    await away();
    world.lsp.feed.hold("nothing more for now");
    expect(await resolve("failed")).toMatchObject({ status: "failed", flag: "by hand" });
    await world.user.restart();
    await world.clock.advance(5 * MINUTE);
    expect(await paid()).toEqual([msat(25_000_000n), msat(25_000_000n)]);
  });

  test("paid, wrongly: the books differ, and the agreement freezes instead of going on", async () => {
    await owing({ silent: true, fails: "no route" });
    world.user.crash();
    await world.clock.advance(10 * MINUTE);
    await resolve("paid");
    await world.user.restart();
    await world.clock.advance(5 * MINUTE);
    expect((await view(world.lsp)).agreement).toMatchObject({ status: "frozen", reason: "book: we_paid_more" });
  });
});

describe("is refused", () => {
  test("while it may tell by itself", async () => {
    await owing({ silent: true });
    world.user.crash();
    await expect(resolve("paid")).rejects.toThrow(/is only \d+ s old/);
    await world.clock.advance(MINUTE);
  });

  test("while an HTLC with the peer may be it", async () => {
    await owing({ silent: true, ms: 3 * HOUR });
    await world.clock.advance(HOUR);
    await expect(resolve("failed")).rejects.toThrow("a payment is under way with the peer");
    await world.clock.advance(MINUTE);
  });

  test("where the node knows; then that is booked", async () => {
    await owing({ silent: true });
    world.user.crash();
    await world.clock.advance(10 * MINUTE);
    const { paymentId, amountMsat } = await open();
    const record = { paymentId, kind: "spontaneous", direction: "outbound", status: "succeeded" } as const;
    world.network.record(world.lsp.node.nodeId, { ...record, amountMsat, updatedAt: 0 });
    await expect(resolve("failed")).rejects.toThrow("the node knows, it has succeeded");
    await world.clock.advance(MINUTE);
    expect((await open()).status).toBe("succeeded");
  });

  test("of one that has an outcome, one of the peer's, and one that is not there", async () => {
    await owing({});
    await world.clock.advance(MINUTE);
    await expect(resolve("failed")).rejects.toMatchObject({ code: "conflict" });
    const { paymentId } = await open();
    await expect(world.user.engine.port.resolve(paymentId, "paid")).rejects.toMatchObject({
      code: "unknown_settlement",
    });
    await expect(world.lsp.engine.port.resolve("00".repeat(32), "paid")).rejects.toMatchObject({
      code: "unknown_settlement",
    });
    await world.clock.advance(1_000);
  });
});
