import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Agreement, Side } from "../../src/stable/agreement.ts";
import { decide, type Facts, type HoldCode } from "../../src/stable/decision.ts";
import { actionDueOf, dueOf, positionOf } from "../../src/stable/position.ts";
import { termsPresets } from "../../src/stable/terms.ts";
import { msat, price, signedMsat } from "../../src/stable/units.ts";
import { nearPosition } from "./arbitraries.ts";
import { positionVectors } from "./position-vectors.ts";
import { agreement, NOW, sats, usd, usdPerBtc } from "./samples.ts";

function facts(side: Side, dollars: number, changes: Partial<Facts> = {}, book: Partial<Agreement> = {}): Facts {
  return {
    agreement: agreement(side, book),
    price: { ok: true, price: usdPerBtc(dollars) },
    sendableMsat: sats(1_000_000),
    spendableMsat: sats(1_000_000),
    peerConnected: true,
    outstanding: "none",
    now: NOW,
    ...changes,
  };
}

/** What the provider owes on $100 with 100,000 sat at $80,000. */
const owed = { payer: "provider", amountMsat: sats(25_000) } as const;

describe("who acts", () => {
  test.each(positionVectors)("target $target, backing $backing sat, price $price: $payer", (vector) => {
    const book = {
      targetMicro: usd(vector.target),
      backing0Msat: sats(vector.backing),
      terms: termsPresets["stable-channels"],
    };
    const rich = { sendableMsat: sats(1_000_000_000), spendableMsat: sats(1_000_000_000) };
    for (const side of ["receiver", "provider"] as const) {
      const decision = decide(facts(side, vector.price, rich, book));
      expect(decision.action).toBe(vector.payer === "none" ? "none" : vector.payer === side ? "pay" : "await");
      if (decision.action === "pay") expect(decision.amountMsat).toBe(sats(vector.pays));
    }
  });

  test("pays what can be sent when it is less than what is due, in whole satoshis", () => {
    const one = facts("provider", 80_000, { sendableMsat: msat(20_000_999n), spendableMsat: sats(30_000) });
    expect(decide(one)).toEqual({ action: "partial", due: owed, amountMsat: sats(20_000), short: false });
    const all = facts("provider", 80_000, { sendableMsat: sats(9), spendableMsat: sats(9) });
    expect(decide(all)).toEqual({ action: "partial", due: owed, amountMsat: sats(9), short: true });
  });

  test("while ending, a satoshi is enough, and no pause applies", () => {
    const changes = { lastCheckAt: NOW - 1 };
    const book: Partial<Agreement> = {
      status: "ending",
      lastSettlementAt: NOW - 1,
      terms: termsPresets["stable-channels"],
    };
    const decision = decide(facts("provider", 99_999, changes, book));
    expect(decision).toMatchObject({ action: "pay", amountMsat: sats(1) });
    expect(decide(facts("provider", 99_999)).action).toBe("none");
  });

  test("under water the provider still pays as soon as it can", () => {
    expect(decide(facts("provider", 80_000, {}, { status: "underwater" })).action).toBe("pay");
  });
});

describe("holds", () => {
  const noPrice = { ok: false, reason: "two sources only" } as const;
  const cases: readonly [HoldCode, Partial<Facts>, Partial<Agreement>][] = [
    ["disk_full", { diskProblem: "40 MiB are free" }, {}],
    ["not_agreed", {}, { status: "proposed" }],
    ["ended", {}, { status: "ended" }],
    ["no_price", { price: noPrice }, {}],
    ["unknown_outcome", { outstanding: "unknown" }, {}],
    ["in_flight", { outstanding: "in_flight" }, {}],
    ["frozen", {}, { status: "frozen", reason: "price dispute" }],
    ["checked_lately", { lastCheckAt: NOW - 9 }, {}],
    ["cooldown", {}, { lastSettlementAt: NOW - 119, terms: termsPresets["stable-channels"] }],
    ["peer_away", { peerConnected: false }, {}],
    ["dry", { sendableMsat: msat(999n), spendableMsat: msat(999n) }, {}],
    ["dry", { leastSendableMsat: sats(30_000) }, {}],
  ];

  test.each(cases)("%s", (code, changes, book) => {
    const decision = decide(facts("provider", 80_000, changes, book));
    expect(decision).toMatchObject({ action: "hold", code });
    if (decision.action === "hold" && code !== "no_price") expect(decision.due).toEqual(owed);
  });

  test("say why, with the reason that was given", () => {
    expect(decide(facts("provider", 80_000, { price: noPrice }))).toMatchObject({
      reason: "there is no usable price: two sources only",
    });
    const frozen = decide(facts("provider", 80_000, {}, { status: "frozen", reason: "price dispute" }));
    expect(frozen).toMatchObject({ reason: "the agreement is frozen: price dispute" });
  });

  test("pauses are over at their last second, and a clock that went back does not hold", () => {
    const book = { lastSettlementAt: NOW - 120, terms: termsPresets["stable-channels"] };
    expect(decide(facts("provider", 80_000, { lastCheckAt: NOW - 10 }, book)).action).toBe("pay");
    expect(decide(facts("provider", 80_000, { lastCheckAt: NOW + 500 })).action).toBe("pay");
  });
});

test("exactly one side pays, only what the rule says, never more than it can", () => {
  const situation = fc.record({
    near: nearPosition,
    sendable: fc.bigInt({ min: 0n, max: 1_000_000_000_000n }).map(msat),
    rest: fc.bigInt({ min: 0n, max: 1_000_000_000_000n }),
  });
  fc.assert(
    fc.property(situation, ({ near: { position, at }, sendable, rest }) => {
      const book: Partial<Agreement> = {
        targetMicro: position.targetMicro,
        backing0Msat: signedMsat(position.backingMsat),
        terms: { ...termsPresets.default, bandBps: position.bandBps, floorMicro: position.floorMicro },
      };
      const due = actionDueOf(position, at);
      const seen = (["receiver", "provider"] as const).map((side) => {
        const base = facts(side, 1, { price: { ok: true, price: price(at) } }, book);
        return decide({ ...base, sendableMsat: sendable, spendableMsat: msat(sendable + rest) });
      });
      const actions = seen.map(({ action }) => action);
      if (due === undefined) return expect(actions).toEqual(["none", "none"]);
      expect(actions.filter((action) => action === "await")).toHaveLength(1);
      for (const decision of seen) {
        if (decision.action !== "pay" && decision.action !== "partial") continue;
        expect(decision.due).toEqual(due);
        expect(decision.amountMsat).toBeLessThanOrEqual(sendable);
        expect(decision.amountMsat).toBeLessThanOrEqual(due.amountMsat);
        expect(decision.amountMsat % 1_000n).toBe(0n);
        expect(decision.amountMsat).toBeGreaterThan(0n);
      }
      return undefined;
    }),
    { numRuns: 3_000 },
  );
});

test("the decision looks at the book as settlements left it", () => {
  const book = { paidByProviderMsat: sats(25_000) };
  expect(decide(facts("provider", 80_000, {}, book)).action).toBe("none");
  expect(dueOf(positionOf(agreement("provider", book)), usdPerBtc(100_000))).toEqual({
    payer: "receiver",
    amountMsat: sats(25_000),
  });
});
