import { describe, expect, test } from "bun:test";
import { defaultFeeLimit } from "../../src/commands/jit.ts";
import { liquidityNeededSat } from "../../src/commands/jit-liquidity.ts";
import { msat } from "../../src/stable/units.ts";
import { createRoles, LSP_ADDRESS, localTerms, nodeIds, routed } from "./fake-roles.ts";

test("50,000 sat without arguments; journaled, published, and answered in full", async () => {
  const fake = await routed();
  fake.of.lsp.wallet.openingFeeMsat = 1_500_000n;
  const result = await fake.run("user", "getjitinvoice");
  expect(result).toMatchObject({
    amount_msat: "50000000",
    opening_fee_msat: "1500000",
    fee_limit_msat: "3000000",
    expires_at: "2026-01-01T01:00:00Z",
    lsp: nodeIds.lsp,
  });
  expect(await fake.of.user.context.jitDesk.newest()).toBe(String(result["invoice"]));
  expect([...fake.of.user.store.jit.values()]).toEqual([
    {
      paymentHash: String(result["payment_hash"]),
      invoice: String(result["invoice"]),
      lsp: nodeIds.lsp,
      amountMsat: msat(50_000_000n),
      openingFeeMsat: msat(1_500_000n),
      feeLimitMsat: msat(3_000_000n),
      createdAt: fake.of.user.context.now(),
      expiresAt: fake.of.user.context.now() + 3600,
    },
  ]);
});

test("the fee limit is 1 % and 2,500 sat, or what --max-fee says", async () => {
  expect(String(defaultFeeLimit(msat(200_000_000n)))).toBe("4500000");
  const fake = await routed();
  fake.of.lsp.wallet.openingFeeMsat = 3_000_001n;
  const { code, message } = await fake.fails("user", "getjitinvoice");
  expect(code).toBe("jit_fee_too_high");
  expect(message).toStartWith("The LSP asks more than 3,000 sat for opening the channel (");
  expect(message).toEndWith("; allow more with --max-fee SATS.");
  expect(await fake.run("user", "getjitinvoice --max-fee 4000")).toMatchObject({ fee_limit_msat: "4000000" });
  expect((await fake.fails("user", "getjitinvoice --max-fee 0")).code).toBe("jit_fee_too_high");
  expect(fake.of.user.store.jit.size).toBe(1);
});

describe("refused before the LSP is asked", () => {
  test("no LSP", async () => {
    const fake = createRoles();
    fake.lsp.contact = undefined;
    expect(await fake.fails("user", "getjitinvoice")).toEqual({
      code: "no_lsp",
      message: "No LSP is known to open a channel; start one on this machine or name it with --lsp NODEID@HOST:PORT.",
    });
  });

  test("what the LSP needs is the matched channel, a reserve and fees", () => {
    // over-provisioning of 100 % doubles the channel
    expect(liquidityNeededSat(msat(50_000_000n), 1_000_000)).toBe(100_000n + 25_000n + 1_000n);
    // rounded down as lightning-liquidity does: msat first, whole sats then
    expect(liquidityNeededSat(msat(1_999n), 500_000)).toBe(2n + 26_000n);
  });

  test("an LSP with too little says so with the figures, at once", async () => {
    const fake = await routed();
    fake.lsp.contact = { nodeId: nodeIds.lsp, address: LSP_ADDRESS, local: localTerms(125_999n) };
    expect(await fake.fails("user", "getjitinvoice")).toEqual({
      code: "jit_no_liquidity",
      message:
        "For a payment of 50,000 sat the LSP needs 126,000 sat on chain (channel, 25,000 sat of reserve, about 1,000 sat of fees) and has 125,999 sat; ask for less or fund the LSP.",
    });
    expect(fake.network.invoices.size).toBe(0);
    fake.lsp.contact.local = localTerms(126_000n);
    expect(await fake.run("user", "getjitinvoice")).toMatchObject({ amount_msat: "50000000" });
  });

  test.each([
    ["getjitinvoice 999", "The LSP opens no channel for a payment of 999 sat; ask for 1,000 sat to 100,000,000 sat."],
    [
      "getjitinvoice 1.1btc",
      "The LSP opens no channel for a payment of 110,000,000 sat; ask for 1,000 sat to 100,000,000 sat.",
    ],
  ])("%s is outside of its terms", async (line, message) => {
    const fake = await routed();
    fake.lsp.contact = { nodeId: nodeIds.lsp, address: LSP_ADDRESS, local: localTerms(10_000_000_000n) };
    expect(await fake.fails("user", line)).toEqual({ code: "jit_refused", message });
  });

  test("the eleventh unpaid one waits until the first is a day old", async () => {
    const fake = await routed();
    for (let i = 0; i < 10; i++) {
      await fake.run("user", "getjitinvoice");
      fake.clock.pass(60_000);
    }
    expect(await fake.fails("user", "getjitinvoice")).toEqual({
      code: "jit_limit",
      message:
        "10 JIT invoices are unpaid and the LSP keeps 10 at most; have one of them paid, or wait until 2026-01-02T00:00:00Z.",
    });
    expect(fake.network.invoices.size).toBe(10);
    // Their own expiry of an hour frees nothing at the LSP.
    fake.clock.pass(2 * 3_600_000);
    expect((await fake.fails("user", "getjitinvoice")).code).toBe("jit_limit");
    fake.clock.pass(22 * 3_600_000);
    await fake.run("user", "getjitinvoice");
  });

  test("paid ones and those of another LSP do not count", async () => {
    const fake = await routed();
    for (let i = 0; i < 10; i++) await fake.run("user", "getjitinvoice");
    const [first] = [...fake.of.user.store.jit.values()];
    if (first === undefined) throw new Error("ten were made");
    await fake.of.user.store.commit([{ put: "jit", invoice: { ...first, paidAt: first.createdAt } }]);
    await fake.run("user", "getjitinvoice");
    expect((await fake.fails("user", "getjitinvoice")).code).toBe("jit_limit");
    fake.lsp.contact = { nodeId: nodeIds.exchange, address: LSP_ADDRESS };
    await fake.run("user", "getjitinvoice");
  });
});

test("an LSP that refuses is named with its reason, and nothing is journaled", async () => {
  const fake = await routed();
  fake.of.lsp.wallet.online = false;
  expect(await fake.fails("user", "getjitinvoice")).toEqual({
    code: "jit_refused",
    message:
      "The LSP refused a JIT invoice over 50,000 sat (the LSP does not answer); ask for another amount, or look at the LSP's log.",
  });
  expect(fake.of.user.store.jit.size).toBe(0);
  expect(await fake.of.user.context.jitDesk.newest()).toBeUndefined();
});
