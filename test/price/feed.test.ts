import { describe, expect, test } from "bun:test";
import { CodedError } from "../../src/errors.ts";
import { createFeed, type FeedOptions } from "../../src/price/feed.ts";
import type { PriceFeed } from "../../src/price/port.ts";
import { formatPriceSpec, parsePriceSpec } from "../../src/price/spec.ts";
import { type Price, price } from "../../src/stable/units.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

const usd = (n: number): Price => price(BigInt(Math.round(n * 1e6)));

function started(spec: string, more: Partial<FeedOptions> = {}) {
  const clock = manualClock();
  const feed = createFeed({ spec: parsePriceSpec(spec), clock, seed: 7, ...more });
  const updates: { byHand: boolean }[] = [];
  feed.onUpdate((update) => updates.push(update));
  feed.start();
  return { clock, feed, updates };
}

function codeOf(run: () => void): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
  return undefined;
}

/** The statuses seen each second. */
function watch(feed: PriceFeed, clock: ManualClock, seconds: number): string {
  let seen = "";
  for (let i = 0; i < seconds; i++) {
    clock.advance(1_000);
    seen += feed.view().status[0];
  }
  return seen;
}

describe("fixed", () => {
  test("is there at once, never ages and costs no timer", () => {
    const { clock, feed, updates } = started("fixed=63001.25");
    expect(updates).toEqual([{ byHand: false }]);
    clock.advance(86_400_000);
    expect(feed.usable("open")).toEqual({ ok: true, price: usd(63_001.25), sources: 1 });
    expect(feed.view()).toMatchObject({ status: "ok", label: "fixed", synthetic: false, agreeing: 1 });
    expect(clock.pending()).toBe(0);
  });

  test("can be set, however far", () => {
    const { feed, updates, clock } = started("fixed=100000");
    feed.set(usd(20));
    expect(feed.usable("open")).toMatchObject({ ok: true, price: usd(20) });
    expect(updates.at(-1)).toEqual({ byHand: true });
    expect(feed.view().acceptedAtMs).toBe(clock.wallMs());
  });

  test("can go over to a scenario, from the price it has", () => {
    const { feed } = started("fixed=50000");
    feed.scenario("calm");
    expect(feed.usable("open")).toMatchObject({ ok: true, price: usd(50_000), sources: 5 });
    expect(feed.view()).toMatchObject({ label: "scenario calm (synthetic)", synthetic: true });
  });
});

describe("scenario", () => {
  test("calm begins at exactly $100,000 and stays within 0.1 % for a minute", () => {
    const { feed, clock, updates } = started("scenario=calm");
    expect(feed.view().price).toBe(usd(100_000));
    for (let i = 0; i < 60; i++) {
      clock.advance(1_000);
      const at = Number(feed.view().price) / 1e6;
      expect(Math.abs(at - 100_000)).toBeLessThanOrEqual(100);
    }
    expect(updates).toHaveLength(61);
  });

  test("a price set by hand passes the breaker, holds, and rests the clock", () => {
    const { feed, clock, updates } = started("scenario=calm");
    clock.advance(30_000);
    feed.set(usd(80_000));
    const count = updates.length;
    clock.advance(600_000);
    expect(feed.usable("open")).toMatchObject({ ok: true, price: usd(80_000) });
    expect(feed.view()).toMatchObject({
      status: "ok",
      label: "scenario calm (synthetic), set by hand",
      synthetic: true,
    });
    expect(feed.view().sources).toMatchObject([{ name: "by hand", state: "ok" }]);
    expect(updates).toHaveLength(count);
    expect(clock.pending()).toBe(0);
    feed.scenario("rally");
    expect(feed.view().price).toBe(usd(80_000));
    clock.advance(5_000);
    expect(feed.view().label).toBe("scenario rally (synthetic)");
    expect(feed.view().sources).toHaveLength(5);
  });

  test("a switch goes on from where the market is", () => {
    const { feed, clock } = started("scenario=volatile");
    clock.advance(120_000);
    const before = feed.view().price;
    feed.scenario("crash");
    expect(feed.view().price).toBe(before);
  });

  test("is the same for the same seed and another for another", () => {
    const path = (seed: number) => {
      const { feed, clock } = started("scenario=volatile", { seed });
      return Array.from({ length: 20 }, () => {
        clock.advance(7_000);
        return feed.view().price;
      });
    };
    expect(path(3)).toEqual(path(3));
    expect(path(3)).not.toEqual(path(4));
  });

  test("at speed it comes by the same prices sooner", () => {
    const slow = started("scenario=crash");
    slow.clock.advance(36_000_000);
    const fast = started("scenario=crash", { speed: 3_600 });
    fast.clock.advance(10_000);
    expect(fast.feed.view().price).toBe(slow.feed.view().price);
    expect(fast.updates).toHaveLength(11);
    expect(fast.feed.view().status).toBe("ok");
  });

  test("halves within a day in a crash, and the breaker lets it pass", () => {
    const { feed, clock } = started("scenario=crash", { speed: 3_600 });
    let lowest = feed.view().price ?? usd(1);
    for (let i = 0; i < 25; i++) {
      clock.advance(1_000);
      const now = feed.view();
      expect(now.status).toBe("ok");
      if (now.price !== undefined && now.price < lowest) lowest = now.price;
    }
    expect(Number(lowest) / 1e6).toBeWithin(48_000, 52_000);
  });

  test("glitch: two venues at a tenth are left out, all five are held back", () => {
    const { feed, clock } = started("scenario=glitch");
    clock.advance(95_000);
    expect(feed.view().status).toBe("ok");
    expect(feed.view().sources.filter((s) => s.state !== "ok")).toHaveLength(2);
    clock.advance(40_000);
    expect(feed.view()).toMatchObject({ status: "hold", reason: expect.stringContaining("at once") });
    expect(feed.usable("settle")).toMatchObject({ ok: false, code: "no_price" });
    clock.advance(20_000);
    expect(feed.view().status).toBe("ok");
    expect(Number(feed.view().price) / 1e6).toBeWithin(99_000, 101_000);
  });

  test("outage: ok with three venues, held with two, back by itself", () => {
    const { feed, clock, updates } = started("scenario=outage");
    const seen = watch(feed, clock, 180);
    expect(seen).toMatch(/^o{59}h{80}o{41}$/);
    expect(updates.every((u) => !u.byHand)).toBe(true);
    expect(updates).toHaveLength(1 + 59 + 1 + 41);
  });

  test("disagree: held while no majority agrees", () => {
    const { feed, clock } = started("scenario=disagree");
    expect(watch(feed, clock, 180)).toMatch(/^o+h+o+$/);
  });

  test("a hold is told again after a person had set the price in between", () => {
    const { feed, clock } = started("scenario=outage");
    const told: string[] = [];
    feed.onUpdate(() => told.push(feed.view().status));
    clock.advance(70_000);
    expect(told.at(-1)).toBe("hold");
    feed.set(usd(90_000));
    feed.scenario("outage");
    clock.advance(70_000);
    expect(told.filter((status) => status === "hold")).toHaveLength(2);
  });

  test("stops and goes on where it stopped", () => {
    const { feed, clock } = started("scenario=rally", { speed: 600 });
    clock.advance(20_000);
    const before = feed.view().price;
    feed.stop();
    expect(clock.pending()).toBe(0);
    clock.advance(3_600_000);
    expect(feed.usable("settle").ok).toBe(false);
    feed.start();
    expect(feed.view()).toMatchObject({ status: "ok", price: before });
  });
});

describe("age", () => {
  test("ok to 10 s, stale to 60 s, then on hold, when no more comes", () => {
    const { feed, clock } = started("scenario=calm");
    feed.stop();
    expect([feed.view().status, feed.usable("open").ok]).toEqual(["ok", true]);
    clock.advance(10_000);
    expect(feed.usable("open").ok).toBe(true);
    clock.advance(1);
    expect(feed.view()).toMatchObject({ status: "stale", reason: "the price is 10 s old" });
    expect(feed.usable("open")).toMatchObject({ ok: false, code: "stale_price" });
    expect(feed.usable("settle").ok).toBe(true);
    clock.advance(50_000);
    expect(feed.view().status).toBe("hold");
    expect(feed.usable("settle")).toMatchObject({ ok: false, code: "stale_price" });
  });

  test("before the first answer there is no price", () => {
    const feed = createFeed({ spec: parsePriceSpec("scenario=calm"), clock: manualClock() });
    expect(feed.view()).toMatchObject({ status: "hold", reason: "no source has answered yet", agreeing: 0 });
    expect(feed.view().sources.map((s) => s.state)).toEqual(Array(5).fill("pending"));
    expect(feed.usable("settle")).toMatchObject({ ok: false, code: "no_price" });
  });
});

describe("what cannot be", () => {
  test("errors name the input", () => {
    const { feed } = started("fixed=1");
    expect(codeOf(() => feed.scenario("doom"))).toBe("bad_argument");
    const file = createFeed({ spec: parsePriceSpec("file=x.csv"), clock: manualClock() });
    expect(codeOf(() => file.set(usd(1)))).toBe("price_not_settable");
    expect(codeOf(() => file.scenario("calm"))).toBe("price_not_settable");
    const live = createFeed({ spec: parsePriceSpec("live"), clock: manualClock() });
    expect(codeOf(() => live.set(usd(1)))).toBe("price_not_settable");
    expect(codeOf(() => live.scenario("calm"))).toBe("price_not_settable");
  });

  test("speed and seed must be numbers that can be used", () => {
    for (const more of [
      { speed: 0 },
      { speed: -1 },
      { speed: Number.NaN },
      { speed: 1e9 },
      { seed: 0.5 },
      { tickMs: 1 },
    ]) {
      expect(codeOf(() => started("scenario=calm", more))).toBe("bad_argument");
    }
  });

  test("a listener that left hears no more", () => {
    const { feed, updates } = started("fixed=1");
    let heard = 0;
    const leave = feed.onUpdate(() => heard++);
    feed.set(usd(2));
    leave();
    feed.set(usd(3));
    expect([heard, updates.length]).toEqual([1, 3]);
  });
});

describe("parsePriceSpec", () => {
  test.each(["live", "fixed=63001.25", "scenario=crash", "file=some dir/a=b.csv"])("%s and back", (text) => {
    expect(formatPriceSpec(parsePriceSpec(text))).toBe(text);
  });

  const bad = [
    "",
    "Live",
    "live=",
    "fixed",
    "fixed=",
    "fixed=0",
    "fixed=-5",
    "fixed=abc",
    "fixed=1e99",
    "scenario",
    "scenario=doom",
  ];
  test.each([...bad, "file=", "file", "random=1"])("refuses %p by name", (text) => {
    expect(() => parsePriceSpec(text)).toThrow(`"${text.startsWith("scenario=") ? "doom" : text}"`);
    expect(codeOf(() => parsePriceSpec(text))).toBe("bad_argument");
  });
});
