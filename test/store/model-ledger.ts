/** What a ledger must hold after a list of commits, in plain maps: the yardstick of the property tests. */
import type { Agreement, Settlement } from "../../src/stable/agreement.ts";
import type { Kept } from "../../src/stable/kept.ts";
import type {
  AuditEntry,
  Change,
  ChannelOrder,
  ForwardRecord,
  JitInvoiceRecord,
  OpenedChannel,
  OutboxMessage,
  Revision,
} from "../../src/stable/ledger.ts";
import type { StableWish } from "../../src/stable/wish.ts";

export interface Model {
  agreements: Map<string, Agreement>;
  revisions: Map<string, Revision>;
  settlements: Map<string, Settlement>;
  outbox: Map<string, OutboxMessage>;
  seen: Set<string>;
  jit: Map<string, JitInvoiceRecord>;
  forwards: Map<string, ForwardRecord>;
  kept: Map<string, Kept>;
  opened: Map<string, OpenedChannel>;
  orders: Map<string, ChannelOrder>;
  wishes: Map<string, StableWish>;
  audit: AuditEntry[];
}

export const emptyModel = (): Model => ({
  agreements: new Map(),
  revisions: new Map(),
  settlements: new Map(),
  outbox: new Map(),
  seen: new Set(),
  jit: new Map(),
  forwards: new Map(),
  kept: new Map(),
  opened: new Map(),
  orders: new Map(),
  wishes: new Map(),
  audit: [],
});

/** The model after the commit, or nothing if the commit must be refused: an event was seen before. */
export function committed(before: Model, changes: readonly Change[]): Model | undefined {
  const after: Model = {
    agreements: new Map(before.agreements),
    revisions: new Map(before.revisions),
    settlements: new Map(before.settlements),
    outbox: new Map(before.outbox),
    seen: new Set(before.seen),
    jit: new Map(before.jit),
    forwards: new Map(before.forwards),
    kept: new Map(before.kept),
    opened: new Map(before.opened),
    orders: new Map(before.orders),
    wishes: new Map(before.wishes),
    audit: [...before.audit],
  };
  for (const change of changes) {
    if ("drop" in change) {
      if (change.drop === "outbox") after.outbox.delete(change.id);
      else if (change.drop === "kept") after.kept.delete(`${change.agreementId} ${change.kind}`);
      else after.revisions.delete(`${change.agreementId} ${change.rev}`);
    } else if (change.put === "agreement") after.agreements.set(change.agreement.id, change.agreement);
    else if (change.put === "revision") {
      const { agreementId, rev } = change.revision;
      after.revisions.set(`${agreementId} ${rev}`, change.revision);
    } else if (change.put === "settlement") after.settlements.set(change.settlement.paymentId, change.settlement);
    else if (change.put === "outbox") after.outbox.set(change.message.id, change.message);
    else if (change.put === "seen") {
      if (after.seen.has(change.key)) return undefined;
      after.seen.add(change.key);
    } else if (change.put === "kept") {
      after.kept.set(`${change.kept.agreementId} ${change.kept.kind}`, change.kept);
    } else if (change.put === "jit") after.jit.set(change.invoice.paymentHash, change.invoice);
    else if (change.put === "forward") after.forwards.set(change.forward.id, change.forward);
    else if (change.put === "wish") after.wishes.set(change.wish.paymentHash, change.wish);
    else if (change.put === "order") after.orders.set(`${change.order.lsp} ${change.order.orderId}`, change.order);
    else if (change.put === "opened") after.opened.set(change.channel.userChannelId, change.channel);
    else after.audit.push(change.entry);
  }
  return after;
}
