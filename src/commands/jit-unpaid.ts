/** The unpaid JIT invoices an LSP keeps for a client, which it forgets only with the offer they were bought by. */
import type { JitInvoiceRecord } from "../stable/ledger.ts";

/** lightning-liquidity keeps ten unpaid requests per client... */
export const UNPAID_LIMIT = 10;
/** ...and forgets one when its fee offer runs out, a day after it was made; the invoice's own expiry frees nothing. */
const UNPAID_SECONDS = 24 * 3600;

export interface Unpaid {
  count: number;
  /** Unix seconds at which the next may be made; unset while there is room. */
  nextFreeAt?: number;
}

export function unpaidAt(records: readonly JitInvoiceRecord[], lsp: string, now: number): Unpaid {
  const freed = records
    .filter((r) => r.lsp === lsp && r.paidAt === undefined && r.createdAt + UNPAID_SECONDS > now)
    .map((r) => r.createdAt + UNPAID_SECONDS)
    .sort((a, b) => a - b);
  const next = freed[freed.length - UNPAID_LIMIT];
  return next === undefined ? { count: freed.length } : { count: freed.length, nextFreeAt: next };
}
