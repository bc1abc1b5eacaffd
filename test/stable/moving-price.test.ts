import { afterEach, expect, test } from "bun:test";
import { usd } from "../sim/peer.ts";
import { both, type Pair, pair, peg } from "./pair.ts";

const HOUR_SECONDS = 3_600;
const CHECK_SECONDS = 10;
const LATENCY_MS = 300;
const BAND_BPS = 25;

let world: Pair | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** The same walk at every run: steps of up to a tenth of a percent. */
function* walk(start: number): Generator<number> {
  let [price, state] = [start, 1];
  for (;;) {
    state = (state * 48_271) % 2_147_483_647;
    price *= 1 + (state / 2_147_483_647 - 0.5) * 0.002;
    yield price;
  }
}

test("a price that moves every second for an hour is settled within the band, one settlement at a time", async () => {
  world = await pair();
  await peg(world);
  const { clock, network, user, lsp } = world;
  const landed = { at: 0 };
  let overlapping = 0;
  network.policy = ({ amountMsat }) => {
    if (amountMsat > 1_000n) {
      if (clock.steadyMs() < landed.at) overlapping += 1;
      landed.at = clock.steadyMs() + LATENCY_MS;
    }
    return { ms: LATENCY_MS };
  };
  const prices = walk(100_000);
  for (let second = 0; second < HOUR_SECONDS; second++) {
    const next = usd(prices.next().value);
    user.feed.tick(next);
    lsp.feed.tick(next);
    await clock.advance(1_000);
  }
  // One more interval without a move: whatever the last second left is due and paid by then.
  await clock.advance((CHECK_SECONDS + 1) * 1_000);

  const [mine, theirs] = await both(world);
  expect(overlapping).toBe(0);
  expect(mine.settlements).toBeGreaterThan(20);
  expect(mine.settlements).toBeLessThanOrEqual(HOUR_SECONDS / CHECK_SECONDS + 1);
  expect(Math.abs(mine.driftBps ?? Number.NaN)).toBeLessThan(BAND_BPS);
  expect(theirs.backingMsat).toBe(mine.backingMsat);
}, 60_000);
