/** How much this node can pay over Lightning now. What backs dollars can be spent too: native goes first. */
import { inFlightMsat } from "../node/in-flight.ts";
import type { Channel } from "../node/port.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { satsInWords } from "./fields.ts";
import { until } from "./until.ts";

function largest(amounts: readonly bigint[]): bigint {
  return amounts.reduce((a: bigint, b: bigint) => (b > a ? b : a), 0n);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((a, b) => a + b, 0n);
}

/**
 * What the channels can send.
 * @param parts `many`: an invoice may be split over all channels; `one`: a keysend goes over one
 */
export async function spendableMsat(ctx: CommandContext, parts: "one" | "many"): Promise<bigint> {
  const usable = (await ctx.node.channels()).filter((channel: Channel) => channel.usable);
  return (parts === "many" ? sum : largest)(usable.map((channel) => channel.nextOutboundHtlcLimitMsat));
}

/** How long a payment that is just arriving is waited for before it counts as not there. */
const ARRIVING_MS = 3_000;

/**
 * What just came in lacks in the channels' balances until the commitments are exchanged: while something is under way,
 * too little is not yet an answer.
 * @throws CommandError `insufficient_balance`, with the most that is possible
 */
export async function checkSpendable(ctx: CommandContext, amountMsat: bigint, parts: "one" | "many"): Promise<void> {
  const answer = async () => {
    const quiet = (await ctx.node.channels()).every((channel) => inFlightMsat(channel) === 0n);
    const most = await spendableMsat(ctx, parts);
    return quiet || amountMsat <= most ? most : undefined;
  };
  const onChange = (listener: () => void) => ctx.node.onChange(listener);
  const settled = await until(answer, { onChange, clock: ctx.clock, timeoutMs: ARRIVING_MS });
  const most = settled ?? (await spendableMsat(ctx, parts));
  if (amountMsat <= most) return;
  throw new CommandError(
    "insufficient_balance",
    `${satsInWords(amountMsat)} is more than there is: at most ${satsInWords(most)} can be sent now; open a channel or receive some first.`,
  );
}
