import { describe, expect, test } from "bun:test";
import { onboarded } from "./fake-roles.ts";

async function pegged() {
  const fake = await onboarded();
  await fake.run("user", "startstablechannel last true 10 0");
  return fake;
}

describe("changing an agreement", () => {
  test.each([
    ["sell last 5", "15.000000"],
    ["buy last $4.00", "6.000000"],
    ["resize last 20 --accept-counter", "20.000000"],
  ])("%s", async (line, target) => {
    const fake = await pegged();
    expect(await fake.run("user", line)).toMatchObject({ target_usd: target, status: "active" });
  });

  test.each<[string, string]>([
    ["resize last 0", "bad_amount"],
    ["resize last", "missing_argument"],
    ["buy deadbeef 1", "unknown_agreement"],
    ["renegotiate last", "missing_argument"],
    ["renegotiate last --band 10001", "bad_argument"],
    ["renegotiate last --strikes 0", "bad_argument"],
    ["resume last", "conflict"],
    ["reopen last", "conflict"],
    ["topup last 1000", "conflict"],
    ["topup last 0", "bad_amount"],
    ["stable --evidence /tmp/x", "missing_argument"],
  ])("%s: %s", async (line, code) => {
    const fake = await pegged();
    expect<string>((await fake.fails("user", line)).code).toBe(code);
  });

  test("terms that are not named stay", async () => {
    const fake = await pegged();
    expect(await fake.run("user", "renegotiate last --band 50 --floor 0.05")).toMatchObject({
      target_usd: "10.000000",
    });
  });
});

test("an agreement in full says what holds it up", async () => {
  const fake = await pegged();
  const { agreements } = await fake.run("user", "stable last");
  expect(agreements).toMatchObject([{ cushion_low: false, missing_msat: null, strikes: 0, differences: [] }]);
});

test("reopen says where the money is, stable shows it, --cancel calls it off", async () => {
  const fake = await pegged();
  await fake.run("user", "closechannel last");
  expect(await fake.run("user", "reopen last")).toMatchObject({
    target_usd: "10.000000",
    step: "sweep",
    detail: "48,000 sat of the old channel is on its way back on chain, until block 250 at the latest",
    new_agreement_id: null,
  });
  expect(await fake.run("user", "stable last")).toMatchObject({ agreements: [{ carry_over: { step: "sweep" } }] });
  expect((await fake.fails("user", "reopen last 5000 --cancel")).code).toBe("unexpected_argument");
  expect(await fake.run("user", "reopen last --cancel")).toMatchObject({ step: "cancelled" });
});

test("topup is the provider's, and names what is missing on chain", async () => {
  const fake = await pegged();
  fake.of.lsp.wallet.onchainSat = 1_000n;
  const { code, message } = await fake.fails("lsp", "topup last 50000");
  expect(code).toBe("insufficient_balance");
  expect(message).toContain("50,000 sat more stake needs 76,000 sat on chain");
});
