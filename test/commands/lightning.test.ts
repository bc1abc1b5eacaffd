import { describe, expect, test } from "bun:test";
import { msat } from "../../src/stable/units.ts";
import { makeInvoice } from "./fake-payments.ts";
import { createRoles, nodeIds, onboarded, routed } from "./fake-roles.ts";

test("getinvoice asks for what it is told, with the description as one text", async () => {
  const fake = await onboarded();
  const result = await fake.run("user", "getinvoice 0.5sat two cups   of 'tea # hot'");
  expect(result).toMatchObject({ amount_msat: "500", expires_at: "2026-01-01T01:00:00Z" });
  expect(fake.network.invoices.get(String(result["invoice"]))?.description).toBe("two cups of tea # hot");
});

describe("payinvoice", () => {
  test("pays, waits and says what it cost", async () => {
    const fake = await onboarded();
    const { invoice } = makeInvoice(fake.network, { payee: nodeIds.exchange, amountMsat: msat(7_000_000n) });
    const result = await fake.run("user", `pay ${invoice}`);
    expect(result).toMatchObject({ status: "succeeded", amount_msat: "7000000", fee_paid_msat: "0" });
    expect(Object.keys(result)).toEqual(["payment_id", "status", "amount_msat", "fee_paid_msat", "elapsed_ms"]);
  });

  test("an open amount has to be said, a fixed one must not differ", async () => {
    const fake = await onboarded();
    const open = makeInvoice(fake.network, { payee: nodeIds.exchange }).invoice;
    const fixed = makeInvoice(fake.network, { payee: nodeIds.exchange, amountMsat: msat(5_000_000n) }).invoice;
    expect(await fake.fails("user", `pay ${open}`)).toEqual({
      code: "missing_argument",
      message: "The invoice leaves the amount open; write SATS behind it.",
    });
    expect(await fake.fails("user", `pay ${fixed} 6000`)).toEqual({
      code: "unexpected_argument",
      message: "The invoice asks for 5,000 sat, not 6,000 sat; leave the amount out.",
    });
    expect(await fake.run("user", `pay ${open} 6000`)).toMatchObject({ amount_msat: "6000000" });
    expect(await fake.run("user", `pay ${fixed} 5000sat`)).toMatchObject({ amount_msat: "5000000" });
  });

  test("an expired one is refused with its time", async () => {
    const fake = await onboarded();
    const { invoice } = makeInvoice(fake.network, {
      payee: nodeIds.exchange,
      amountMsat: msat(5_000n),
      expirySeconds: 60,
    });
    fake.clock.pass(60_000);
    expect(await fake.fails("user", `pay ${invoice}`)).toEqual({
      code: "invoice_expired",
      message: "The invoice expired at 2026-01-01T00:01:00Z; ask the payee for a new one.",
    });
  });

  test("one of another network is refused", async () => {
    const fake = await onboarded();
    const { invoice } = makeInvoice(fake.network, {
      payee: nodeIds.exchange,
      amountMsat: msat(5_000n),
      network: "bitcoin",
    });
    expect(await fake.fails("user", `pay ${invoice}`)).toEqual({
      code: "invalid_invoice",
      message: "The invoice is for bitcoin, this node is on regtest; ask the payee for one of regtest.",
    });
  });

  test("our own, and what is none", async () => {
    const fake = await onboarded();
    const { invoice } = await fake.run("user", "getinvoice 5");
    expect(await fake.fails("user", `pay ${String(invoice)}`)).toMatchObject({ code: "invalid_invoice" });
    expect((await fake.fails("user", "pay hello")).code).toBe("invalid_invoice");
    expect((await fake.fails("user", `pay lnbcrt1${"q".repeat(120)}`)).code).toBe("invalid_invoice");
  });

  test("paying twice is refused, and paying what is under way", async () => {
    const fake = await onboarded();
    const made = makeInvoice(fake.network, { payee: nodeIds.exchange, amountMsat: msat(5_000_000n) });
    const first = fake.run("user", `pay ${made.invoice}`);
    // The first has been sent, but its outcome takes a turn of the event loop.
    while (fake.of.user.wallet.payments.every((p) => p.direction !== "outbound")) await Promise.resolve();
    expect((await fake.fails("user", `pay ${made.invoice}`)).code).toBe("payment_pending");
    await first;
    expect(await fake.fails("user", `pay ${made.invoice}`)).toEqual({
      code: "already_paid",
      message: `The invoice ${made.paymentHash} was paid before; ask for a new one.`,
    });
    expect(fake.of.user.wallet.payments.filter((p) => p.direction === "outbound")).toHaveLength(1);
  });

  test("more than the channels can send says the most that is possible", async () => {
    const fake = await onboarded();
    const { invoice } = makeInvoice(fake.network, { payee: nodeIds.exchange, amountMsat: msat(60_000_000n) });
    expect(await fake.fails("user", `pay ${invoice}`)).toEqual({
      code: "insufficient_balance",
      message:
        "60,000 sat is more than there is: at most 49,000 sat can be sent now; open a channel or receive some first.",
    });
    expect(await createRoles().fails("user", `keysend ${nodeIds.lsp} 5`)).toMatchObject({
      message: "5 sat is more than there is: at most 0 sat can be sent now; open a channel or receive some first.",
    });
  });

  test("what backs dollars can be spent, and the result says what is left of them", async () => {
    const fake = await onboarded();
    await fake.run("user", "startstablechannel last true 40 0");
    expect(await fake.run("user", `keysend ${nodeIds.lsp} 10000`)).not.toHaveProperty("stable_after_usd");
    expect(await fake.run("user", `keysend ${nodeIds.lsp} 10000`)).toMatchObject({
      amount_msat: "10000000",
      stable_before_usd: "40.000000",
      stable_after_usd: "30.000000",
    });
  });

  test("a payment that fails says why, and that nothing was paid", async () => {
    const fake = await onboarded();
    const { invoice } = makeInvoice(fake.network, { payee: nodeIds.exchange, amountMsat: msat(5_000n) });
    fake.of.exchange.wallet.online = false;
    const { code, message } = await fake.fails("user", `pay ${invoice}`);
    expect(code).toBe("payment_failed");
    expect(message).toMatch(/^Payment [0-9a-f]{64} failed: no route was found; nothing was paid\.$/);
  });

  test("one without an outcome is left as pending after a minute", async () => {
    const fake = await onboarded();
    const { invoice } = makeInvoice(fake.network, { payee: nodeIds.exchange, amountMsat: msat(5_000n) });
    const { context } = fake.of.user;
    const { node } = context;
    // A held payment: the payee neither takes nor refuses it.
    context.node = {
      ...node,
      async payInvoice() {
        const paymentId = fake.network.hash();
        const updatedAt = context.now();
        fake.of.user.wallet.payments.push({
          paymentId,
          kind: "bolt11",
          direction: "outbound",
          status: "pending",
          updatedAt,
        });
        return { paymentId };
      },
    };
    const began = fake.clock.steadyMs();
    const { code, message } = await fake.fails("user", `pay ${invoice}`);
    expect(code).toBe("payment_pending");
    expect(message).toContain("do not pay again before");
    expect(fake.clock.steadyMs() - began).toBeGreaterThanOrEqual(60_000);
  });
});

describe("payjitinvoice", () => {
  test("pays the newest one made on this machine, or the one it is given", async () => {
    const fake = await routed();
    const first = await fake.run("user", "getjitinvoice 40000");
    await fake.run("user", "getjitinvoice 30000");
    expect(await fake.run("exchange", "payjitinvoice")).toMatchObject({ amount_msat: "30000000" });
    expect(await fake.run("exchange", `payjitinvoice ${String(first["invoice"])}`)).toMatchObject({
      amount_msat: "40000000",
    });
  });

  test("says so where none was made", async () => {
    expect(await createRoles().fails("exchange", "payjitinvoice")).toEqual({
      code: "no_jit_invoice",
      message: "No JIT invoice was made on this machine yet; run getjitinvoice as the user, or name an invoice.",
    });
  });
});

test("offers and keysends go the same way", async () => {
  const fake = await onboarded();
  const { offer } = await fake.run("lsp", "getouroffer 1000");
  expect(await fake.run("user", `payoffer ${String(offer)} 2000`)).toMatchObject({ amount_msat: "2000000" });
  // The offer's own amount is learnt from the node.
  expect(await fake.run("user", `payoffer ${String(offer)}`)).toMatchObject({ amount_msat: "1000" });
  expect(await fake.run("user", `keysend ${nodeIds.lsp} 3`)).toMatchObject({ amount_msat: "3000" });
  expect((await fake.fails("user", `payoffer ${String(offer)} 60000`)).code).toBe("insufficient_balance");
});
