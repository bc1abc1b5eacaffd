/** One node of the network in memory, behind the node port. */
import type { Balances, LightningBalance, Node } from "../../src/node/port.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { channelOf, type FakeNetwork, type FakeWallet, refuse } from "./fake-network.ts";
import { makeInvoice, send } from "./fake-payments.ts";

/** A valid address of each network, of BIP 173 and BIP 350's own examples where they have one. */
export const addresses = {
  regtest: "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
  testnet: "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
  bitcoin: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
};

const ONCHAIN_FEE_SAT = 150n;

function balancesOf(network: FakeNetwork, wallet: FakeWallet): Balances {
  const own = network.channels.filter((channel) => channel.balanceMsat.has(wallet.nodeId));
  const lightning = own.map((channel): LightningBalance => {
    const { channelId, counterparty } = channelOf(network, channel, wallet.nodeId);
    const amountSat = sat((channel.balanceMsat.get(wallet.nodeId) ?? 0n) / 1000n);
    return { kind: "claimable_on_channel_close", channelId, counterparty, amountSat };
  });
  return {
    onchainTotalSat: sat(wallet.onchainSat),
    onchainSpendableSat: sat(wallet.onchainSat),
    anchorReserveSat: sat(0n),
    lightningTotalSat: sat(lightning.reduce((sum, balance) => sum + balance.amountSat, 0n)),
    lightning,
    sweeps: wallet.sweeps,
  };
}

/** A menu of one offer, as ldk-node's LSP has it. */
function menuOf({ openingFeeMsat, info }: FakeWallet, now: number): Record<string, unknown> {
  if (info !== undefined) return info;
  const offer = {
    min_fee_msat: openingFeeMsat.toString(),
    proportional: 0,
    valid_until: new Date((now + 24 * 3600) * 1000).toISOString(),
    min_lifetime: 100,
    max_client_to_self_delay: 1024,
    min_payment_size_msat: "1000000",
    max_payment_size_msat: "100000000000",
    promise: "00".repeat(32),
  };
  return { result: { opening_fee_params_menu: [offer] } };
}

/** What no command asks of a node. */
function unused(): never {
  throw new Error("not simulated: no command uses it");
}

/** @param lsp who opens this node's JIT channels */
export function createNode(network: FakeNetwork, wallet: FakeWallet, lsp?: string): Node {
  const { nodeId } = wallet;
  const own = () => network.channels.filter((channel) => channel.balanceMsat.has(nodeId));

  function remove(userChannelId: string, forced: boolean): void {
    const channel = own().find((c) => c.userChannelIds.get(nodeId) === userChannelId);
    // LDK answers Ok for a channel it does not know.
    if (channel === undefined) return;
    network.channels = network.channels.filter((c) => c !== channel);
    for (const [id, balance] of channel.balanceMsat) {
      const side = network.wallets.get(id);
      if (side === undefined) continue;
      if (forced) {
        const amountSat = sat(balance / 1000n);
        side.sweeps.push({ kind: "pending_broadcast", channelId: channel.channelId, amountSat });
      } else side.onchainSat += balance / 1000n;
    }
    network.changed();
  }

  function decoded(text: string) {
    const invoice = network.invoices.get(text);
    if (invoice === undefined) throw refuse("invalid_invoice", "the invoice does not parse; ask for it again");
    return invoice;
  }

  return {
    async start() {
      wallet.online = true;
      return { nodeId };
    },
    async stop() {
      wallet.online = false;
    },
    async kill() {
      wallet.online = false;
    },
    async close() {
      wallet.online = false;
    },
    status: async () => ({
      running: wallet.online,
      nodeId,
      alias: wallet.alias,
      network: "regtest",
      listen: ["127.0.0.1:9735"],
      blockHeight: network.height,
      blockHash: "00".repeat(32),
      synced: wallet.online,
      gossip: { state: "off" },
      scores: { state: "off" },
    }),
    balances: async () => balancesOf(network, wallet),
    channels: async () => own().map((channel) => channelOf(network, channel, nodeId)),
    peers: async () => [...wallet.peers.values()],
    async connect(id, address) {
      const peer = network.wallets.get(id);
      if (peer?.online !== true) throw refuse("peer_unreachable", `${address} does not answer`);
      wallet.peers.set(id, { nodeId: id, address, connected: true, persisted: true });
      peer.peers.set(nodeId, { nodeId, address: "127.0.0.1:50000", connected: true, persisted: false });
      network.changed();
    },
    async disconnect(id) {
      wallet.peers.delete(id);
      network.wallets.get(id)?.peers.delete(nodeId);
      network.changed();
    },
    async openChannel({ nodeId: peer, address, amountSat, pushMsat, announced }) {
      await this.connect(peer, address);
      const channel = network.openChannel(nodeId, peer, amountSat, { announced });
      network.move(channel, nodeId, pushMsat);
      return { userChannelId: channel.userChannelIds.get(nodeId) ?? "" };
    },
    closeChannel: async (userChannelId) => remove(userChannelId, false),
    forceCloseChannel: async (userChannelId) => remove(userChannelId, true),
    newAddress: async () => addresses.regtest,
    async sendOnchain({ amountSat }) {
      const amount = amountSat === "all" ? wallet.onchainSat - ONCHAIN_FEE_SAT : amountSat;
      if (amount + ONCHAIN_FEE_SAT > wallet.onchainSat) throw refuse("insufficient_balance", "the wallet is short");
      wallet.onchainSat -= amount + ONCHAIN_FEE_SAT;
      const txid = network.hash();
      wallet.payments.push({
        paymentId: txid,
        kind: "onchain",
        direction: "outbound",
        status: "pending",
        amountMsat: msat(amount * 1_000n),
        feePaidMsat: msat(ONCHAIN_FEE_SAT * 1_000n),
        txid,
        updatedAt: network.now(),
      });
      return amountSat === "all" ? { txid } : { txid, amountSat };
    },
    createInvoice: async (request) => makeInvoice(network, { ...request, payee: nodeId }),
    async createJitInvoice(request) {
      const opener = network.wallets.get(lsp ?? "");
      if (opener?.online !== true) throw refuse("jit_refused", "the LSP does not answer");
      const fee = opener.openingFeeMsat;
      if (fee > (request.maxTotalFeeMsat ?? fee)) throw refuse("jit_fee_too_high", `it asks ${fee} msat`);
      return makeInvoice(network, { ...request, payee: nodeId, jitLsp: opener.nodeId, openingFeeMsat: msat(fee) });
    },
    orderChannel: async () => Promise.reject(refuse("lsp_away", "nothing answers")),
    channelOrder: async () => Promise.reject(refuse("lsp_away", "nothing answers")),
    async askLsp({ nodeId: asked }) {
      const opener = network.wallets.get(asked);
      if (opener?.online !== true) throw refuse("lsp_away", "nothing answers");
      const requestId = network.hash();
      return { requestId, reply: JSON.stringify({ jsonrpc: "2.0", id: requestId, ...menuOf(opener, network.now()) }) };
    },
    decodeInvoice: async (text) => decoded(text),
    async payInvoice(text, amountMsat) {
      const invoice = decoded(text);
      const amount = amountMsat ?? invoice.amountMsat ?? msat(0n);
      const { payee: to, paymentHash, jitLsp, openingFeeMsat = 0n } = invoice;
      const base = { from: nodeId, to, amountMsat: amount, paymentHash };
      if (jitLsp === undefined) return send(network, { ...base, kind: "bolt11" });
      return send(network, { ...base, kind: "bolt11", jit: { lsp: jitLsp, feeMsat: openingFeeMsat } });
    },
    createOffer: async () => ({ offer: `lno1${"q".repeat(40)}` }),
    async payOffer(_offer, amountMsat) {
      const payee = [...wallet.peers.keys()][0] ?? "";
      const amount = amountMsat ?? msat(1_000n);
      return send(network, {
        from: nodeId,
        to: payee,
        amountMsat: amount,
        kind: "bolt12_offer",
        paymentHash: network.hash(),
      });
    },
    keysend: async ({ nodeId: to, amountMsat }) =>
      send(network, { from: nodeId, to, amountMsat, kind: "spontaneous", paymentHash: network.hash() }),
    payments: async () => wallet.payments,
    payment: async (paymentId) => wallet.payments.find((payment) => payment.paymentId === paymentId),
    sync: async () => ({ blockHeight: network.height, tipHeight: network.height }),
    checkSource: async () => ({ tipHeight: network.height }),
    findPayouts: async () => ({ scripts: 2_000, outputs: [] }),
    sweepPayouts: unused,
    log: async ({ maxLines }) => wallet.log.slice(-maxLines),
    onChange(listener) {
      wallet.listeners.add(listener);
      return () => wallet.listeners.delete(listener);
    },
    backup: unused,
    spliceIn: unused,
    spliceOut: unused,
    sign: unused,
    verify: unused,
    events: unused,
  };
}
