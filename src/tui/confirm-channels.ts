/** What a command does to channels and to the wallet on chain. */
import { FUNDING_FEE_SAT } from "../commands/open-channel.ts";
import { TYPICAL_TRANSACTION_VB } from "../commands/wallet.ts";
import { amountOf, channelOf, inWords, settledFirst, type Teller } from "./confirm-words.ts";
import { dollars, sats } from "./money-text.ts";
import { nameOf } from "./names.ts";

export const channelTellers: Readonly<Record<string, Teller>> = {
  openchannel({ state, role, word }) {
    const size = amountOf(word("size")) ?? (role === "user" ? 300_000_000n : 500_000_000n);
    const push = amountOf(word("push"));
    const to = word("to");
    return [
      `${inWords(size, state)} of the on-chain funds go into a channel with ${to === undefined ? "the LSP" : nameOf(state, to.split("@")[0] ?? to)}.`,
      `Miners get about ${sats(FUNDING_FEE_SAT)} sat or less beside it; no peg changes.`,
      ...(push === undefined ? [] : [`${inWords(push, state)} of it are given to the peer at once.`]),
    ];
  },
  closechannel({ state, own, word }) {
    const channel = channelOf(own, word("channel"));
    if (channel === undefined) return [];
    const peg = own.agreements.find((one) => one.channel_id === channel.channel_id && one.status !== "ended");
    const force = word("force") !== undefined;
    return [
      `About ${inWords(channel.outbound_msat, state)} come back on chain from ${nameOf(state, channel.counterparty)}, less miners' fees.`,
      ...(force
        ? [
            "It is closed alone: nothing is settled, and the money waits for the channel's delay.",
            ...(peg === undefined ? [] : [`The ${dollars(peg.target_usd)} peg ends as it stands.`]),
          ]
        : settledFirst(peg)),
    ];
  },
  closeallchannels: ({ own }) => [
    `${own.channels.length} channel${own.channels.length === 1 ? "" : "s"} will be closed; live pegs are settled first.`,
  ],
  onchainsend({ state, own, word }) {
    const all = word("amount")?.toLowerCase() === "all";
    const amount = all ? (own.balance?.onchain_spendable_sat ?? 0n) * 1000n : amountOf(word("amount"));
    if (amount === undefined) return [];
    const rate = word("rate");
    const fee =
      rate !== undefined && /^\d{1,6}$/.test(rate)
        ? `about ${sats(TYPICAL_TRANSACTION_VB * BigInt(rate))} sat at ${rate} sat per vB`
        : "what the node estimates for the next blocks";
    return [
      `${inWords(amount, state)} leave for ${word("to") ?? ""}`,
      all ? `The miners' fee goes off it: ${fee}.` : `The miners' fee comes on top: ${fee}.`,
      "No peg changes. A transaction cannot be taken back.",
    ];
  },
};
