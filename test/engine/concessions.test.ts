/** A peer that names each price as far in its favour as the tolerance lets it, over and over. */
import { afterEach, expect, test } from "bun:test";
import { sat } from "../../src/stable/units.ts";
import { usd } from "../sim/peer.ts";
import { dollars, during, type Pair, pair, peg } from "../stable/pair.ts";

let world: Pair;
afterEach(() => world.close());

/** Both see $100,000; the user says what suits it, within 50 bps of that. */
async function says(price: number): Promise<void> {
  world.user.feed.tick(usd(price));
  world.lsp.feed.tick(usd(100_000));
  await world.clock.advance(1_000);
}

const [HIGH, LOW] = [100_450, 99_550];
const settle = () => world.clock.advance(30_000);
/** Half a percent of the $1,000 that may be agreed on with one peer, at $100,000. */
const LIMIT_SAT = 5_000n;

const lost = (before: bigint) => (before - world.lsp.node.balanceMsat()) / 1_000n;

test("opening high and ending low, again and again, takes no more than one difference of prices may cost", async () => {
  world = await pair({ user: sat(1_500_000n), lsp: sat(1_500_000n) });
  const before = world.lsp.node.balanceMsat();
  for (let i = 0; i < 10; i++) {
    await says(HIGH);
    const made = await peg(world, 900).catch(() => undefined);
    await settle();
    await says(LOW);
    const { port } = world.user.engine;
    if (made !== undefined) await during(world, port.stop(made.agreement.id), 70_000).catch(() => undefined);
    await settle();
  }
  expect(lost(before)).toBeLessThanOrEqual(LIMIT_SAT + 100n);
});

test("selling high and buying low likewise", async () => {
  world = await pair({ user: sat(1_500_000n), lsp: sat(1_500_000n) });
  await says(100_000);
  const { agreement } = await peg(world, 100);
  const before = world.lsp.node.balanceMsat();
  for (let i = 0; i < 10; i++) {
    for (const [price, n] of [
      [HIGH, 900],
      [LOW, 100],
    ] as const) {
      await says(price);
      const wish = { kind: "resize", amountMicro: dollars(n) } as const;
      await during(world, world.user.engine.port.revise(agreement.id, wish, false), 10_000).catch(() => undefined);
      await settle();
    }
  }
  await says(100_000);
  await settle();
  expect(lost(before)).toBeLessThanOrEqual(LIMIT_SAT + 100n);
});

test("prices that only differ do not add up: what one gains by opening it loses by ending", async () => {
  world = await pair({ user: sat(1_500_000n), lsp: sat(1_500_000n) });
  for (let i = 0; i < 10; i++) {
    await says(HIGH);
    const { agreement } = await peg(world, 900);
    const { view } = await during(world, world.user.engine.port.stop(agreement.id), 70_000);
    expect(view.agreement.status).toBe("ended");
  }
});

test("what was gained is forgotten in a day, and a fair price is taken at any time", async () => {
  world = await pair({ user: sat(1_500_000n), lsp: sat(1_500_000n) });
  await says(HIGH);
  const { agreement } = await peg(world, 900);
  const buysLow = async () => {
    await says(LOW);
    const wish = { kind: "resize", amountMicro: dollars(100) } as const;
    return during(world, world.user.engine.port.revise(agreement.id, wish, false), 10_000);
  };
  await settle();
  await expect(buysLow()).rejects.toThrow("price_out_of_range");
  await world.clock.advance(60_000);
  await says(100_000);
  const fair = world.user.engine.port.revise(agreement.id, { kind: "resize", amountMicro: dollars(890) }, false);
  expect((await during(world, fair)).agreement.rev).toBe(2);
  await world.clock.advance(24 * 3_600_000);
  expect((await buysLow()).agreement.rev).toBe(3);
});
