/** `lsps2 policy`, and the lifetime an LSP promised against its own close commands. */
import { describe, expect, test } from "bun:test";
import type { PolicyChange, ProviderView } from "../../src/lsp/port.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { createRoles, type FakeRoles, nodeIds, onboarded } from "./fake-roles.ts";

function withProvider(): FakeRoles & { changes: (PolicyChange | "reset")[] } {
  const fake = createRoles();
  const changes: (PolicyChange | "reset")[] = [];
  const view: ProviderView = {
    policy: {
      openingFeePpm: 1_000,
      openingFeeMinMsat: msat(100_000n),
      maxPaymentMsat: msat(1_000_000_000n),
      overProvisioningPpm: 1_000_000,
      token: "secret-word",
      chainReserveSat: sat(0n),
      minLifetimeBlocks: 100,
    },
    changed: false,
    rates: { commitmentSatPerKw: 253, fundingSatPerKw: 253 },
    spendableSat: sat(20_000n),
    openedSat: sat(0n),
    offer: { open: false, why: "no_funds", minMsat: msat(2_502_000n) },
    why: "too little is spendable on chain",
    menu: { minMsat: msat(2_502_000n), maxMsat: msat(1_000_000_000n) },
    menuIsEmpty: false,
  };
  const took = async (change: PolicyChange | "reset") => {
    changes.push(change);
    return view;
  };
  fake.of.lsp.context.provider = {
    view: async () => view,
    change: took,
    reset: () => took("reset"),
    minLifetimeBlocks: 100,
  };
  return { ...fake, changes };
}

test("it says what is told, what could be served and why not, and never the token", async () => {
  const result = await withProvider().run("lsp", "lsps2 policy");
  expect(result).toMatchObject({
    offer: "open",
    reason: "too little is spendable on chain",
    offered_min_msat: "2502000",
    servable_msat: "0",
    payment_min_msat: "2502000",
    token_required: true,
    day_cap_sat: null,
  });
  expect(JSON.stringify(result)).not.toContain("secret-word");
});

test("only what is given changes; auto and none take a limit away", async () => {
  const fake = withProvider();
  await fake.run("lsp", "lsps2 policy --fee-ppm 5000 --fee-min 250 --max 0.5btc");
  await fake.run("lsp", "lsps2 policy --min auto --day-cap none --token none --reserve 0");
  await fake.run("lsp", "lsps2 policy --reset");
  expect(fake.changes).toEqual([
    { openingFeePpm: 5_000, openingFeeMinMsat: msat(250_000n), maxPaymentMsat: msat(50_000_000_000n) },
    { minPaymentMsat: null, dayCapSat: null, token: null, chainReserveSat: sat(0n) },
    "reset",
  ]);
});

test.each([
  ["lsps2 policy --fee-ppm 1000000", "bad_argument"],
  ["lsps2 policy --min lots", "bad_amount"],
  ["lsps2 policy --token abc", "bad_argument"],
  ["lsps2 policy --day-cap 0.5", "bad_amount"],
  ["lsps2 policy --reset --max 5000", "unexpected_argument"],
  ["lsps2 policy 5000", "unexpected_argument"],
])("%s: %s", async (line, code) => {
  const fake = withProvider();
  expect<string>((await fake.fails("lsp", line)).code).toBe(code);
  expect(fake.changes).toEqual([]);
});

describe("a channel whose lifetime was promised", () => {
  async function promised(confirmed: number): Promise<FakeRoles> {
    const fake = await onboarded();
    fake.network.mine(confirmed);
    const channel = (await fake.of.lsp.context.node.channels()).find((c) => c.counterparty === nodeIds.user);
    if (channel === undefined) throw new Error("no channel to the user");
    const { userChannelId, capacitySat } = channel;
    const opened = { userChannelId, peer: nodeIds.user, capacitySat, minLifetimeBlocks: 100, openedAt: 0 };
    await fake.of.lsp.store.commit([{ put: "opened", channel: opened }]);
    return fake;
  }
  const idOf = async (fake: FakeRoles) =>
    (await fake.of.lsp.context.node.channels()).find((c) => c.counterparty === nodeIds.user)?.channelId ?? "";

  test.each(["", " --force"])("is not closed by its LSP before (closechannel%s)", async (how) => {
    const fake = await promised(99);
    const { code, message } = await fake.fails("lsp", `closechannel ${await idOf(fake)}${how}`);
    expect<string>(code).toBe("conflict");
    expect(message).toMatch(/promised to stay for 1 more block; wait, or break the promise with --early/);
    expect((await fake.fails("lsp", `closeallchannels${how}`)).message).toMatch(/promised to stay/);
  });

  test("has a date where blocks come by themselves", async () => {
    const fake = await promised(98);
    fake.of.lsp.context.network = "bitcoin";
    const { message } = await fake.fails("lsp", `closechannel ${await idOf(fake)}`);
    expect(message).toMatch(/2 more blocks, about until 2026-01-01T00:20:\d\dZ;/);
  });

  test("is closed after it, with --early before, and by the client whenever it likes", async () => {
    const late = await promised(100);
    expect(await late.run("lsp", `closechannel ${await idOf(late)}`)).toMatchObject({ settled_msat: "0" });
    const early = await promised(1);
    expect(await early.run("lsp", `closechannel ${await idOf(early)} --early`)).toMatchObject({ settled_msat: "0" });
    const client = await promised(1);
    expect(await client.run("user", "closechannel last")).toMatchObject({ settled_msat: "0" });
  });
});
