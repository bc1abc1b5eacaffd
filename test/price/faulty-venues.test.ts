import { afterAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import type { Decision } from "../../src/price/consensus.ts";
import { createFeed } from "../../src/price/feed.ts";
import type { LiveOptions } from "../../src/price/live-driver.ts";
import { within } from "../../src/price/rules.ts";
import { price } from "../../src/stable/units.ts";
import { faults } from "./fault-table.ts";
import { dollarVenues, startVenues, type VenueServer } from "./venue-server.ts";

/** Each round waits for every answer or timeout, so that a busy machine changes how long a round takes and no outcome. */
const quick = { pollMs: 30, collectMs: 30_000 } as const;
const limits = (timeoutMs: number) => ({ timeoutMs, maxBytes: 65_536, maxRedirects: 3 });
/** Their answer never ends, so that every request for one takes as long as it may. */
const unending = new Set(["hang", "hang after the headers", "slow drip"]);
const MARKET = price(63_000_000_000n);

const open: (() => void)[] = [];
afterAll(() => {
  for (const close of open) close();
});

async function liveFeed(server: VenueServer, more: Pick<LiveOptions, "limits">) {
  const decisions: Decision[] = [];
  const waiting = new Set<() => void>();
  const feed = createFeed({
    spec: { source: "live" },
    clock: systemClock(),
    live: { ...quick, venues: server.venues, ...more },
    onDecision: (decision) => {
      decisions.push(decision);
      for (const wake of waiting) wake();
    },
  });
  open.push(feed.stop, server.stop);
  feed.start();
  /** The first decision from `from` on that `good` accepts. */
  const decision = async (good: (d: Decision) => boolean, from = 0): Promise<Decision> => {
    for (let at = from; ; at++) {
      while (decisions.length <= at) await new Promise<void>((resolve) => waiting.add(resolve));
      const next = decisions[at];
      if (next !== undefined && good(next)) return next;
    }
  };
  return { feed, decisions, decision };
}

const accepted = (d: Decision) => d.outcome.kind === "accepted";
const names = dollarVenues.map((v) => v.name);

/** A venue that flaps is up half of the time: it counts or not, and only what is accepted can be judged. */
const flaps = new Set(["flapping"]);
/** Kraken states no time, so that a wrong one is not among its faults. */
const ofTime = new Set(["stale", "from the future"]);
/** All five together are believable by themselves: what stops them is the breaker. */
const together = new Set(["a tenth", "ten times"]);

describe.concurrent("five venues, of which some answer wrongly", () => {
  for (const [name, fault] of Object.entries(faults)) {
    test(name, async () => {
      const server = await startVenues();
      const { feed, decisions, decision } = await liveFeed(server, {
        limits: limits(unending.has(name) ? 400 : 10_000),
      });
      await decision(accepted);

      for (let faulty = 1; faulty <= names.length; faulty++) {
        server.setFault(names[faulty - 1] ?? "", fault);
        const from = decisions.length;
        // The next round may have begun before the fault; the one after it has seen it.
        const seen = await decision((d) => d !== decisions[from], from);
        if (flaps.has(name)) continue;
        if (names.length - faulty + (ofTime.has(name) ? 1 : 0) >= 3) {
          await decision(accepted, decisions.indexOf(seen));
          continue;
        }
        expect({ faulty, kind: seen.outcome.kind }).toEqual({ faulty, kind: "refused" });
        expect(feed.view()).toMatchObject({ status: "hold", reason: expect.any(String) });
        expect(feed.usable("settle")).toMatchObject({ ok: false, code: "no_price" });
      }
      for (const row of feed.view().sources) {
        if (flaps.has(name) || together.has(name) || (ofTime.has(name) && row.name === "kraken")) continue;
        expect(row.state).toBeOneOf(["error", "stale"]);
        expect(row.detail).toBeString();
      }

      for (const venue of names) server.setFault(venue, undefined);
      await decision(accepted, decisions.length);
      expect(feed.usable("open").ok).toBe(true);

      for (const d of decisions) {
        if (d.outcome.kind === "accepted") expect(within(d.outcome.accepted.price, MARKET, 100)).toBe(true);
      }
      for (const bytes of server.largest.values()) expect(bytes).toBeLessThan(64_000_000);
      feed.stop();
      server.stop();
    }, 60_000);
  }
});
