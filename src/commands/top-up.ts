/** Putting more stake behind an agreement. */
import { z } from "zod";
import { CodedError, reasonOf } from "../errors.ts";
import { ANCHOR_RESERVE_SAT } from "../node/anchor-reserve.ts";
import type { Channel } from "../node/port.ts";
import type { Sat } from "../stable/units.ts";
import { msat } from "../stable/units.ts";
import { satAmount } from "./amounts.ts";
import { required } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { amountField, decimal, hexField, satsInWords } from "./fields.ts";
import { agreementReference } from "./kinds.ts";
import { FUNDING_FEE_SAT } from "./open-channel.ts";
import { findAgreement } from "./references.ts";

async function checkFunds(ctx: CommandContext, amount: Sat): Promise<void> {
  const { onchainSpendableSat: spendable } = await ctx.node.balances();
  const needed = amount + ANCHOR_RESERVE_SAT + FUNDING_FEE_SAT;
  if (spendable >= needed) return;
  const [wanted, has] = [satsInWords(needed * 1000n), satsInWords(spendable * 1000n)];
  throw new CommandError(
    "insufficient_balance",
    `${satsInWords(amount * 1000n)} more stake needs ${wanted} on chain with reserve and fees, but ${has} is spendable; send the rest to getaddress.`,
  );
}

/** Into a channel that is there, where both nodes can splice. */
async function spliced(ctx: CommandContext, channel: Channel, amount: Sat): Promise<string | undefined> {
  try {
    await ctx.node.spliceIn(channel.userChannelId, channel.counterparty, amount);
    return undefined;
  } catch (error) {
    if (error instanceof CodedError) return reasonOf(error);
    throw error;
  }
}

async function secondChannel(ctx: CommandContext, peer: string, amount: Sat, why: string): Promise<string> {
  const known = (await ctx.node.peers()).find((p) => p.nodeId === peer && p.connected);
  if (known === undefined) {
    const said = `The stake can't be spliced in (${why}), and for a second channel the peer ${peer} has to be connected`;
    throw new CommandError("peer_unreachable", `${said}; connect to it first.`);
  }
  const request = { nodeId: peer, address: known.address, amountSat: amount, pushMsat: msat(0n), announced: false };
  return (await ctx.node.openChannel(request)).userChannelId;
}

const ready = (channels: readonly Channel[], peer: string): Channel[] =>
  channels.filter((channel) => channel.counterparty === peer && channel.channelReady);

export const topUpCommands = [
  defineCommand({
    name: "topup",
    roles: ["user", "lsp"],
    summary: "put more stake behind a stable agreement, as its provider",
    notes: [
      "Spliced into a channel with the peer where both nodes can, else brought by a second channel.",
      "It counts once it is confirmed; an agreement under water then goes on by itself.",
    ],
    money: true,
    arguments: {
      agreement: required("AGREEMENT", agreementReference, "which one"),
      amount: required("SATS", satAmount, "how much more the provider can pay out of"),
    },
    result: z.strictObject({
      agreement_id: hexField,
      by: z.enum(["splice", "channel"]),
      user_channel_id: z.string(),
      amount_sat: amountField,
      note: z.string().nullable(),
    }),
    async run(ctx, { agreement, amount }) {
      const { agreement: a, counterparty } = findAgreement(await ctx.stable.list(), agreement);
      if (a.side !== "provider") {
        throw new CommandError("conflict", "The stake is the provider's; ask the peer to top it up.");
      }
      await checkFunds(ctx, amount);
      const [channel] = ready(await ctx.node.channels(), counterparty);
      const why = channel === undefined ? "there is no ready channel" : await spliced(ctx, channel, amount);
      const said = { agreement_id: a.id, amount_sat: decimal(amount), note: why ?? null };
      if (why === undefined && channel !== undefined) {
        return { ...said, by: "splice" as const, user_channel_id: channel.userChannelId };
      }
      const made = await secondChannel(ctx, counterparty, amount, why ?? "");
      return { ...said, by: "channel" as const, user_channel_id: made };
    },
  }),
];
