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

test("reopen without a channel says where the money is and what to do", async () => {
  const fake = await pegged();
  await fake.run("user", "closechannel last");
  const { code, message } = await fake.fails("user", "reopen last");
  expect(code).toBe("unknown_channel");
  expect(message).toContain("getjitinvoice");
});

test("topup is the provider's, and names what is missing on chain", async () => {
  const fake = await pegged();
  fake.of.lsp.wallet.onchainSat = 1_000n;
  const { code, message } = await fake.fails("lsp", "topup last 50000");
  expect(code).toBe("insufficient_balance");
  expect(message).toContain("50,000 sat more stake needs 76,000 sat on chain");
});
