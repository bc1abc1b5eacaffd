import { expect, test } from "bun:test";
import { z } from "zod";
import { defaultPolicy, policySchema } from "../../src/stable/policy.ts";
import { defaultTerms, termsPresets, termsSchema, wireTerms } from "../../src/stable/terms.ts";
import { micro } from "../../src/stable/units.ts";
import { PROVIDER } from "./samples.ts";

test("a policy is complete from nothing, and keeps what is given", () => {
  expect(policySchema.parse({})).toEqual(defaultPolicy);
  expect(policySchema.parse({ maxPerPeerMicro: "5", peers: [PROVIDER], exit: "close" })).toEqual({
    ...defaultPolicy,
    maxPerPeerMicro: micro(5n),
    peers: [PROVIDER],
    exit: "close",
  });
});

test.each([
  { maxPerPeerMicro: 5 },
  { maxPerPeerMicro: "-5" },
  { maxTotalMicro: "10000000000000001" },
  { peers: ["lsp"] },
  { exit: "run" },
  { minCoverBps: 10_000 },
  { unknown: 1 },
])("a policy with %p is refused", (given) => {
  expect(policySchema.safeParse(given).success).toBe(false);
});

test("the default terms pass the default policy", () => {
  const { bandBps, floorMicro, cooldownSeconds } = termsPresets["stable-channels"];
  expect(defaultTerms.bandBps).toBeLessThanOrEqual(defaultPolicy.maxBandBps);
  expect([bandBps, floorMicro, cooldownSeconds]).toEqual([10, micro(250_000n), 120]);
  expect(floorMicro).toBeLessThanOrEqual(defaultPolicy.maxFloorMicro);
});

test.each(Object.entries(termsPresets))("the preset %s comes back from its wire form", (_, terms) => {
  expect(termsSchema.parse(wireTerms(terms))).toEqual(terms);
});

test("terms outside their ranges are refused both ways", () => {
  const wire = wireTerms(defaultTerms);
  for (const wrong of [{ strikes: 0 }, { band_bps: 10_001 }, { cover_bps: 10_000 }, { floor: 10_000 }, { more: 1 }]) {
    expect(termsSchema.safeParse({ ...wire, ...wrong }).success).toBe(false);
  }
  expect(() => wireTerms({ ...defaultTerms, checkSeconds: 1.5 })).toThrow(z.ZodError);
});
