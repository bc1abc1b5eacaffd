import { describe, expect, test } from "bun:test";
import { createRoles, LSP_ADDRESS, nodeIds, onboarded, routed } from "./fake-roles.ts";

describe("openchannel", () => {
  test("without arguments the exchange opens 500,000 sat, announced, to the LSP", async () => {
    const fake = createRoles();
    fake.of.exchange.wallet.onchainSat = 1_000_000n;
    const result = await fake.run("exchange", "openchannel");
    const [channel] = await fake.of.exchange.context.node.channels();
    expect(channel).toMatchObject({ isAnnounced: true, counterparty: nodeIds.lsp });
    expect(result).toEqual({
      user_channel_id: channel?.userChannelId ?? "",
      counterparty: nodeIds.lsp,
      capacity_sat: "500000",
      funding_txid: channel?.fundingTxid ?? "",
    });
  });

  test("a user's is 300,000 sat and private", async () => {
    const fake = createRoles();
    fake.of.user.wallet.onchainSat = 302_000n;
    expect(await fake.run("user", "openchannel")).toMatchObject({ capacity_sat: "300000" });
    expect((await fake.of.user.context.node.channels())[0]?.isAnnounced).toBe(false);
  });

  test("with arguments it goes where it is told, pushing what it is told", async () => {
    const fake = createRoles();
    fake.of.lsp.wallet.onchainSat = 1_000_000n;
    await fake.run("lsp", `openchannel ${nodeIds.exchange}@127.0.0.1:9735 200000 --push 50000 --private`);
    const [channel] = await fake.of.exchange.context.node.channels();
    expect(channel).toMatchObject({ isAnnounced: false, capacitySat: 200_000n, outboundMsat: 49_000_000n });
  });

  test("too little on chain is refused with all figures before anything is done", async () => {
    const fake = createRoles();
    fake.of.exchange.wallet.onchainSat = 520_000n;
    expect(await fake.fails("exchange", "openchannel")).toEqual({
      code: "insufficient_balance",
      message:
        "A channel of 500,000 sat needs 25,000 sat of reserve and about 1,000 sat of fees beside it, but 520,000 sat is spendable on chain; send 6,000 sat more to getaddress.",
    });
    expect(fake.of.exchange.wallet).toMatchObject({ onchainSat: 520_000n, peers: new Map() });
  });

  test.each([
    [
      "lsp",
      "openchannel",
      "missing_argument",
      "An LSP has no LSP of its own; write openchannel NODEID@HOST:PORT SATS.",
    ],
    [
      "user",
      `openchannel ${nodeIds.lsp}@h:1`,
      "missing_argument",
      "openchannel NODEID@HOST:PORT needs SATS behind it.",
    ],
    [
      "user",
      `openchannel ${nodeIds.lsp}@h:1 5000 --push 5000`,
      "bad_amount",
      "--push 5000 sat is not less than the channel's 5000 sat; push less.",
    ],
  ] as const)("%s %s: %s", async (role, line, code, message) => {
    const fake = createRoles();
    fake.of[role].wallet.onchainSat = 1_000_000n;
    expect(await fake.fails(role, line)).toEqual({ code, message });
    expect(fake.network.channels).toEqual([]);
  });

  test("without an LSP it says how to name one", async () => {
    const fake = createRoles();
    fake.lsp.contact = undefined;
    const { code, message } = await fake.fails("user", "openchannel");
    expect(code).toBe("no_lsp");
    expect(message).toContain("--lsp NODEID@HOST:PORT");
  });

  test("a peer that refuses, and one that never answers", async () => {
    const fake = createRoles();
    fake.of.exchange.wallet.onchainSat = 2_000_000n;
    fake.of.lsp.wallet.acceptsChannels = false;
    expect(await fake.fails("exchange", "openchannel")).toEqual({
      code: "rejected",
      message: `${nodeIds.lsp} refused the channel; the last lines of log say why.`,
    });
    fake.of.lsp.wallet.online = false;
    expect((await fake.fails("exchange", "openchannel")).code).toBe("peer_unreachable");
  });
});

describe("peers", () => {
  test("connect, peers, disconnect", async () => {
    const fake = createRoles();
    const peer = `${nodeIds.lsp}@${LSP_ADDRESS}`;
    expect(await fake.run("user", `connect ${peer}`)).toEqual({ peer });
    expect(await fake.run("user", "peers")).toEqual({
      peers: [{ node_id: nodeIds.lsp, alias: "lsp", address: LSP_ADDRESS, connected: true, persisted: true }],
    });
    expect(await fake.run("user", `disconnect ${nodeIds.lsp}`)).toEqual({ peer });
    expect(await fake.fails("user", `disconnect ${nodeIds.lsp}`)).toEqual({
      code: "unknown_peer",
      message: `${nodeIds.lsp} is not one of this node's peers; there are none.`,
    });
  });
});

describe("listallchannels", () => {
  test("open ones with their phase, closed ones until their money is back", async () => {
    const fake = createRoles();
    fake.of.exchange.wallet.onchainSat = 1_000_000n;
    await fake.run("exchange", "openchannel");
    expect(await fake.run("lsp", "channels")).toMatchObject({
      channels: [{ alias: "exchange", channel_ready: false, usable: false, phase: "CHANNELD_AWAITING_LOCKIN" }],
      closing: [],
    });
    fake.network.mine(6);
    expect(await fake.run("exchange", "listallchannels")).toMatchObject({
      channels: [
        {
          capacity_sat: "500000",
          outbound_msat: "499000000",
          inbound_msat: "0",
          usable: true,
          confirmations: 6,
          phase: "CHANNELD_NORMAL",
        },
      ],
    });
    await fake.run("exchange", "closechannel last --force");
    expect(await fake.run("exchange", "listallchannels")).toMatchObject({
      channels: [],
      closing: [{ amount_sat: "500000", phase: "ONCHAIN", counterparty: null }],
    });
  });
});

describe("closechannel", () => {
  test("settles and ends what is live with the peer first", async () => {
    const fake = await onboarded();
    await fake.run("user", "startstablechannel last true 4 0");
    // The user learns of a fall of the price and closes in the same breath: nobody has settled yet.
    const [channel] = await fake.of.user.context.node.channels();
    const before = fake.of.user.wallet.onchainSat;
    const closing = fake.run("user", "price 80000").then(() => fake.run("user", "closechannel last"));
    expect(await closing).toEqual({ channel_id: channel?.channelId ?? "", settled_msat: "1000000" });
    expect(fake.of.user.wallet.onchainSat - before).toBe(51_000n);
    expect((await fake.of.user.context.stable.list()).map((v) => v.agreement.status)).toEqual(["ended"]);
  });

  test("--force closes alone and settles nothing", async () => {
    const fake = await onboarded();
    await fake.run("user", "startstablechannel last true 4 0");
    expect(await fake.run("user", "closechannel last --force")).toMatchObject({ settled_msat: "0" });
    expect((await fake.of.user.context.stable.list()).map((v) => v.agreement.status)).toEqual(["active"]);
    expect(fake.of.user.wallet.sweeps).toHaveLength(1);
  });

  test("an unknown channel is an error, though the node would answer that all is well", async () => {
    const fake = await routed();
    expect((await fake.fails("exchange", "closechannel deadbeef")).code).toBe("unknown_channel");
    expect((await fake.fails("user", "closechannel last")).code).toBe("unknown_channel");
    expect(fake.network.channels).toHaveLength(1);
  });

  test("a peer that is away is named before anything is settled", async () => {
    const fake = await onboarded();
    await fake.run("user", "startstablechannel last true 4 0");
    await fake.run("user", `disconnect ${nodeIds.lsp}`);
    const { code, message } = await fake.fails("user", "closechannel last");
    expect(code).toBe("peer_unreachable");
    expect(message).toContain("close alone with --force");
    expect((await fake.of.user.context.stable.list()).map((v) => v.agreement.status)).toEqual(["active"]);
  });

  test("closeallchannels closes them all, or none where one peer is away", async () => {
    const fake = await onboarded();
    await fake.run("lsp", `disconnect ${nodeIds.user}`);
    expect((await fake.fails("lsp", "closeallchannels")).code).toBe("peer_unreachable");
    expect(fake.network.channels).toHaveLength(2);
    await fake.run("user", `connect ${nodeIds.lsp}@${LSP_ADDRESS}`);
    const ids = fake.network.channels.map((c) => c.channelId);
    expect(await fake.run("lsp", "closeallchannels")).toEqual({
      closed: ids.map((channel_id) => ({ channel_id, settled_msat: "0" })),
      settled_msat: "0",
    });
    expect(fake.network.channels).toEqual([]);
    expect(await fake.run("lsp", "closeallchannels")).toEqual({ closed: [], settled_msat: "0" });
  });
});
