/** What is offered with the funds there are, and when the menu has to follow. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { emptyMenu, fullMenu, isEmpty, type Menu, menuOf, moveOf, offerOf } from "../../src/lsp/offer.ts";
import type { LspPolicy } from "../../src/lsp/policy.ts";
import { msat, sat } from "../../src/stable/units.ts";

const policy: LspPolicy = {
  openingFeePpm: 0,
  openingFeeMinMsat: msat(0n),
  maxPaymentMsat: msat(100_000_000_000n),
  overProvisioningPpm: 1_000_000,
  chainReserveSat: sat(0n),
  minLifetimeBlocks: 100,
};
const rates = { commitmentSatPerKw: 253, fundingSatPerKw: 253 };
const facts = { spendableSat: sat(1_000_000n), rates, openedSat: sat(0n) };
const menu = (min: bigint, max: bigint): Menu => ({ minMsat: msat(min * 1000n), maxMsat: msat(max * 1000n) });

describe("an offer", () => {
  test("goes as far as the funds", () => {
    expect(offerOf(policy, facts)).toMatchObject({ open: true, maxMsat: 487_000_000n });
    expect(offerOf({ ...policy, chainReserveSat: sat(100_000n) }, facts)).toMatchObject({ maxMsat: 437_000_000n });
    expect(offerOf({ ...policy, maxPaymentMsat: msat(50_000_000n) }, facts)).toMatchObject({ maxMsat: 50_000_000n });
  });

  test.each([
    ["no_funds", {}, { spendableSat: sat(30_000n) }],
    ["no_funds", {}, { spendableSat: sat(0n) }],
    ["day_cap", { dayCapSat: sat(300_000n) }, { openedSat: sat(299_000n) }],
    ["day_cap", { dayCapSat: sat(300_000n) }, { openedSat: sat(900_000n) }],
    ["too_small", { maxPaymentMsat: msat(2_000_000n) }, {}],
    ["too_small", { overProvisioningPpm: 0 }, {}],
  ])("is withdrawn: %s", (why, change, now) => {
    expect(offerOf({ ...policy, ...change }, { ...facts, ...now })).toMatchObject({ open: false, why });
  });

  test("keeps within what the day's cap leaves", () => {
    const capped = { ...policy, dayCapSat: sat(300_000n) };
    expect(offerOf(capped, { ...facts, openedSat: sat(200_000n) })).toMatchObject({ maxMsat: 50_000_000n });
  });

  test("never starts below the least that opens a channel, whatever the owner says", () => {
    expect(offerOf({ ...policy, minPaymentMsat: msat(1_000n) }, facts)).toMatchObject(
      fullMenu(policy, rates).minMsat === undefined ? {} : { minMsat: fullMenu(policy, rates).minMsat },
    );
    expect(offerOf({ ...policy, minPaymentMsat: msat(20_000_000n) }, facts)).toMatchObject({ minMsat: 20_000_000n });
  });
});

test("a menu never promises more than the offer, nor less than half of it", () => {
  const funds = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(sat);
  fc.assert(
    fc.property(funds, (spendableSat) => {
      const offer = offerOf(policy, { ...facts, spendableSat });
      const told = menuOf(offer, policy);
      if (!offer.open) return expect(isEmpty(told)).toBe(true);
      expect(told.minMsat).toBe(offer.minMsat);
      expect(told.maxMsat).toBeLessThanOrEqual(offer.maxMsat);
      expect(told.maxMsat * 2n).toBeGreaterThan(offer.maxMsat);
    }),
  );
});

test.each([
  ["the same", menu(3_000n, 90_000n), undefined],
  ["a little dearer to open", menu(3_500n, 90_000n), undefined],
  ["much dearer to open", menu(4_000n, 90_000n), "tighten"],
  ["less to give", menu(3_000n, 89_000n), "tighten"],
  ["nothing", emptyMenu, "tighten"],
  ["more to give", menu(3_000n, 180_000n), "loosen"],
  ["far cheaper to open", menu(1_400n, 90_000n), "loosen"],
] as const)("a menu of 3,000 to 90,000 sat, and wanted: %s", (_, wanted, move) => {
  expect(moveOf(menu(3_000n, 90_000n), wanted)).toBe(move);
  if (isEmpty(wanted)) expect(moveOf(emptyMenu, menu(3_000n, 90_000n))).toBe("loosen");
});
