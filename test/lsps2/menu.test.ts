import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { judgeMenu } from "../../src/lsps2/menu.ts";
import { type RuleName, rules } from "../../src/lsps2/rules.ts";
import { blipNowMs, blipOffer, menuOf } from "./samples.ts";

const dearer = { ...blipOffer, min_fee_msat: "1092000", proportional: 2400, valid_until: "2023-02-27T21:23:57.984Z" };

/** The rules that a menu breaks, each once. */
function broken(...offers: readonly unknown[]): RuleName[] {
  return [...new Set(judgeMenu(menuOf(...offers), blipNowMs).findings.map(({ rule }) => rule))];
}

test("the bLIP's own example is in order", () => {
  const menu = judgeMenu(menuOf(blipOffer, dearer), blipNowMs);
  expect(menu.findings).toEqual([]);
  expect(menu.entries.map(({ index, minFeeMsat, proportional }) => [index, minFeeMsat, proportional])).toEqual([
    [0, 546_000n, 1200],
    [1, 1_092_000n, 2400],
  ]);
});

test("an empty menu breaks no rule", () => {
  expect(judgeMenu(menuOf(), blipNowMs)).toEqual({ entries: [], findings: [], aborted: false });
});

test("a result without a menu is refused", () => {
  for (const result of [undefined, null, [], {}, { opening_fee_params_menu: {} }, { opening_fee_params_menu: null }]) {
    expect(judgeMenu(result, blipNowMs)).toMatchObject({ aborted: true, findings: [{ rule: "menu_missing" }] });
  }
});

describe("one offer that breaks a rule", () => {
  const cases: readonly [RuleName, Record<string, unknown>][] = [
    ["field_unknown", { discount: "1" }],
    ["amount_form", { min_fee_msat: 546_000 }],
    ["amount_form", { min_fee_msat: "-1" }],
    ["amount_form", { max_payment_size_msat: "18446744073709551616" }],
    ["number_form", { proportional: "1200" }],
    ["number_form", { min_lifetime: 0.5 }],
    ["number_form", { max_client_to_self_delay: -1 }],
    ["datetime_form", { valid_until: "tomorrow" }],
    ["datetime_form", { valid_until: 1_677_142_050 }],
    ["datetime_exact", { valid_until: "2023-02-23T08:47:30.511999999Z" }],
    ["datetime_exact", { valid_until: "2023-02-23T08:47:30Z" }],
    ["promise_form", { promise: 7 }],
    ["promise_length", { promise: "x".repeat(513) }],
    ["promise_length", { promise: '"'.repeat(300) }],
    ["promise_alphabet", { promise: "é" }],
    ["promise_alphabet", { promise: 'a"b' }],
    ["promise_alphabet", { promise: "a\\b" }],
    ["promise_alphabet", { promise: "a\u0000b" }],
    ["validity_short", { valid_until: "2023-02-21T08:57:30.510Z" }],
    ["expired", { valid_until: "2023-02-21T08:47:30.511Z" }],
    ["limits_crossed", { min_payment_size_msat: "1000001" }],
    ["self_delay", { max_client_to_self_delay: 143 }],
  ];

  test.each(cases)("%s: %j", (rule, change) => {
    const menu = judgeMenu(menuOf({ ...blipOffer, ...change }), blipNowMs);
    expect(menu.findings.map((one) => one.rule)).toContain(rule);
    expect(menu.aborted).toBe(menu.findings.some(({ severity }) => severity === "abort"));
    expect(rules[rule].severity === "abort" ? menu.aborted : menu.entries.length === 1).toBe(true);
    expect(menu.entries[0]?.blocked.map((one) => one.rule) ?? []).toEqual(
      rules[rule].severity === "entry" ? [rule] : [],
    );
  });

  test.each(Object.keys(blipOffer))("without %s it is refused", (field) => {
    const others = Object.entries(blipOffer).filter(([name]) => name !== field);
    expect(broken(Object.fromEntries(others))).toEqual(["field_missing"]);
  });

  test("what lies just inside each limit breaks none", () => {
    const inside = [
      { promise: "x".repeat(512) },
      { promise: "" },
      { valid_until: "2023-02-21T08:57:30.511Z" },
      { min_payment_size_msat: "1000000" },
      { max_client_to_self_delay: 144 },
      { max_payment_size_msat: "18446744073709551615" },
    ];
    for (const change of inside) expect(broken({ ...blipOffer, ...change })).toEqual([]);
  });

  test("one bad offer spoils the menu: the client must abort", () => {
    expect(judgeMenu(menuOf(blipOffer, { ...dearer, bonus: 1 }), blipNowMs)).toMatchObject({
      aborted: true,
      entries: [],
    });
  });

  test("what is no offer at all is refused", () => {
    for (const offer of [null, 1, "x", []]) expect(broken(offer)).toEqual(["field_missing"]);
  });
});

describe("the order", () => {
  const rated = (min: number, proportional: number) => ({ ...blipOffer, min_fee_msat: String(min), proportional });
  test("allows a larger fee, a larger rate, or both", () => {
    for (const next of [rated(2, 1), rated(1, 2), rated(2, 2)]) expect(broken(rated(1, 1), next)).toEqual([]);
  });
  test("and nothing else; the menu stays usable", () => {
    for (const next of [rated(1, 1), rated(0, 2), rated(2, 0), rated(0, 0)]) {
      expect(broken(rated(1, 1), next)).toEqual(["menu_order"]);
      expect(judgeMenu(menuOf(rated(1, 1), next), blipNowMs).entries).toHaveLength(2);
    }
  });
});

test("a menu of 100 is read whole: the bLIP knows no longest one", () => {
  const offers = Array.from({ length: 100 }, (_, i) => ({ ...blipOffer, proportional: 1200 + i }));
  const menu = judgeMenu(menuOf(...offers), blipNowMs);
  expect([menu.entries.length, menu.findings.length]).toEqual([100, 0]);
});

test("nothing an LSP sends can throw, and findings are harmless to a terminal", () => {
  const hostile = fc.oneof(
    fc.jsonValue(),
    fc.record({ opening_fee_params_menu: fc.jsonValue() }),
    fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue())).map((offers) => menuOf(...offers)),
    fc
      .record(Object.fromEntries(Object.keys(blipOffer).map((key) => [key, fc.jsonValue()])))
      .map((offer) => menuOf({ ...blipOffer, ...offer })),
  );
  fc.assert(
    fc.property(hostile, (result) => {
      const { findings, aborted, entries } = judgeMenu(result, blipNowMs);
      for (const { found } of findings) expect(found).toMatch(/^[\x20-\x7e…]*$/);
      if (aborted) expect(entries).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});
