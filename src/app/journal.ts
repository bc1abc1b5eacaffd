import type { Node, NodeEvent } from "../node/port.ts";
import type { Change, LedgerStore } from "../stable/ledger.ts";
import type { ForwardBook } from "./forward-book.ts";

/**
 * What an event leaves in the ledger besides the stable book: forwards (ldk-node keeps none) and paid JIT invoices with
 * the fee the LSP took. Committed in one step with whatever the engine makes of the same event.
 */
export async function journalChanges(
  event: NodeEvent,
  at: number,
  from: { store: Pick<LedgerStore, "jitInvoices">; node: Pick<Node, "payment">; forwards: ForwardBook },
): Promise<Change[]> {
  switch (event.kind) {
    case "payment_forwarded":
      return from.forwards.changes(event, at);
    case "payment_received": {
      const invoice = (await from.store.jitInvoices()).find((jit) => jit.paymentHash === event.paymentHash);
      if (invoice === undefined || invoice.paidAt !== undefined) return [];
      const skimmedFeeMsat = (await from.node.payment(event.paymentId))?.skimmedFeeMsat;
      const paid = { ...invoice, paidAt: at, ...(skimmedFeeMsat === undefined ? {} : { skimmedFeeMsat }) };
      return [{ put: "jit", invoice: paid }];
    }
    default:
      return [];
  }
}
