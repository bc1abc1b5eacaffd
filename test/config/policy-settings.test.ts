import { describe, expect, test } from "bun:test";
import { policyOf, policySettings, termsOf } from "../../src/config/policy-settings.ts";
import { resolveSettings } from "../../src/config/resolve.ts";
import { settingKeys, settingOf, type Values } from "../../src/config/settings.ts";
import { defaultPolicy } from "../../src/stable/policy.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { micro } from "../../src/stable/units.ts";
import { noFiles } from "./files.ts";

const by = (flags: Values) => resolveSettings({ flags, env: {}, file: undefined }, noFiles).settings;
const peer = `02${"ab".repeat(32)}`;

test("nothing said is the default", () => {
  expect(policyOf(by({}), "user")).toEqual(defaultPolicy);
  expect(policyOf(by({}), "lsp")).toEqual({ ...defaultPolicy, carryOver: true });
  expect(termsOf(defaultTerms, by({}))).toEqual(defaultTerms);
});

test("the defaults that help tells are the ones that hold", () => {
  const told = Object.fromEntries(
    settingKeys.filter((key) => key in policySettings).map((key) => [key, settingOf(key).fallback]),
  );
  expect(policyOf(by(told), "user")).toEqual(defaultPolicy);
});

test("each setting lands in the policy, and in what we propose where it is a term", () => {
  const settings = by({
    "stable-peers": `${peer}, ${peer.toUpperCase()}`,
    "stable-max-peer": "250",
    "stable-max-total": "$5000.50",
    "stable-cover": "3000",
    "stable-tolerance": "75",
    "stable-strikes": "5",
    "stable-exit": "close",
    "stable-fee": "100",
    "stable-counter": "1000",
    "stable-carry-over": "no",
  });
  expect(policyOf(settings, "lsp")).toMatchObject({
    peers: [peer, peer],
    maxPerPeerMicro: micro(250_000_000n),
    maxTotalMicro: micro(5_000_500_000n),
    minCoverBps: 3_000,
    toleranceBps: 75,
    strikes: 5,
    exit: "close",
    feeBps: 100,
    counterBps: 1_000,
    carryOver: false,
  });
  expect(termsOf(defaultTerms, settings)).toMatchObject({
    minCoverBps: 3_000,
    toleranceBps: 75,
    strikes: 5,
    feeBps: 100,
  });
});

describe("is refused, naming the form", () => {
  test.each([
    ["stable-peers", "lsp"],
    ["stable-peers", ""],
    ["stable-peers", `${peer},`],
    ["stable-max-peer", "0"],
    ["stable-max-peer", "-1"],
    ["stable-max-total", "1e9"],
    ["stable-cover", "10000"],
    ["stable-tolerance", "0.5"],
    ["stable-strikes", "0"],
    ["stable-strikes", "101"],
    ["stable-exit", "run"],
    ["stable-fee", "10001"],
    ["stable-counter", "-1"],
  ])("--%s %s", (key, value) => {
    expect(() => by({ [key]: value })).toThrow(/is not valid: expected/);
  });

  test("every setting of the policy has a summary and a form", () => {
    for (const { summary, value } of Object.values(policySettings)) expect(`${summary}${value}`).not.toBe("");
  });
});
