import { describe, expect, test } from "bun:test";
import { liquidityNeededSat } from "../../src/commands/jit-liquidity.ts";
import { CodedError } from "../../src/errors.ts";
import { msat } from "../../src/stable/units.ts";
import { offer } from "./fake-offer.ts";
import { createRoles, type FakeRoles, LSP_ADDRESS, localTerms, nodeIds, onboarded, routed } from "./fake-roles.ts";

test("50,000 sat without arguments; quoted, journaled, published, and answered in full", async () => {
  const fake = await routed();
  fake.of.lsp.wallet.openingFeeMsat = 1_500_000n;
  const result = await fake.run("user", "getjitinvoice");
  expect(result).toMatchObject({
    amount_msat: "50000000",
    opening_fee_msat: "1500000",
    fee_limit_msat: "1500000",
    arrives_msat: "48500000",
    opens_channel: true,
    expires_at: "2026-01-01T01:00:00Z",
    lsp: nodeIds.lsp,
    note: null,
  });
  const invoice = String(result["invoice"]);
  expect(await fake.of.user.context.jitDesk.newest()).toEqual({ invoice, opensChannel: true });
  expect([...fake.of.user.store.jit.values()]).toEqual([
    {
      paymentHash: String(result["payment_hash"]),
      invoice,
      lsp: nodeIds.lsp,
      amountMsat: msat(50_000_000n),
      openingFeeMsat: msat(1_500_000n),
      feeLimitMsat: msat(1_500_000n),
      createdAt: fake.of.user.context.now(),
      expiresAt: fake.of.user.context.now() + 3600,
    },
  ]);
});

test("the fee limit is what was quoted, or what --max-fee says", async () => {
  const fake = await routed();
  fake.of.lsp.wallet.openingFeeMsat = 3_000_001n;
  expect(await fake.fails("user", "getjitinvoice --max-fee 3000")).toEqual({
    code: "jit_fee_too_high",
    message:
      "The LSP lsp asks 3,000.001 sat for opening the channel, more than 3,000 sat; allow more with --max-fee SATS.",
  });
  expect(await fake.run("user", "getjitinvoice --max-fee 4000")).toMatchObject({
    opening_fee_msat: "3000001",
    fee_limit_msat: "4000000",
  });
  expect((await fake.fails("user", "getjitinvoice --max-fee 0")).code).toBe("jit_fee_too_high");
  expect(fake.of.user.store.jit.size).toBe(1);
});

describe("where a channel has room enough", () => {
  test("it is a plain invoice, said so, and pays like any other", async () => {
    const fake = await onboarded();
    const result = await fake.run("user", "getjitinvoice 10000");
    expect(result).toMatchObject({
      opens_channel: false,
      opening_fee_msat: "0",
      arrives_msat: "10000000",
      lsp: nodeIds.lsp,
    });
    expect(String(result["note"])).toMatch(
      /^There is room for [\d,.]+ sat already: this is a plain invoice\. --new-channel/,
    );
    expect(fake.of.user.store.jit.size).toBe(1);
    expect(await fake.run("exchange", "payjitinvoice")).toMatchObject({ status: "succeeded", amount_msat: "10000000" });
    expect(fake.network.channels).toHaveLength(2);
  });

  test("--new-channel opens one more all the same", async () => {
    const fake = await onboarded();
    expect(await fake.run("user", "getjitinvoice 10000 --new-channel")).toMatchObject({ opens_channel: true });
    await fake.run("exchange", "payjitinvoice");
    expect(fake.network.channels).toHaveLength(3);
  });
});

describe("an amount left open", () => {
  test("only from an LSP that charges nothing", async () => {
    const fake = await routed();
    expect(await fake.run("user", "getjitinvoice any")).toMatchObject({
      amount_msat: null,
      opening_fee_msat: "0",
      fee_limit_msat: "0",
      arrives_msat: null,
    });
    fake.of.lsp.wallet.openingFeeMsat = 1n;
    expect(await fake.fails("user", "getjitinvoice any")).toEqual({
      code: "jit_amount",
      message: "The LSP lsp charges for opening a channel, so the amount can't be left open; name it.",
    });
  });
});

function answering(fake: FakeRoles, ...offers: readonly unknown[]): void {
  fake.of.lsp.wallet.info = { result: { opening_fee_params_menu: offers } };
}

describe("refused upon the quote", () => {
  const answers: readonly [string, Record<string, unknown>, string, RegExp][] = [
    [
      "a token it does not know",
      { error: { code: 200, message: "" } },
      "lsp_bad_token",
      /^The LSP lsp says that it does not know the token, or the token has expired; set lsp-token to/,
    ],
    [
      "a client it does not serve",
      { error: { code: 1, message: "" } },
      "lsp_refused",
      /says that it does not serve this client.*; see lsps2 quote for others\.$/,
    ],
    ["no LSPS2 at all", { error: { code: -32601, message: "" } }, "lsp_refused", /has no just-in-time channels/],
    [
      "an answer without form",
      { result: { menu: [] } },
      "lsp_protocol",
      /breaks bLIP-52, API Information \(the result has opening_fee_params_menu/,
    ],
    [
      "an empty menu",
      { result: { opening_fee_params_menu: [] } },
      "lsp_refused",
      /offers no channels to this client now/,
    ],
    [
      "a further field",
      { result: { opening_fee_params_menu: [offer({ bonus: 1 })] } },
      "lsp_protocol",
      /clients must abort over one; found: bonus/,
    ],
    [
      "offers that ran out",
      { result: { opening_fee_params_menu: [offer({ valid_until: "2025-12-31T23:59:59.000Z" })] } },
      "lsp_refused",
      /makes no offer that can be taken \(valid_until lies ahead/,
    ],
    [
      "offers about to run out",
      { result: { opening_fee_params_menu: [offer({ valid_until: "2026-01-01T00:01:09.000Z" })] } },
      "lsp_refused",
      /makes offers that end in 59 s, too soon to be paid/,
    ],
    [
      "an overflowing fee",
      {
        result: {
          opening_fee_params_menu: [offer({ proportional: 4294967295, max_payment_size_msat: "18446744073709551615" })],
        },
      },
      "jit_amount",
      /all of a payment of 50,000 sat; ask for more/,
    ],
  ];
  test.each(answers)("%s", async (_, info, code, says) => {
    const fake = await routed();
    fake.of.lsp.wallet.info = info;
    const failed = await fake.fails("user", "getjitinvoice");
    expect(String(failed.code)).toBe(code);
    expect(failed.message).toMatch(says);
    expect(fake.network.invoices.size).toBe(0);
  });

  test("a fee that eats the payment", async () => {
    const fake = await routed();
    answering(fake, offer({ min_fee_msat: "6000000" }));
    expect(await fake.fails("user", "getjitinvoice 6000")).toEqual({
      code: "jit_amount",
      message: "The LSP lsp asks 6,000 sat for opening the channel, all of a payment of 6,000 sat; ask for more.",
    });
  });

  test.each(["getjitinvoice 5999", "getjitinvoice 1000001"])("%s is outside of its menu", async (line) => {
    const fake = await routed();
    answering(fake, offer({ max_payment_size_msat: "500000000" }), offer({ min_fee_msat: "2000000" }));
    const { code, message } = await fake.fails("user", line);
    expect(code).toBe("jit_amount");
    expect(message).toMatch(/opens no channel for a payment of .*; ask for 6,000 sat to 1,000,000 sat\.$/);
  });

  test("an LSP that is away", async () => {
    const fake = await routed();
    fake.of.lsp.wallet.online = false;
    const { code, message } = await fake.fails("user", "getjitinvoice");
    expect(code).toBe("lsp_away");
    expect(message).toStartWith("The LSP lsp does not answer (");
    expect(fake.of.user.store.jit.size).toBe(0);
    expect(await fake.of.user.context.jitDesk.newest()).toBeUndefined();
  });
});

test("the invoice ends with the offer, where that is sooner than its hour", async () => {
  const fake = await routed();
  answering(fake, offer({ valid_until: "2026-01-01T00:20:00.999Z" }));
  expect(await fake.run("user", "getjitinvoice")).toMatchObject({ expires_at: "2026-01-01T00:19:50Z" });
});

test.each([
  ["jit_fee_too_high", "jit_fee_too_high", /now asks more than 0 sat for opening the channel; look at lsps2 quote/],
  ["jit_no_liquidity", "jit_no_liquidity", /can't receive that much at present \(LSPS2 error 203\); ask for less/],
  ["jit_amount", "jit_amount", /too small for its fee/],
  ["lsp_bad_token", "lsp_bad_token", /does not take the token; set lsp-token/],
  ["lsp_refused", "lsp_refused", /sells this client no channel now/],
  ["jit_refused", "jit_refused", /did not take up its own offer/],
  ["lsp_away", "lsp_away", /told its menu and then fell silent/],
  ["peer_unreachable", "lsp_away", /can't be reached from this node/],
] as const)("a purchase that fails with %s is told as %s", async (thrown, code, says) => {
  const fake = await routed();
  const { user } = fake.of;
  user.context.node.createJitInvoice = async () => {
    throw new CodedError(thrown, "as the node says it");
  };
  const failed = await fake.fails("user", "getjitinvoice");
  expect(failed.code).toBe(code);
  expect(failed.message).toMatch(says);
  expect(failed.message).not.toContain("as the node says it");
  expect(user.store.jit.size).toBe(0);
});

describe("refused whatever it would cost", () => {
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
