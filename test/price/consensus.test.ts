import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type ConsensusState,
  consensusStep,
  type Decision,
  emptyState,
  median,
  type Observation,
} from "../../src/price/consensus.ts";
import { decisionRecord, replayRecords } from "../../src/price/record.ts";
import { liveRules, within } from "../../src/price/rules.ts";
import { type Price, price } from "../../src/stable/units.ts";

const usd = (n: number): Price => price(BigInt(Math.round(n * 1e6)));
const names = ["a", "b", "c", "d", "e", "f"];

/** Rounds of quotes every five seconds; `undefined` is a source that does not answer. */
function market(rules = liveRules) {
  let state: ConsensusState = emptyState;
  let nowMs = 0;
  const decisions: Decision[] = [];
  const round = (quotes: readonly (number | undefined)[], afterMs = 5_000, confirmed?: number): Decision => {
    nowMs += afterMs;
    const observations = quotes.map((q, i): Observation => {
      const source = names[i] ?? `s${i}`;
      return q === undefined ? { source, atMs: nowMs, error: "down" } : { source, atMs: nowMs, price: usd(q) };
    });
    const stepped = consensusStep(
      state,
      { nowMs, observations, ...(confirmed !== undefined && { confirmed: usd(confirmed) }) },
      liveRules === rules ? liveRules : rules,
    );
    state = stepped.state;
    decisions.push(stepped.decision);
    return stepped.decision;
  };
  const rounds = (quotes: readonly (number | undefined)[], ms: number): Decision => {
    let last = round(quotes);
    for (let t = 5_000; t < ms; t += 5_000) last = round(quotes);
    return last;
  };
  return { round, rounds, decisions, state: () => state, nowMs: () => nowMs };
}

const acceptedOf = (d: Decision): bigint | undefined =>
  d.outcome.kind === "accepted" ? d.outcome.accepted.price : undefined;
const stateOf = (d: Decision, source: string): string | undefined => d.verdicts.find((v) => v.source === source)?.state;

describe("quorum", () => {
  test("the median of those within 1 %", () => {
    expect(acceptedOf(market().round([100, 100.4, 99.8, 100.1, 100.2]))).toBe(usd(100.1));
  });

  test("of an even count the mean of the middle two", () => {
    expect(acceptedOf(market().round([100, 100.2, 100.4, 100.6]))).toBe(usd(100.3));
  });

  test("two are not enough", () => {
    const d = market().round([100, 100]);
    expect(d.outcome).toMatchObject({ kind: "refused", cause: "no_quorum", reason: "2 sources answer, 3 are needed" });
  });

  test("three of six are no majority", () => {
    expect(market().round([100, 100, 100, 104, 104, 104]).outcome.kind).toBe("refused");
  });

  test("1 % is inside, a micro-dollar more is outside", () => {
    expect(within(101_000_000n, 100_000_000n, 100)).toBe(true);
    expect(within(101_000_001n, 100_000_000n, 100)).toBe(false);
  });

  test("an error, a missing answer and an old quote do not count", () => {
    const observations: Observation[] = [
      { source: "a", atMs: 100_000, price: usd(100) },
      { source: "b", atMs: 100_000, price: usd(100) },
      { source: "c", atMs: 69_999, price: usd(100) },
      { source: "d", atMs: 100_000, error: "HTTP 500" },
      { source: "e", atMs: 0, pending: true },
    ];
    const { decision } = consensusStep(emptyState, { nowMs: 100_000, observations }, liveRules);
    expect(decision.outcome.kind).toBe("refused");
    expect(decision.verdicts.map((v) => v.state)).toEqual(["ok", "ok", "stale", "error", "pending"]);
  });

  test("the price is as old as the middle of its quotes", () => {
    const observations = [0, 9_000, 10_000].map((atMs, i) => ({ source: names[i] ?? "", atMs, price: usd(100) }));
    const { decision } = consensusStep(emptyState, { nowMs: 10_000, observations }, liveRules);
    expect(decision.outcome).toMatchObject({ kind: "accepted", accepted: { atMs: 9_000 } });
  });
});

describe("real incidents", () => {
  test("2018-10-15: two Tether venues at +11 % do not move the price", () => {
    const d = market().round([6_667, 6_657, 6_650, 7_410, 7_418]);
    expect(acceptedOf(d)).toBe(usd(6_657));
    expect(["d", "e"].map((s) => stateOf(d, s))).toEqual(["out_of_band", "out_of_band"]);
  });

  test("2018-10-15 with dollar venues down: held, not averaged", () => {
    expect(market().round([6_667, undefined, undefined, 7_410, 7_418]).outcome.kind).toBe("refused");
    expect(market().round([6_667, 6_657, undefined, 7_410, 7_418]).outcome.kind).toBe("refused");
  });

  test("2021-09-20: sources near zero (5,402 was published against 42,000) are left out", () => {
    const m = market();
    m.round([42_000, 42_010, 41_990, 42_005, 42_002]);
    expect(acceptedOf(m.round([42_000, 42_010, 41_990, 0.01, 0.02]))).toBe(usd(42_000));
    expect(m.round([42_000, 5_402, 5_402, 5_402, 5_402]).outcome).toMatchObject({ kind: "refused", cause: "breaker" });
  });

  test("2021-10-21: 8,200 against 65,000, another at 54,000", () => {
    const m = market();
    m.round([65_000, 65_010, 65_020, 64_990, 65_005]);
    expect(acceptedOf(m.round([65_000, 65_010, 65_020, 54_000, 8_200]))).toBe(usd(65_010));
    expect(m.round([65_000, 54_000, 8_200, undefined, undefined]).outcome.kind).toBe("refused");
  });
});

describe("breaker", () => {
  const five = (p: number) => [p, p, p, p, p];

  test("5 % passes at once, more waits for three checks over 30 s", () => {
    const m = market();
    m.round(five(100));
    expect(acceptedOf(m.round(five(105)))).toBe(usd(105));
    expect(m.round(five(99)).outcome).toMatchObject({ kind: "refused", cause: "breaker", candidate: usd(99) });
    expect(m.rounds(five(98), 25_000).outcome.kind).toBe("refused");
    expect(acceptedOf(m.round(five(98)))).toBe(usd(98));
  });

  test("needs four sources, with three it waits until the price is five minutes old", () => {
    const m = market();
    m.round([100, 100, 100]);
    expect(m.rounds([90, 90, 90], 295_000).outcome.kind).toBe("refused");
    expect(acceptedOf(m.rounds([90, 90, 90], 10_000))).toBe(usd(90));
  });

  test("a silence of more than a minute starts the count anew", () => {
    const m = market();
    m.round(five(100));
    m.rounds(five(90), 20_000);
    expect(m.round(five(90), 61_000).outcome.kind).toBe("refused");
    expect(m.round(five(90), 5_000).outcome.kind).toBe("refused");
  });

  test("a move to the other side starts the count anew", () => {
    const m = market();
    m.round(five(100));
    m.rounds(five(90), 25_000);
    m.round(five(110));
    expect(m.round(five(90)).outcome.kind).toBe("refused");
  });

  test("a price that comes back is accepted at once and clears the count", () => {
    const m = market();
    m.round(five(100));
    m.rounds(five(90), 25_000);
    expect(acceptedOf(m.round(five(100)))).toBe(usd(100));
    expect(m.round(five(90)).outcome.kind).toBe("refused");
  });

  test("more than 20 % waits 15 minutes", () => {
    const m = market();
    m.round(five(100));
    expect(m.rounds(five(79), 900_000).outcome).toMatchObject({ kind: "refused", cause: "breaker" });
    expect(acceptedOf(m.round(five(79)))).toBe(usd(79));
  });

  test("more than 20 % from a price of yesterday waits as well, and lets go after 15 minutes", () => {
    const m = market();
    m.round(five(100));
    expect(m.round(five(150), 86_400_000).outcome.kind).toBe("refused");
    expect(acceptedOf(m.rounds(five(150), 900_000))).toBe(usd(150));
  });

  test("less than 20 % from a price of six minutes ago passes", () => {
    const m = market();
    m.round(five(100));
    expect(acceptedOf(m.round(five(115), 360_000))).toBe(usd(115));
  });

  test("a person may confirm what the sources say, and nothing else", () => {
    const m = market();
    m.round(five(100));
    expect(m.round(five(10), 5_000, 11).outcome.kind).toBe("refused");
    expect(acceptedOf(m.round(five(10), 5_000, 10))).toBe(usd(10));
  });

  test("a slow slide needs nobody", () => {
    const m = market();
    for (let p = 100; p > 40; p *= 0.96) expect(acceptedOf(m.round(five(p)))).toBe(usd(p));
  });
});

describe("ban", () => {
  test("three times out of band, then out until it agreed for 15 minutes", () => {
    const m = market();
    for (let i = 0; i < 2; i++) expect(stateOf(m.round([100, 100, 100, 100, 103]), "e")).toBe("out_of_band");
    expect(stateOf(m.round([100, 100, 100, 100, 103]), "e")).toBe("banned");
    expect(stateOf(m.rounds([100, 100, 100, 100, 100], 900_000), "e")).toBe("banned");
    expect(stateOf(m.round([100, 100, 100, 100, 100]), "e")).toBe("ok");
  });

  test("comes back within half the band only", () => {
    const m = market();
    m.rounds([100, 100, 100, 100, 103], 15_000);
    expect(stateOf(m.rounds([100, 100, 100, 100, 100.9], 3_600_000), "e")).toBe("banned");
    expect(stateOf(m.rounds([100, 100, 100, 100, 100.4], 910_000), "e")).toBe("ok");
  });

  test("one lapse starts the 15 minutes anew", () => {
    const m = market();
    m.rounds([100, 100, 100, 100, 103], 15_000);
    m.rounds([100, 100, 100, 100, 100], 880_000);
    m.round([100, 100, 100, 100, 103]);
    expect(stateOf(m.rounds([100, 100, 100, 100, 100], 880_000), "e")).toBe("banned");
  });

  test("a jump of the clock does not end it early", () => {
    const m = market();
    m.rounds([100, 100, 100, 100, 103], 15_000);
    m.round([100, 100, 100, 100, 100]);
    expect(stateOf(m.round([100, 100, 100, 100, 100], 3_600_000), "e")).toBe("banned");
  });

  test("flapping counts, single lapses a minute apart do not", () => {
    const flapping = market();
    for (let i = 0; i < 3; i++) {
      flapping.round([100, 100, 100, 100, 100]);
      flapping.round([100, 100, 100, 100, 103]);
    }
    expect(stateOf(flapping.round([100, 100, 100, 100, 100]), "e")).toBe("banned");
    const clumsy = market();
    for (let i = 0; i < 5; i++) {
      clumsy.round([100, 100, 100, 100, 103]);
      clumsy.rounds([100, 100, 100, 100, 100], 70_000);
    }
    expect(stateOf(clumsy.round([100, 100, 100, 100, 100]), "e")).toBe("ok");
  });

  test("a banned source does not make up a quorum", () => {
    const m = market();
    m.rounds([100, 100, 100, 103], 15_000);
    expect(m.round([100, 100, undefined, 100]).outcome.kind).toBe("refused");
  });

  test("while the price is on hold nobody is struck", () => {
    const m = market();
    m.round([100, 100, 100, 100, 100]);
    m.rounds([10, 10, 10, 100, 100], 60_000);
    const d = m.round([100, 100, 100, 100, 100]);
    expect(acceptedOf(d)).toBe(usd(100));
    expect(d.verdicts.every((v) => v.state === "ok")).toBe(true);
  });

  test("a quote that is seen twice counts once", () => {
    let state: ConsensusState = emptyState;
    for (let i = 1; i <= 5; i++) {
      const observations: Observation[] = ["a", "b", "c"].map((source) => ({
        source,
        atMs: i * 1_000,
        price: usd(100),
      }));
      observations.push({ source: "d", atMs: 1_000, price: usd(103) });
      state = consensusStep(state, { nowMs: i * 1_000, observations }, liveRules).state;
    }
    expect(state.sources["d"]).toMatchObject({ strikes: 1, banned: false });
  });
});

describe("whatever the sources say", () => {
  const quote = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 99, max: 101, noNaN: true }) },
    { weight: 2, arbitrary: fc.double({ min: 0.01, max: 1_000, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  const history = fc.array(fc.array(quote, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 40 });

  test("an accepted price has a quorum and a majority within the band, and lies among them", () => {
    fc.assert(
      fc.property(history, (rows) => {
        const m = market();
        for (const row of rows) {
          const banned = new Set(names.filter((n) => m.state().sources[n]?.banned));
          const d = m.round(row);
          if (d.outcome.kind !== "accepted") continue;
          const { accepted } = d.outcome;
          const counted = row.flatMap((q, i) => (q === undefined || banned.has(names[i] ?? "") ? [] : [usd(q)]));
          const centre = median(counted) ?? usd(1);
          const agreeing = counted.filter((p) => within(p, centre, 100));
          expect(agreeing).toHaveLength(accepted.agreeing);
          expect(agreeing.length).toBeGreaterThanOrEqual(3);
          expect(agreeing.length * 2).toBeGreaterThan(counted.length);
          expect(agreeing.some((p) => p <= accepted.price) && agreeing.some((p) => p >= accepted.price)).toBe(true);
        }
      }),
    );
  });

  test("the order of the sources makes no difference to the price", () => {
    fc.assert(
      fc.property(fc.array(quote, { minLength: 3, maxLength: 6 }), (row) => {
        expect(acceptedOf(market().round(row))).toBe(acceptedOf(market().round([...row].reverse())));
      }),
    );
  });

  test("every decision can be replayed from its record, through JSON", () => {
    fc.assert(
      fc.property(history, (rows) => {
        const m = market();
        for (const row of rows) m.round(row);
        const lines = m.decisions.map((d) => JSON.stringify(decisionRecord(d)));
        const again = replayRecords(
          lines.map((text): unknown => JSON.parse(text)),
          liveRules,
        );
        expect(again.map((record) => JSON.stringify(record))).toEqual(lines);
      }),
      { numRuns: 50 },
    );
  });

  test("a record that was changed replays to something else", () => {
    const m = market();
    m.round([100, 100, 100, 100, 100]);
    m.round([10, 10, 10, 10, 10], 5_000, 10);
    const records = m.decisions.map(decisionRecord);
    expect(records[1]).toMatchObject({ outcome: "accepted", price_usd: "10.00", confirmed_usd: "10.00", agreeing: 5 });
    expect(replayRecords(records, liveRules)).toEqual(records);
    const { confirmed_usd: _, ...unconfirmed } = records[1] ?? { confirmed_usd: "" };
    expect(replayRecords([records[0], unconfirmed], liveRules)[1]).toMatchObject({ outcome: "refused" });
    expect(() => replayRecords([{ outcome: "accepted" }], liveRules)).toThrow();
  });

  test("a source may be called anything", () => {
    let state: ConsensusState = emptyState;
    for (let i = 1; i <= 3; i++) {
      const quotes = ["constructor", "toString", "hasOwnProperty"].map((source) => ({ source, price: usd(100) }));
      const observations = [...quotes, { source: "valueOf", price: usd(110) }].map((o) => ({ ...o, atMs: i * 1_000 }));
      const { decision, state: next } = consensusStep(state, { nowMs: i * 1_000, observations }, liveRules);
      expect(decision.outcome.kind).toBe("accepted");
      state = next;
    }
    expect(state.sources["valueOf"]).toMatchObject({ banned: true });
  });

  test("the state holds one record a source, however long it runs", () => {
    const m = market();
    for (let i = 0; i < 20_000; i++)
      m.round([100, 100.1, i % 7 === 0 ? 110 : 100.2, i % 11 === 0 ? undefined : 99.9, 100]);
    expect(Object.keys(m.state().sources)).toHaveLength(5);
    expect(JSON.stringify(m.state(), (_, v: unknown) => (typeof v === "bigint" ? `${v}` : v)).length).toBeLessThan(
      2_000,
    );
  });
});
