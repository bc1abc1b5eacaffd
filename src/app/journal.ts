import type { ProviderPort } from "../lsp/port.ts";
import type { Node, NodeEvent } from "../node/port.ts";
import type { Change, LedgerStore } from "../stable/ledger.ts";
import type { ForwardBook } from "./forward-book.ts";

interface Books {
  store: Pick<LedgerStore, "jitInvoices" | "openedChannels">;
  node: Pick<Node, "payment" | "channels">;
  forwards: ForwardBook;
  /** Of an LSP. */
  desk?: Pick<ProviderPort, "minLifetimeBlocks">;
}

/**
 * What an event leaves in the ledger besides the stable book: forwards (ldk-node keeps none), paid JIT invoices with
 * the fee the LSP took, and the channels of an LSP with what it promised. Committed in one step with whatever the engine makes of the same event.
 */
export async function journalChanges(event: NodeEvent, at: number, from: Books): Promise<Change[]> {
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
    case "channel_pending":
      return openedChanges(event, at, from);
    default:
      return [];
  }
}

/** LDK does not say which channels are just-in-time ones: a private one that we opened as an LSP counts as one. */
async function openedChanges(
  event: Extract<NodeEvent, { kind: "channel_pending" }>,
  at: number,
  { store, node, desk }: Books,
): Promise<Change[]> {
  if (desk === undefined) return [];
  const { userChannelId, counterparty: peer } = event;
  const channel = (await node.channels()).find((one) => one.userChannelId === userChannelId);
  if (channel === undefined || !channel.isOutbound || channel.isAnnounced) return [];
  if ((await store.openedChannels(0)).some((one) => one.userChannelId === userChannelId)) return [];
  const { capacitySat } = channel;
  const { minLifetimeBlocks } = desk;
  return [{ put: "opened", channel: { userChannelId, peer, capacitySat, minLifetimeBlocks, openedAt: at } }];
}
