/** The node itself, its wallet on chain and the chain's tip. */
import { z } from "zod";
import { address } from "./address.ts";
import { satAmountOrAll } from "./amounts.ts";
import { optional, required } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { amountField, decimal, hexField, orNull, rfc3339, satsInWords, timeField, usd, usdField } from "./fields.ts";
import { feeRate } from "./kinds.ts";
import { isLive } from "./references.ts";

/** An ordinary payment of one input and two outputs; what the wallet really takes is only known once it built one. */
export const TYPICAL_TRANSACTION_VB = 150n;

export const walletCommands = [
  defineCommand({
    name: "getaddress",
    roles: everyRole,
    summary: "a fresh address to fund this node with",
    arguments: {},
    result: z.strictObject({ address: z.string() }),
    run: async ({ node }) => ({ address: await node.newAddress() }),
  }),
  defineCommand({
    name: "balance",
    roles: everyRole,
    summary: "what this node holds on chain, in channels, as dollars and as bitcoin",
    notes: [
      "stable is what this node holds as a receiver, priced now; a provider's positions are what it owes, so they count as nothing here.",
      "native is the rest of the lightning balance.",
    ],
    arguments: {},
    result: z.strictObject({
      onchain_sat: amountField,
      onchain_spendable_sat: amountField,
      lightning_sat: amountField,
      stable_usd: usdField.nullable(),
      stable_sat: amountField,
      native_sat: amountField,
    }),
    async run({ node, stable }) {
      const [balances, views] = await Promise.all([node.balances(), stable.list()]);
      const held = views.filter((v) => isLive(v) && v.agreement.side === "receiver");
      const backing = held.reduce((sum, v) => sum + v.backingMsat, 0n) / 1000n;
      const priced = held.every((v) => v.valueMicro !== undefined);
      const value = held.reduce((sum, v) => sum + (v.valueMicro ?? 0n), 0n);
      return {
        onchain_sat: decimal(balances.onchainTotalSat),
        onchain_spendable_sat: decimal(balances.onchainSpendableSat),
        lightning_sat: decimal(balances.lightningTotalSat),
        stable_usd: priced ? usd(value) : null,
        stable_sat: decimal(backing),
        native_sat: decimal(balances.lightningTotalSat - backing),
      };
    },
  }),
  defineCommand({
    name: "nodeinfo",
    roles: everyRole,
    summary: "this node's id, addresses, how far it is synced and how it stands with its chain source",
    notes: [
      "chain_state: ok, unasked (just started), unreachable, wrong_network, rate_limited,",
      "inconsistent (it does not give the block it says is its tip), source_behind,",
      "sync_failing (it answers, and yet a sync fails or takes too long), node_behind.",
      "gossip_state and scores_state: off (no --rgs-url, no --scores-url), unasked, ok, failing.",
    ],
    arguments: {},
    result: z.strictObject({
      node_id: hexField,
      alias: z.string(),
      listen: z.array(z.string()),
      network: z.string(),
      block_height: z.int(),
      synced: z.boolean(),
      role: z.string(),
      chain_source: z.string(),
      chain_state: z.string(),
      chain_detail: z.string().nullable(),
      chain_tip_height: z.int().nullable(),
      gossip_state: z.string(),
      gossip_detail: z.string().nullable(),
      gossip_as_of: timeField.nullable(),
      scores_state: z.string(),
      scores_detail: z.string().nullable(),
      scores_as_of: timeField.nullable(),
    }),
    async run({ node, role, chain }) {
      const { source, state, detail, tipHeight } = chain();
      const { nodeId, alias, listen, network, blockHeight, synced, gossip, scores } = await node.status();
      return {
        node_id: nodeId,
        alias,
        listen,
        network,
        block_height: blockHeight,
        synced,
        role,
        chain_source: source,
        chain_state: state,
        chain_detail: detail ?? null,
        chain_tip_height: tipHeight ?? null,
        gossip_state: gossip.state,
        gossip_detail: gossip.detail ?? null,
        gossip_as_of: orNull(gossip.asOf, rfc3339),
        scores_state: scores.state,
        scores_detail: scores.detail ?? null,
        scores_as_of: orNull(scores.asOf, rfc3339),
      };
    },
  }),
  defineCommand({
    name: "onchainsend",
    roles: everyRole,
    summary: "pay to an address",
    notes: ["all sends everything but what open channels need as a reserve."],
    money: true,
    arguments: {
      to: required("ADDRESS", address, "where to; its network must be this node's"),
      amount: required("SATS|all", satAmountOrAll, "how much"),
      rate: optional("FEERATE", feeRate, "sat per vB; left out, the node's own estimate"),
    },
    result: z.strictObject({ txid: hexField, amount_sat: amountField.nullable(), fee_sat: amountField.nullable() }),
    async run({ node, network }, { to, amount, rate }) {
      if (!to.networks.includes(network)) {
        throw new CommandError(
          "bad_argument",
          `${to.text} is an address of ${to.networks.join("/")}, but this node is on ${network}; ask the payee for one of ${network}.`,
        );
      }
      const { onchainSpendableSat: spendable } = await node.balances();
      const fee = TYPICAL_TRANSACTION_VB * BigInt(rate ?? 1);
      if (spendable <= fee || (amount !== "all" && amount + fee > spendable)) {
        const most = spendable > fee ? spendable - fee : 0n;
        const wanted = amount === "all" ? "Everything" : `${satsInWords(amount * 1000n)} and a fee of about ${fee} sat`;
        throw new CommandError(
          "insufficient_balance",
          `${wanted} cannot be sent: ${satsInWords(spendable * 1000n)} is spendable, so at most about ${satsInWords(most * 1000n)}; fund the node at getaddress.`,
        );
      }
      const sent = await node.sendOnchain({
        address: to.text,
        amountSat: amount,
        ...(rate === undefined ? {} : { feeRateSatPerVb: rate }),
      });
      // A server's word books it at once, a bitcoind's with the next block (ldk-node 0.7.1, wallet/mod.rs).
      const booked = (await node.payments()).find(({ kind, txid }) => kind === "onchain" && txid === sent.txid);
      const inSats = (amountMsat: bigint | undefined) => (amountMsat === undefined ? undefined : amountMsat / 1000n);
      const moved = sent.amountSat ?? (amount === "all" ? inSats(booked?.amountMsat) : amount);
      const paid = sent.feeSat ?? inSats(booked?.feePaidMsat);
      return { txid: sent.txid, amount_sat: orNull(moved, decimal), fee_sat: orNull(paid, decimal) };
    },
  }),
  defineCommand({
    name: "sync",
    roles: everyRole,
    summary: "bring the wallets to the chain's tip now",
    arguments: {},
    result: z.strictObject({ block_height: z.int() }),
    run: async ({ node }) => ({ block_height: (await node.sync()).blockHeight }),
  }),
];
