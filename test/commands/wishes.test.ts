/** `getjitinvoice --stable` and `stable wishes`. */
import { expect, test } from "bun:test";
import { nodeIds, routed } from "./fake-roles.ts";

test("the wish is kept with its invoice, and can be called off", async () => {
  const fake = await routed();
  const made = await fake.run("user", "getjitinvoice 50000 --stable 25");
  expect(made).toMatchObject({ stable_usd: "25.000000" });
  const waiting = { target_usd: "25.000000", status: "waiting", peer: nodeIds.lsp, payment_hash: made["payment_hash"] };
  expect((await fake.run("user", "stable wishes"))["wishes"]).toMatchObject([waiting]);
  const prefix = String(made["payment_hash"]).slice(0, 10);
  const after = await fake.run("user", `stable wishes --cancel ${prefix}`);
  expect(after["wishes"]).toMatchObject([{ ...waiting, status: "cancelled" }]);
  expect(await fake.fails("user", `stable wishes --cancel ${prefix}`)).toMatchObject({ code: "conflict" });
});

test("without it there is none", async () => {
  const fake = await routed();
  expect(await fake.run("user", "getjitinvoice 50000")).not.toHaveProperty("stable_usd");
  expect((await fake.run("user", "stable wishes"))["wishes"]).toEqual([]);
});

test("more dollars than would arrive are refused before anything is bought, with the least to ask for", async () => {
  const fake = await routed();
  const { code, message } = await fake.fails("user", "getjitinvoice 50000 --stable 50");
  expect<string>(code).toBe("insufficient_balance");
  expect(message).toMatch(
    /^\$50\.00 need 51,500 sat to arrive at \$100,000\.00 a bitcoin, .* ask for more, or for fewer/,
  );
  expect(fake.of.user.store.jit.size).toBe(0);
});

test.each([
  ["getjitinvoice 50000 --stable 0", "bad_amount"],
  ["getjitinvoice 50000 --stable", "missing_argument"],
  ["stable wishes --cancel xyz", "bad_argument"],
  ["stable wishes --cancel 0123456789", "bad_argument"],
])("%s: %s", async (line, code) => {
  expect<string>((await (await routed()).fails("user", line)).code).toBe(code);
});
