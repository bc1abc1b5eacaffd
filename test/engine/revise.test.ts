import { afterEach, describe, expect, test } from "bun:test";
import { defaultTerms } from "../../src/stable/terms.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { both, dollars, during, type Pair, type PairOptions, pair, peg, priceTo, view } from "../stable/pair.ts";

let world: Pair;
afterEach(() => world.close());

async function pegged(n = 100, options: PairOptions = {}): Promise<string> {
  world = await pair(options);
  return (await peg(world, n)).agreement.id;
}

const change = (id: string, kind: "resize" | "buy" | "sell", n: number, accept = false) =>
  during(world, world.user.engine.port.revise(id, { kind, amountMicro: dollars(n) }, accept));

describe("a new target", () => {
  test("is signed by both and converts only the difference", async () => {
    const id = await pegged();
    await change(id, "sell", 50);
    const [mine, theirs] = await both(world);
    expect(mine.backingMsat).toBe(msat(150_000_000n));
    expect(mine.agreement).toMatchObject({ rev: 2, targetMicro: dollars(150), status: "active" });
    expect(theirs.agreement.stateHash).toBe(mine.agreement.stateHash);
    const [first, second] = await world.lsp.store.revisions(id);
    expect([first?.acceptance, second?.acceptance]).not.toContain(undefined);
  });

  test("keeps the drift that is not settled, and takes the fee that was agreed", async () => {
    const id = await pegged(100, { terms: { feeBps: 100 }, lspPolicy: { feeBps: 100 }, userPolicy: { feeBps: 100 } });
    await priceTo(world, 100_200);
    await change(id, "buy", 50);
    // (-50 + 0.50) dollars at 100,200: 49,401.197 sat less, whatever the drift of $0.20 is.
    const mine = await view(world.user);
    expect(mine.agreement.backing0Msat).toBe(msat(100_000_000n - 49_401_197n));
    // The fee is drift in the provider's favour, and with what was there before more than the band of the smaller peg.
    expect(mine.agreement.paidByReceiverMsat).toBe(msat(698_000n));
    // What it earned is kept with the revision: half a dollar at that price, for the provider alone.
    const earned = await world.lsp.engine.port.conversionFees(0);
    expect(earned).toMatchObject([{ agreementId: id, feeMicro: dollars(50) / 100n, feeMsat: 499_001n }]);
    expect(await world.lsp.engine.port.conversionFees((earned[0]?.at ?? 0) + 1)).toEqual([]);
    expect(await world.user.engine.port.conversionFees(0)).toEqual([]);
  });

  test("down to nothing is an end, and the same again is no change", async () => {
    const id = await pegged();
    await expect(change(id, "buy", 100)).rejects.toMatchObject({ code: "bad_amount" });
    await expect(change(id, "resize", 100)).rejects.toMatchObject({ code: "bad_amount" });
    await world.clock.advance(1_000);
  });

  test("is the receiver's to ask for", async () => {
    const id = await pegged();
    const asked = world.lsp.engine.port.revise(id, { kind: "resize", amountMicro: dollars(50) }, false);
    await expect(asked).rejects.toThrow("Only the stable receiver");
    await world.clock.advance(1_000);
  });

  test("beyond the balance names the most that is possible", async () => {
    const id = await pegged();
    const asked = change(id, "resize", 250);
    await expect(asked).rejects.toMatchObject({ code: "insufficient_balance" });
    const message = await asked.catch((error: Error) => error.message);
    expect(message).toMatch(/most that is possible is \$\d+\.\d\d/);
  });

  test("waits for a settlement that is under way", async () => {
    const id = await pegged();
    world.network.policy = ({ amountMsat }) => ({ ms: amountMsat > 1_000n ? 2_000 : 50 });
    await priceTo(world, 110_000, 100);
    const done = world.user.engine.port.revise(id, { kind: "sell", amountMicro: dollars(10) }, false);
    await during(world, done, 10_000);
    const [mine, theirs] = await both(world);
    expect(mine.agreement.stateHash).toBe(theirs.agreement.stateHash);
    expect(mine.driftBps).toBe(0);
    expect(mine.backingMsat).toBe(theirs.backingMsat);
  });
});

describe("a counter-offer", () => {
  const capped = { lspPolicy: { maxPerPeerMicro: dollars(120) } };

  test("is shown to the person", async () => {
    const id = await pegged(100, capped);
    const message = await change(id, "resize", 150).catch((error: Error) => error.message);
    expect(message).toContain("It would accept $120.00 at $100,000.00 a bitcoin");
    expect((await view(world.user)).agreement.rev).toBe(1);
  });

  test("is taken up by the person's word", async () => {
    const id = await pegged(100, capped);
    const mine = await change(id, "resize", 150, true);
    expect(mine.agreement.targetMicro).toBe(dollars(120));
    expect((await view(world.lsp)).agreement.targetMicro).toBe(dollars(120));
  });

  test("is taken up by policy when it is near enough", async () => {
    const id = await pegged(100, { ...capped, userPolicy: { counterBps: 2_000 } });
    expect((await change(id, "resize", 150)).agreement.targetMicro).toBe(dollars(120));
  });

  test("to an opening is taken up likewise", async () => {
    world = await pair(capped);
    const [channel] = await world.user.node.channels();
    if (channel === undefined) throw new Error("no channel");
    const request = { channel, side: "receiver", targetMicro: dollars(150), keepNativeMsat: msat(0n) } as const;
    const mine = await during(world, world.user.engine.port.start({ ...request, acceptCounter: true }), 9_000);
    expect(mine.agreement).toMatchObject({ status: "active", targetMicro: dollars(120) });
  });
});

describe("terms", () => {
  test("may be proposed by either side and change no amount", async () => {
    const id = await pegged();
    const terms = { ...defaultTerms, bandBps: 50 };
    const theirs = await during(world, world.lsp.engine.port.revise(id, { kind: "terms", terms }, false));
    const mine = await view(world.user);
    expect(mine.agreement).toMatchObject({
      rev: 2,
      terms,
      targetMicro: dollars(100),
      stateHash: theirs.agreement.stateHash,
    });
    expect(mine.backingMsat).toBe(msat(100_000_000n));
  });

  test("beyond the policy come back with what would do", async () => {
    const id = await pegged();
    const wish = { kind: "terms", terms: { ...defaultTerms, bandBps: 500 } } as const;
    const refused = await during(world, world.lsp.engine.port.revise(id, wish, false)).catch((e: Error) => e.message);
    expect(refused).toContain("a band of 100 bps");
  });
});

test("terms that are what they are already are no change", async () => {
  const id = await pegged();
  const asked = world.user.engine.port.revise(id, { kind: "terms", terms: { ...defaultTerms } }, false);
  await expect(during(world, asked)).rejects.toMatchObject({ code: "bad_argument" });
  await world.clock.advance(1_000);
  expect((await view(world.user)).agreement.rev).toBe(1);
});

test("of two proposals that cross the receiver's stands", async () => {
  const id = await pegged();
  world.network.policy = () => ({ ms: 500 });
  const mine = world.user.engine.port.revise(id, { kind: "sell", amountMicro: dollars(10) }, false);
  const theirs = world.lsp.engine.port.revise(id, { kind: "terms", terms: { ...defaultTerms, bandBps: 50 } }, false);
  const outcomes = await during(world, Promise.allSettled([mine, theirs]), 20_000);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  const [a, b] = await both(world);
  expect(a.agreement).toMatchObject({ rev: 2, targetMicro: dollars(110), terms: defaultTerms });
  expect(b.agreement.stateHash).toBe(a.agreement.stateHash);
});

describe("a proposal outlives its process", () => {
  test("and is accepted after the restart", async () => {
    const id = await pegged();
    world.network.policy = () => ({ ms: 500 });
    world.user.engine.port.revise(id, { kind: "sell", amountMicro: dollars(10) }, false).catch(() => undefined);
    await world.clock.advance(200);
    await world.user.restart();
    await world.clock.advance(20_000);
    const [a, b] = await both(world);
    expect(a.agreement).toMatchObject({ rev: 2, targetMicro: dollars(110) });
    expect(b.agreement.stateHash).toBe(a.agreement.stateHash);
  });

  test("and a refused one is forgotten for good", async () => {
    const id = await pegged(100, { lspPolicy: { maxPerPeerMicro: dollars(100) } });
    await change(id, "sell", 10).catch(() => undefined);
    await world.user.restart();
    await world.clock.advance(1_000);
    expect((await change(id, "buy", 10)).agreement).toMatchObject({ rev: 2, targetMicro: dollars(90) });
  });

  test("and one whose accept was lost is found by the peer's sync", async () => {
    const id = await pegged();
    const lsp = world.lsp.node.nodeId;
    // Everything the LSP sends fails until it is cut off: its accept never arrives.
    world.network.policy = ({ from }) => (from === lsp ? { ms: 50, fails: "no route" } : { ms: 50 });
    world.user.engine.port.revise(id, { kind: "sell", amountMicro: dollars(10) }, false).catch(() => undefined);
    await world.clock.advance(700_000);
    expect((await view(world.lsp)).agreement.rev).toBe(2);
    expect((await view(world.user)).agreement.rev).toBe(1);
    world.network.policy = () => ({ ms: 50 });
    world.network.connect(false);
    await world.clock.advance(1_000);
    world.network.connect(true);
    await world.clock.advance(120_000);
    const [a, b] = await both(world);
    // At an unchanged price the late accept costs nobody anything and stands.
    expect(a.agreement.rev).toBe(2);
    expect(b.agreement.stateHash).toBe(a.agreement.stateHash);
  });

  test("and one that was accepted too late, at a price long gone, is taken back by both", async () => {
    const id = await pegged();
    const lsp = world.lsp.node.nodeId;
    world.network.policy = ({ from }) => (from === lsp ? { ms: 50, fails: "no route" } : { ms: 50 });
    world.user.engine.port.revise(id, { kind: "sell", amountMicro: dollars(10) }, false).catch(() => undefined);
    await world.clock.advance(700_000);
    world.network.policy = () => ({ ms: 50 });
    world.network.connect(false);
    await priceTo(world, 90_000);
    world.network.connect(true);
    await world.clock.advance(120_000);
    const [a, b] = await both(world);
    expect(a.agreement).toMatchObject({ rev: 1, targetMicro: dollars(100), status: "active" });
    expect(b.agreement.stateHash).toBe(a.agreement.stateHash);
    expect(a.backingMsat).toBe(b.backingMsat);
    expect(a.driftBps).toBe(0);
  });
});

test("a peg that is all of the balance can still be resized down", async () => {
  const id = await pegged(50, { user: sat(51_000n) });
  expect((await change(id, "resize", 20)).backingMsat).toBe(msat(20_000_000n));
});
