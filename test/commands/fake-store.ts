/** A ledger store in memory, as far as commands read and write one. */
import type {
  AuditLine,
  ChannelOrder,
  ForwardRecord,
  JitInvoiceRecord,
  LedgerStore,
  OpenedChannel,
} from "../../src/stable/ledger.ts";
import type { StableWish } from "../../src/stable/wish.ts";

export interface FakeStore extends LedgerStore {
  jit: Map<string, JitInvoiceRecord>;
  passed: ForwardRecord[];
  opened: Map<string, OpenedChannel>;
  wished: Map<string, StableWish>;
  orders: Map<string, ChannelOrder>;
}

export function createStore(now: () => number): FakeStore {
  const jit = new Map<string, JitInvoiceRecord>();
  const passed: ForwardRecord[] = [];
  const opened = new Map<string, OpenedChannel>();
  const wished = new Map<string, StableWish>();
  const orders = new Map<string, ChannelOrder>();
  const lines: AuditLine[] = [];
  return {
    jit,
    passed,
    opened,
    wished,
    orders,
    async commit(changes) {
      for (const change of changes) {
        if (!("put" in change)) continue;
        if (change.put === "jit") jit.set(change.invoice.paymentHash, change.invoice);
        if (change.put === "forward") passed.push(change.forward);
        if (change.put === "wish") wished.set(change.wish.paymentHash, change.wish);
        if (change.put === "order") orders.set(change.order.orderId, change.order);
        if (change.put === "opened") opened.set(change.channel.userChannelId, change.channel);
        if (change.put === "audit") {
          const seq = lines.length + 1;
          lines.push({ ...change.entry, seq, at: now(), prevHash: `${seq - 1}`, hash: `${seq}` });
        }
      }
    },
    jitInvoices: async () => [...jit.values()],
    forwards: async (limit) => passed.slice(-limit),
    forwardsSince: async (at) => passed.filter((forward) => forward.at >= at),
    channelOrders: async () => [...orders.values()],
    wishes: async () => [...wished.values()],
    openedChannels: async (at) => [...opened.values()].filter((channel) => channel.openedAt >= at),
    revisionsSince: async () => [],
    async audit({ limit, agreementId, kind }) {
      const wanted = lines.filter(
        (line) => (agreementId ?? line.agreementId) === line.agreementId && (kind ?? line.kind) === line.kind,
      );
      return wanted.slice(-limit);
    },
    load: async () => ({
      agreements: [],
      openSettlements: [],
      lastSettlements: [],
      proposals: [],
      outbox: [],
      kept: [],
    }),
    seen: async () => false,
    agreement: async () => undefined,
    lastEnded: async () => undefined,
    settlements: async () => [],
    settlement: async () => undefined,
    revisions: async () => [],
    close: async () => {},
  };
}
