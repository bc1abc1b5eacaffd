/** Whether the LSP has enough on chain for the channel that a JIT invoice asks for. */
import { ANCHOR_RESERVE_SAT } from "../node/anchor-reserve.ts";
import type { Invoice } from "../node/port.ts";
import type { Msat } from "../stable/units.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext, LspContact } from "./context.ts";
import { satsInWords } from "./fields.ts";
import { FUNDING_FEE_SAT } from "./open-channel.ts";
import { until } from "./until.ts";

const PPM = 1_000_000n;

/** What the LSP needs on chain for a channel that carries this payment and its own share beside it. */
export function liquidityNeededSat(amount: Msat, overProvisioningPpm: number): bigint {
  const channelSat = (amount + (amount * BigInt(overProvisioningPpm)) / PPM) / 1000n;
  return channelSat + ANCHOR_RESERVE_SAT + FUNDING_FEE_SAT;
}

/** @throws CommandError `jit_no_liquidity` */
export function checkLiquidity(
  amount: Msat,
  { spendableSat, overProvisioningPpm }: NonNullable<LspContact["local"]>,
): void {
  const needed = liquidityNeededSat(amount, overProvisioningPpm);
  if (spendableSat >= needed) return;
  throw new CommandError(
    "jit_no_liquidity",
    `For a payment of ${satsInWords(amount)} the LSP needs ${satsInWords(needed * 1000n)} on chain (channel, ${satsInWords(ANCHOR_RESERVE_SAT * 1000n)} of reserve, about ${satsInWords(FUNDING_FEE_SAT * 1000n)} of fees) and has ${satsInWords(spendableSat * 1000n)}; ask for less or fund the LSP.`,
  );
}

/** What an LSP on this machine says of itself may be a moment old: before it is called too poor it is asked again. */
const CONTACT_AGE_MS = 2_500;

/** The LSP, as poor as it is really. */
export async function lspFor(ctx: CommandContext, amount: Msat): Promise<LspContact | undefined> {
  const lsp = await ctx.lsp();
  const canOpen = (contact: LspContact | undefined) =>
    contact?.local === undefined ||
    contact.local.spendableSat >= liquidityNeededSat(amount, contact.local.overProvisioningPpm);
  if (canOpen(lsp)) return lsp;
  const later = async () => {
    const again = await ctx.lsp();
    return canOpen(again) ? again : undefined;
  };
  const { clock, node } = ctx;
  const found = await until(later, {
    onChange: (listener) => node.onChange(listener),
    clock,
    timeoutMs: CONTACT_AGE_MS,
  });
  return found ?? ctx.lsp();
}

/**
 * Before a JIT invoice is paid: an LSP that became too poor since it was made would leave the payment hanging until
 * its timeout. Only an LSP on this machine tells.
 *
 * @throws CommandError `jit_no_liquidity`
 */
export async function checkCanOpen(ctx: CommandContext, invoice: Invoice, amount: Msat): Promise<void> {
  const known = await ctx.lsp();
  if (known === undefined || !invoice.hintNodeIds.includes(known.nodeId)) return;
  const lsp = await lspFor(ctx, amount);
  if (lsp?.local !== undefined) checkLiquidity(amount, lsp.local);
}
