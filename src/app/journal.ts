import type { Node, NodeEvent } from "../node/port.ts";
import type { Change, LedgerStore } from "../stable/ledger.ts";

/**
 * What an event leaves in the ledger besides the stable book: forwards (ldk-node keeps none) and paid JIT invoices with
 * the fee the LSP took. Committed in one step with whatever the engine makes of the same event.
 */
export async function journalChanges(
  event: NodeEvent,
  at: number,
  from: { store: Pick<LedgerStore, "jitInvoices">; node: Pick<Node, "payment"> },
): Promise<Change[]> {
  switch (event.kind) {
    case "payment_forwarded": {
      const { kind: _, claimFromOnchain: __, ...forward } = event;
      const id = [event.prevChannelId, event.nextChannelId, event.forwardedMsat ?? "", at].join(":");
      return [{ put: "forward", forward: { ...forward, id, at } }];
    }
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
