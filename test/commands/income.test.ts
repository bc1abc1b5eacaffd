/** What a node earned, from the forwards and conversions in its ledger. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ForwardRecord } from "../../src/stable/ledger.ts";
import { micro, msat } from "../../src/stable/units.ts";
import { createRoles, type FakeRoles, nodeIds } from "./fake-roles.ts";

const DAY = 86_400;
let n = 0;

async function book(fake: FakeRoles, fields: Partial<ForwardRecord>) {
  const base = { id: `${n++}`, at: fake.of.lsp.context.now(), prevChannelId: "aa", nextChannelId: "bb" };
  const peers = { prevNodeId: nodeIds.exchange, nextNodeId: nodeIds.user };
  await fake.of.lsp.store.commit([{ put: "forward", forward: { ...base, ...peers, ...fields } }]);
}

test("an opening fee is not counted again as a forwarding fee, and each is its peer's", async () => {
  const fake = createRoles();
  await book(fake, { skimmedFeeMsat: msat(500_000n), feeEarnedMsat: msat(501_000n) });
  await book(fake, { feeEarnedMsat: msat(1_000n) });
  const income = await fake.run("lsp", "income");
  const sums = { opening_fees_msat: "500000", forwarding_fees_msat: "2000", total_msat: "502000" };
  expect(income).toMatchObject({ ...sums, forwards: 2, conversion_fees_msat: "0" });
  expect(income["by_day"]).toMatchObject([{ day: "2026-01-01", ...sums }]);
  expect(income["by_peer"]).toMatchObject([
    { peer: nodeIds.user, alias: "user", total_msat: "500000" },
    { peer: nodeIds.exchange, alias: "exchange", total_msat: "2000" },
  ]);
});

test("a total that LDK can't tell yet counts nothing: it may be told twice", async () => {
  const fake = createRoles();
  await book(fake, { skimmedFeeMsat: msat(500_000n) });
  expect(await fake.run("lsp", "income")).toMatchObject({ total_msat: "0", forwards: 1, by_day: [], by_peer: [] });
});

test("a conversion fee counts for the receiver, at the price of the conversion", async () => {
  const fake = createRoles();
  const at = fake.of.lsp.context.now();
  const fee = { agreementId: "aa", peer: nodeIds.user, at, feeMicro: micro(500_000n), feeMsat: msat(500_000n) };
  fake.of.lsp.context.stable.conversionFees = async (since) => (fee.at >= since ? [fee] : []);
  expect((await fake.run("lsp", "income"))["by_peer"]).toMatchObject([
    { peer: nodeIds.user, conversion_fees_msat: "500000", total_msat: "500000" },
  ]);
});

test("days are whole ones of UTC, today being the last", async () => {
  const fake = createRoles();
  const today = fake.of.lsp.context.now() - (fake.of.lsp.context.now() % DAY);
  for (const at of [today - DAY - 1, today - DAY, today - 1, today]) await book(fake, { at, feeEarnedMsat: msat(1n) });
  expect(await fake.run("lsp", "income --days 1")).toMatchObject({ forwards: 1, total_msat: "1" });
  const two = await fake.run("lsp", "income --days 2");
  expect(two["by_day"]).toMatchObject([
    { day: "2025-12-31", total_msat: "2" },
    { day: "2026-01-01", total_msat: "1" },
  ]);
});

test("days and peers each add up to the whole, whatever was forwarded", async () => {
  const fees = fc.array(
    fc.record({
      day: fc.integer({ min: 0, max: 40 }),
      skimmed: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      routed: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      to: fc.constantFrom(nodeIds.user, nodeIds.exchange),
    }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(fees, async (forwards) => {
      const fake = createRoles();
      const now = fake.of.lsp.context.now();
      for (const { day, skimmed, routed, to } of forwards) {
        const amounts = { skimmedFeeMsat: msat(skimmed), feeEarnedMsat: msat(skimmed + routed) };
        await book(fake, { at: now - day * DAY, nextNodeId: to, ...amounts });
      }
      const { by_day, by_peer, total_msat } = await fake.run("lsp", "income --days 30");
      const sum = (rows: unknown) =>
        Array.isArray(rows) ? rows.reduce((all, row) => all + BigInt(row.total_msat), 0n) : undefined;
      expect(sum(by_day)).toBe(BigInt(String(total_msat)));
      expect(sum(by_peer)).toBe(BigInt(String(total_msat)));
    }),
    { numRuns: 50 },
  );
});

test.each(["income --days 0", "income --days x", "income 3"])("%s is refused", async (line) => {
  await expect(createRoles().fails("lsp", line)).resolves.toMatchObject({
    code: line.includes("--") ? "bad_argument" : "unexpected_argument",
  });
});
