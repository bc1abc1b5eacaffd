/** From an invoice that is paid to dollars, whatever is in the way: the steps of one wish. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ErrorCode, errorTable } from "../../src/errors.ts";
import type { Agreement } from "../../src/stable/agreement.ts";
import { micro } from "../../src/stable/units.ts";
import { afterRefusal, agreedWish, type StableWish, stepOfWish } from "../../src/stable/wish.ts";
import { agreement } from "../store/samples.ts";

const NOW = 1_700_000_000;
const DAY = 86_400;
const wish: StableWish = {
  paymentHash: "aa",
  peer: "03bb",
  targetMicro: micro(25_000_000n),
  createdAt: NOW,
  expiresAt: NOW + 3_600,
  status: "waiting",
  attempts: 0,
};
const paid: StableWish = { ...wish, paidAt: NOW };
const facts = { now: NOW, paid: false, channel: true, agreements: [], taken: new Set<string>() };
const made = (fields: Partial<Agreement> = {}) => agreement("a1", { createdAt: NOW, ...fields });

describe("a wish", () => {
  test("waits for its payment, and is given up once the invoice can't be paid any more", () => {
    expect(stepOfWish(wish, facts)).toEqual({ do: "nothing" });
    expect(stepOfWish(wish, { ...facts, now: NOW + 7_200 })).toEqual({ do: "nothing" });
    expect(stepOfWish(wish, { ...facts, now: NOW + 7_201 })).toMatchObject({ wish: { status: "expired" } });
    expect(stepOfWish(wish, { ...facts, paid: true, now: NOW + 9 })).toMatchObject({ wish: { paidAt: NOW + 9 } });
  });

  test("is proposed once it is paid and a channel is there, and not again before its pause is over", () => {
    expect(stepOfWish(paid, facts)).toEqual({ do: "propose" });
    expect(stepOfWish(paid, { ...facts, channel: false })).toEqual({ do: "nothing" });
    expect(stepOfWish({ ...paid, retryAt: NOW + 5 }, { ...facts, now: NOW + 4 })).toEqual({ do: "nothing" });
    expect(stepOfWish({ ...paid, retryAt: NOW + 5 }, { ...facts, now: NOW + 5 })).toEqual({ do: "propose" });
    expect(stepOfWish(paid, { ...facts, now: NOW + DAY + 1 })).toMatchObject({ wish: { status: "expired" } });
  });

  test("takes up what its proposal led to where nobody lived to write that down", () => {
    expect(stepOfWish(paid, { ...facts, agreements: [made({ status: "proposed" })] })).toEqual({ do: "nothing" });
    expect(stepOfWish(paid, { ...facts, agreements: [made()] })).toEqual({ do: "put", wish: agreedWish(paid, "a1") });
  });

  test.each([
    ["an older one", made({ createdAt: NOW - 1 }), []],
    ["one that ended", made({ status: "ended" }), []],
    ["one the peer proposed", made({ proposedByUs: false }), []],
    ["one as the provider", made({ side: "provider", provider: "02aa", receiver: "03bb" }), []],
    ["another peer's", made({ provider: "03cc" }), []],
    ["another wish's", made(), ["a1"]],
  ])("does not take %s for its own", (_, other, taken) => {
    const step = stepOfWish(paid, { ...facts, agreements: [other], taken: new Set(taken) });
    expect(step).toEqual({ do: "propose" });
  });

  test.each(["agreed", "refused", "expired", "cancelled"] as const)("that is %s stays so", (status) => {
    expect(stepOfWish({ ...paid, status }, { ...facts, paid: true, now: NOW + 9 * DAY })).toEqual({ do: "nothing" });
  });
});

describe("a refusal", () => {
  test.each(["no_price", "stale_price", "peer_unreachable", "timeout", "conflict"] as const)(
    "for %s passes",
    (code) => {
      const after = afterRefusal(paid, code, "why", NOW);
      expect(after).toMatchObject({ status: "waiting", reason: "why", attempts: 1, retryAt: NOW + 5 });
    },
  );

  test.each(["rejected", "bad_amount"] as const)("for %s is the answer", (code) => {
    expect(afterRefusal(paid, code, "why", NOW)).toMatchObject({ status: "refused", reason: "why" });
  });

  test("for too little balance is the answer once the payment has had its time to settle", () => {
    let now: StableWish = paid;
    for (const status of ["waiting", "waiting", "refused"]) {
      now = afterRefusal(now, "insufficient_balance", "too little", NOW);
      expect<string>(now.status).toBe(status);
    }
  });

  test("is tried again ever more rarely, within ten minutes", () => {
    const codes = Object.keys(errorTable).filter((code): code is ErrorCode => code in errorTable);
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.nat(50), (code, attempts) => {
        const after = afterRefusal({ ...paid, attempts }, code, "why", NOW);
        expect(after.attempts).toBe(attempts + 1);
        if (after.status === "refused") return expect(after.retryAt).toBeUndefined();
        const pause = (after.retryAt ?? 0) - NOW;
        expect(pause).toBeGreaterThanOrEqual(5);
        expect(pause).toBeLessThanOrEqual(600);
      }),
    );
  });
});
