import { describe, expect, test } from "bun:test";
import { createFeed } from "../../src/price/feed.ts";
import { onboarded, roles, routed } from "./fake-roles.ts";

describe("startstablechannel", () => {
  test("$4 of 50,000 sat at $100,000, the rest stays native", async () => {
    const fake = await onboarded();
    const [channel] = await fake.of.user.context.node.channels();
    expect<unknown>(await fake.run("user", "startstablechannel last true 4.0 0")).toEqual({
      agreement_id: expect.stringMatching(/^[0-9a-f]{64}$/),
      channel_id: channel?.channelId ?? "",
      role: "receiver",
      target_usd: "4.000000",
      backing_msat: "4000000",
      native_msat: "46000000",
      price_usd: "100000.000000",
      covered_to_usd: "50000.000000",
      covered_drop_bps: 5000,
      status: "active",
    });
  });

  test("the LSP may propose it as the provider", async () => {
    const fake = await onboarded();
    const [channel] = await fake.of.user.context.node.channels();
    const line = `startstablechannel ${channel?.channelId.slice(0, 10)} false $4 0.0001btc`;
    expect(await fake.run("lsp", line)).toMatchObject({ role: "provider", native_msat: "46000000" });
  });

  test("larger than the balance says the most that is possible", async () => {
    const fake = await onboarded();
    expect(await fake.fails("user", "startstablechannel last true 60 0")).toEqual({
      code: "insufficient_balance",
      message: "at most $50 is possible",
    });
    // Wanting to keep 20,000 sat outside leaves 30,000 for the peg.
    expect(await fake.fails("user", "startstablechannel last true 40 20000")).toMatchObject({
      message: "at most $30 is possible",
    });
    expect(await fake.run("user", "stable")).toEqual({ agreements: [] });
  });

  test("without a price it is refused", async () => {
    const fake = await onboarded({ source: "live" });
    const { code, message } = await fake.fails("user", "startstablechannel last true 4 0");
    expect(code).toBe("no_price");
    expect(message).toEndWith("set one with price USD.");
    expect(await fake.run("user", "stable")).toEqual({ agreements: [] });
  });

  test.each([
    ["user startstablechannel deadbeef true 4 0", "unknown_channel"],
    ["user startstablechannel last true 0 0", "bad_amount"],
    ["user startstablechannel last true 4sat 0", "bad_amount"],
    ["user startstablechannel last true 4 0.0001", "bad_amount"],
    ["user startstablechannel last 1 4 0", "bad_argument"],
  ])("%s: %s", async (line, code) => {
    const fake = await onboarded();
    expect<string>((await fake.fails("user", line)).code).toBe(code);
    expect(await fake.run("user", "stable")).toEqual({ agreements: [] });
  });
});

describe("a running agreement", () => {
  test("stable shows both sides the same book", async () => {
    const fake = await onboarded();
    const { agreement_id } = await fake.run("user", "startstablechannel last true 4 0");
    await fake.run("user", "price 80000");
    expect<unknown>(await fake.run("lsp", "checkstability")).toEqual({
      agreement_id,
      action: "pay",
      due_msat: "1000000",
      reason: "pay, at the present price",
    });
    const [user, lsp] = await Promise.all([fake.run("user", "stable"), fake.run("lsp", "stable last")]);
    const same = {
      agreement_id,
      target_usd: "4.000000",
      backing_msat: "5000000",
      value_usd: "4.000000",
      settlements: 1,
    };
    expect(user["agreements"]).toMatchObject([{ ...same, role: "receiver", paid_msat: "0", received_msat: "1000000" }]);
    expect(lsp["agreements"]).toMatchObject([{ ...same, role: "provider", paid_msat: "1000000", received_msat: "0" }]);
    expect(await fake.run("user", "checkstability last")).toMatchObject({ action: "none", due_msat: "0" });
  });

  test("drift has the receiver's sign", async () => {
    const fake = await onboarded();
    await fake.run("user", "startstablechannel last true 4 0");
    await fake.run("user", "price 100100");
    expect((await fake.run("user", "stable"))["agreements"]).toMatchObject([{ drift_usd: "0.004000", drift_bps: 10 }]);
    await fake.run("user", "price 99900");
    expect((await fake.run("user", "stable"))["agreements"]).toMatchObject([
      { drift_usd: "-0.004000", drift_bps: -10 },
    ]);
  });

  test("without a price its value is unknown, not zero", async () => {
    const fake = await onboarded();
    await fake.run("user", "startstablechannel last true 4 0");
    const { list } = fake.of.user.context.stable;
    fake.of.user.context.stable.list = async () =>
      (await list()).map(({ price, valueMicro, driftMicro, driftBps, coveredTo, coveredDropBps, ...view }) => view);
    const unknown = { value_usd: null, drift_usd: null, drift_bps: null, covered_to_usd: null };
    expect((await fake.run("user", "stable"))["agreements"]).toMatchObject([unknown]);
    expect(await fake.run("user", "balance")).toMatchObject({ stable_usd: null, stable_sat: "4000" });
  });

  test("stopstable settles and ends it; a second time it is ended", async () => {
    const fake = await onboarded();
    const { agreement_id } = await fake.run("user", "startstablechannel last true 4 0");
    await fake.run("user", "price 50000");
    expect<unknown>(await fake.run("user", "stopstable last")).toEqual({
      agreement_id,
      settled_msat: "4000000",
      status: "ended",
    });
    expect<unknown>(await fake.run("user", `checkstability ${agreement_id}`)).toEqual({
      agreement_id,
      action: "none",
      due_msat: "0",
      reason: "the agreement is ended",
    });
    expect((await fake.fails("user", "checkstability")).code).toBe("unknown_agreement");
  });
});

test("price shows the sources and sets where it can be set", async () => {
  const fake = await routed();
  expect(await fake.run("lsp", "price $79999.50")).toMatchObject({
    price_usd: "79999.500000",
    status: "ok",
    sources: [{ price_usd: "79999.500000", state: "ok" }],
  });
  for (const role of roles) expect(await fake.run(role, "price")).toMatchObject({ price_usd: "79999.500000" });
  expect((await fake.fails("lsp", "price 0")).code).toBe("bad_amount");

  fake.of.lsp.context.price = createFeed({ spec: { source: "live" }, clock: fake.clock });
  expect((await fake.fails("lsp", "price 80000")).code).toBe("price_not_settable");
  expect(await fake.run("lsp", "price")).toMatchObject({ price_usd: null, status: "hold" });
});
