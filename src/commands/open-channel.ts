import { ANCHOR_RESERVE_SAT } from "../node/anchor-reserve.ts";
import type { Role } from "../node/port.ts";
import { type Sat, sat, satToMsat } from "../stable/units.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { decimal, satsInWords } from "./fields.ts";
import type { NodeAddress } from "./kinds.ts";
import { knownLsp } from "./lsp-quotes.ts";
import { reaching } from "./reach.ts";
import { until } from "./until.ts";

/** Room for the funding transaction's fee; its true size is only known once the wallet built it. */
export const FUNDING_FEE_SAT = 1_000n;
const FUNDING_TIMEOUT_MS = 30_000;

const defaults: Record<Exclude<Role, "lsp">, { sizeSat: bigint; announced: boolean }> = {
  exchange: { sizeSat: 500_000n, announced: true },
  user: { sizeSat: 300_000n, announced: false },
};

interface Request {
  to: NodeAddress | undefined;
  size: Sat | undefined;
  push: Sat | undefined;
  private: boolean;
}

/** Where to, how much and whether announced, with this role's defaults filled in. */
async function target(ctx: CommandContext, request: Request) {
  if (request.to !== undefined) {
    if (request.size !== undefined) return { to: request.to, size: request.size, announced: !request.private };
    throw new CommandError("missing_argument", "openchannel NODEID@HOST:PORT needs SATS behind it.");
  }
  if (ctx.role === "lsp") {
    throw new CommandError(
      "missing_argument",
      "An LSP has no LSP of its own; write openchannel NODEID@HOST:PORT SATS.",
    );
  }
  const lsp = await knownLsp(ctx);
  const { sizeSat, announced } = defaults[ctx.role];
  return { to: lsp, size: sat(sizeSat), announced: announced && !request.private };
}

/**
 * Opens a channel and waits until its funding transaction is known.
 *
 * @throws CommandError `missing_argument`, `no_lsp`, `bad_amount`, `insufficient_balance` before anything was done;
 *   `rejected` when the peer refused; `timeout`
 */
export async function openChannel(ctx: CommandContext, request: Request) {
  const { to, size, announced } = await target(ctx, request);
  const push = request.push ?? 0n;
  if (push >= size) {
    throw new CommandError("bad_amount", `--push ${push} sat is not less than the channel's ${size} sat; push less.`);
  }
  // Our user role trusts its peer and keeps none.
  const reserve = ctx.role === "user" ? 0n : ANCHOR_RESERVE_SAT;
  const needed = size + reserve + FUNDING_FEE_SAT;
  const { onchainSpendableSat: spendable } = await ctx.node.balances();
  if (spendable < needed) {
    const words = [size, reserve, FUNDING_FEE_SAT, spendable, needed - spendable].map((n) => satsInWords(n * 1000n));
    throw new CommandError(
      "insufficient_balance",
      `A channel of ${words[0]} needs ${words[1]} of reserve and about ${words[2]} of fees beside it, but ${words[3]} is spendable on chain; send ${words[4]} more to getaddress.`,
    );
  }
  const { userChannelId } = await reaching(to, () =>
    ctx.node.openChannel({
      nodeId: to.nodeId,
      address: to.address,
      amountSat: size,
      pushMsat: satToMsat(sat(push)),
      announced,
    }),
  );
  return {
    user_channel_id: userChannelId,
    counterparty: to.nodeId,
    capacity_sat: decimal(size),
    funding_txid: await fundingOf(ctx, userChannelId, to.nodeId),
  };
}

async function fundingOf(ctx: CommandContext, userChannelId: string, peer: string): Promise<string> {
  let seen = false;
  const found = await until(
    async () => {
      const channel = (await ctx.node.channels()).find((c) => c.userChannelId === userChannelId);
      if (channel === undefined) return seen ? { refused: true as const } : undefined;
      seen = true;
      return channel.fundingTxid === undefined ? undefined : { txid: channel.fundingTxid };
    },
    { onChange: (listener) => ctx.node.onChange(listener), clock: ctx.clock, timeoutMs: FUNDING_TIMEOUT_MS },
  );
  if (found === undefined) {
    throw new CommandError(
      "timeout",
      `${peer} did not agree on the channel within 30 s; listallchannels shows whether it still comes.`,
    );
  }
  if ("refused" in found) {
    throw new CommandError("rejected", `${peer} refused the channel; the last lines of log say why.`);
  }
  return found.txid;
}
