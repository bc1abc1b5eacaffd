/** How much this node can pay over Lightning now without touching what it holds as dollars. */
import type { Channel } from "../node/port.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { satsInWords } from "./fields.ts";
import { isLive } from "./references.ts";

export interface Spendable {
  /** What the channels can send. */
  channelsMsat: bigint;
  /** The same less what backs stable agreements: native is spent first, and a peg is lowered only on purpose. */
  freeMsat: bigint;
}

function largest(amounts: readonly bigint[]): bigint {
  return amounts.reduce((a: bigint, b: bigint) => (b > a ? b : a), 0n);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((a, b) => a + b, 0n);
}

/** What is native with each peer that we hold dollars with. */
async function nativeByPeer(ctx: CommandContext): Promise<Map<string, bigint>> {
  const held = (await ctx.stable.list()).filter((v) => isLive(v) && v.agreement.side === "receiver");
  return new Map(held.map((v) => [v.counterparty, largest([v.nativeMsat])]));
}

/** @param parts `many`: an invoice may be split over all channels; `one`: a keysend goes over one */
export async function spendable(ctx: CommandContext, parts: "one" | "many"): Promise<Spendable> {
  const [channels, native] = await Promise.all([ctx.node.channels(), nativeByPeer(ctx)]);
  const byPeer = Map.groupBy(
    channels.filter((channel) => channel.usable),
    (channel: Channel) => channel.counterparty,
  );
  const combine = parts === "many" ? sum : largest;
  const peers = [...byPeer].map(([peer, own]) => {
    const most = combine(own.map((channel) => channel.nextOutboundHtlcLimitMsat));
    return { most, free: smaller(native.get(peer) ?? most, most) };
  });
  return { channelsMsat: combine(peers.map((p) => p.most)), freeMsat: combine(peers.map((p) => p.free)) };
}

/** @throws CommandError `insufficient_balance`, with the most that is possible */
export async function checkSpendable(ctx: CommandContext, amountMsat: bigint, parts: "one" | "many"): Promise<void> {
  const { channelsMsat, freeMsat } = await spendable(ctx, parts);
  if (amountMsat <= freeMsat) return;
  const most = `at most ${satsInWords(freeMsat)} can be sent now`;
  const why =
    channelsMsat > freeMsat
      ? `${most}, the rest backs stable agreements; end one with stopstable first`
      : `${most}; open a channel or receive some first`;
  throw new CommandError("insufficient_balance", `${satsInWords(amountMsat)} is more than there is: ${why}.`);
}
