import { describe, expect, test } from "bun:test";
import { addresses } from "./fake-node.ts";
import { createRoles, nodeIds, onboarded } from "./fake-roles.ts";

test("getaddress, nodeinfo and sync", async () => {
  const fake = createRoles();
  expect(await fake.run("lsp", "getaddress")).toEqual({ address: addresses.regtest });
  expect(await fake.run("lsp", "sync")).toEqual({ block_height: 110 });
  expect(await fake.run("user", "nodeinfo")).toEqual({
    node_id: nodeIds.user,
    alias: "user",
    listen: ["127.0.0.1:9735"],
    network: "regtest",
    block_height: 110,
    synced: true,
    chain_source: "bitcoind=http://127.0.0.1:18443",
    chain_state: "ok",
    chain_detail: null,
    chain_tip_height: 110,
    gossip_state: "off",
    gossip_detail: null,
    gossip_as_of: null,
    scores_state: "off",
    scores_detail: null,
    scores_as_of: null,
    role: "user",
  });
});

describe("balance", () => {
  test("the receiver's dollars are its own, the provider's are owed", async () => {
    const fake = await onboarded();
    await fake.run("user", "startstablechannel last true 4.0 0");
    expect(await fake.run("user", "balance")).toEqual({
      onchain_sat: "0",
      onchain_spendable_sat: "0",
      lightning_sat: "50000",
      stable_usd: "4.000000",
      stable_sat: "4000",
      native_sat: "46000",
    });
    expect(await fake.run("lsp", "balance")).toMatchObject({ stable_usd: "0.000000", stable_sat: "0" });
  });
});

describe("onchainsend", () => {
  test("an amount, and all there is", async () => {
    const fake = createRoles();
    fake.of.user.wallet.onchainSat = 100_000n;
    expect(await fake.run("user", `onchainsend ${addresses.regtest} 60000`)).toMatchObject({
      amount_sat: "60000",
      fee_sat: "150",
    });
    expect(await fake.run("user", `onchainsend ${addresses.regtest} all 2`)).toMatchObject({
      amount_sat: "39700",
      fee_sat: "150",
    });
    expect(fake.of.user.wallet.onchainSat).toBe(0n);
  });

  test.each([
    [addresses.bitcoin, "bitcoin"],
    [addresses.testnet, "mutinynet/signet/testnet"],
  ])("an address of another network is refused: %s", async (to, networks) => {
    const fake = createRoles();
    fake.of.user.wallet.onchainSat = 100_000n;
    expect(await fake.fails("user", `onchainsend ${to} 1000`)).toEqual({
      code: "bad_argument",
      message: `${to} is an address of ${networks}, but this node is on regtest; ask the payee for one of regtest.`,
    });
    expect(fake.of.user.wallet.onchainSat).toBe(100_000n);
  });

  test("a mistyped address never reaches the node", async () => {
    const fake = createRoles();
    const { code, message } = await fake.fails("user", `onchainsend ${addresses.regtest.slice(0, -1)}q 1000`);
    expect(code).toBe("bad_argument");
    expect(message).toContain("its checksum does not fit");
  });

  test.each([
    [
      "99900",
      "99,900 sat and a fee of about 150 sat cannot be sent: 100,000 sat is spendable, so at most about 99,850 sat; fund the node at getaddress.",
    ],
    [
      "99900 10",
      "99,900 sat and a fee of about 1500 sat cannot be sent: 100,000 sat is spendable, so at most about 98,500 sat; fund the node at getaddress.",
    ],
  ])("more than there is: %s", async (rest, message) => {
    const fake = createRoles();
    fake.of.user.wallet.onchainSat = 100_000n;
    expect(await fake.fails("user", `onchainsend ${addresses.regtest} ${rest}`)).toEqual({
      code: "insufficient_balance",
      message,
    });
  });

  test("all of nothing", async () => {
    const { code, message } = await createRoles().fails("user", `onchainsend ${addresses.regtest} all`);
    expect(code).toBe("insufficient_balance");
    expect(message).toStartWith("Everything cannot be sent: 0 sat is spendable");
  });
});
