import { afterEach, expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import { CodedError } from "../../src/errors.ts";
import { createFeed } from "../../src/price/feed.ts";
import { venues as builtIn } from "../../src/price/venues.ts";
import { price } from "../../src/stable/units.ts";
import { startVenues } from "./venue-server.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function live(references = false) {
  const server = await startVenues();
  const okx = builtIn
    .filter((v) => v.name === "okx index")
    .map((v) => ({ ...v, url: `${server.url}/okx/`, everyMs: 1 }));
  const updates: boolean[] = [];
  const waiting = new Set<() => void>();
  const feed = createFeed({
    spec: { source: "live" },
    clock: systemClock(),
    live: { venues: [...server.venues, ...(references ? okx : [])], pollMs: 15 },
    onDecision: () => {
      for (const wake of waiting) wake();
    },
  });
  feed.onUpdate(({ byHand }) => updates.push(byHand));
  closing.push(feed.stop, server.stop);
  feed.start();
  const until = async (good: () => boolean) => {
    while (!good()) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  return { server, feed, updates, until };
}

test("a jump is held until a person vouches for what the sources say", async () => {
  const { server, feed, updates, until } = await live();
  await until(() => feed.view().status === "ok");
  server.cents = 7_900_000;
  await until(() => feed.view().status === "hold");
  expect(feed.view().reason).toContain("+25.3 % at once");
  expect(feed.view().price).toBeLessThan(price(64_000_000_000n));
  expect(() => feed.set(price(1_000_000_000n))).toThrow(/only 79002.00 can be confirmed/);
  feed.set(price(79_000_000_000n));
  expect(updates.at(-1)).toBe(true);
  expect(feed.usable("open")).toMatchObject({ ok: true, price: price(79_002_000_000n), sources: 5 });
  const count = updates.length;
  await until(() => updates.length > count);
  expect(feed.view().status).toBe("ok");
});

test("a price cannot be made up", async () => {
  const { feed, until } = await live();
  await until(() => feed.view().status === "ok");
  const attempt = () => feed.set(price(1n));
  expect(attempt).toThrow(CodedError);
  expect(attempt).toThrow(/live sources/);
});

test("an index is shown and does not count", async () => {
  const { server, feed, until } = await live(true);
  const idx = `{"code":"0","data":[{"idxPx":"63000.00","ts":"${Date.now()}"}]}`;
  server.setFault("okx", { serve: ({ res }) => res.end(idx) });
  await until(() => feed.view().sources.some((s) => s.name === "okx index" && s.price !== undefined));
  expect(feed.view().sources.at(-1)).toMatchObject({
    name: "okx index",
    state: "reference",
    price: price(63_000_000_000n),
  });
  expect(feed.view().agreeing).toBe(5);
  for (const name of ["kraken", "bitstamp", "coinbase"]) server.setFault(name, { body: () => "" });
  await until(() => feed.view().status === "hold");
  expect(feed.view().reason).toBe("2 sources answer, 3 are needed");
});

test("stops asking when stopped, and starts again", async () => {
  const { server, feed, until } = await live();
  await until(() => feed.view().status === "ok");
  feed.stop();
  for (const venue of server.venues) server.setFault(venue.name, { body: () => "" });
  const price0 = feed.view().price;
  feed.start();
  await until(() => feed.view().status === "hold");
  expect(feed.view().price).toBe(price0);
});
