/** Messages that wait, in the order in which they were made, found by peer, agreement or payment without a search. */
import type { OutboxMessage } from "./ledger.ts";

export interface Outbox {
  /** A message that is there already keeps its place. */
  put(message: OutboxMessage): void;
  drop(id: string): void;
  readonly size: number;
  all(): Iterable<OutboxMessage>;
  /** The oldest message of every peer. */
  firsts(): OutboxMessage[];
  ofPeer(peer: string): OutboxMessage[];
  ofAgreement(agreementId: string): OutboxMessage[];
  byPayment(paymentId: string | undefined): OutboxMessage | undefined;
}

type Index = Map<string, Map<string, OutboxMessage>>;

function add(index: Index, key: string, message: OutboxMessage): void {
  const own = index.get(key) ?? new Map<string, OutboxMessage>();
  index.set(key, own.set(message.id, message));
}

function remove(index: Index, key: string, id: string): void {
  const own = index.get(key);
  own?.delete(id);
  if (own?.size === 0) index.delete(key);
}

export function newOutbox(messages: Iterable<OutboxMessage>): Outbox {
  const byId = new Map<string, OutboxMessage>();
  const byPeer: Index = new Map();
  const byAgreement: Index = new Map();
  const payments = new Map<string, string>();

  const outbox: Outbox = {
    put(message) {
      const before = byId.get(message.id);
      if (before?.paymentId !== undefined) payments.delete(before.paymentId);
      byId.set(message.id, message);
      add(byPeer, message.peer, message);
      add(byAgreement, message.agreementId, message);
      if (message.paymentId !== undefined) payments.set(message.paymentId, message.id);
    },
    drop(id) {
      const message = byId.get(id);
      if (message === undefined) return;
      byId.delete(id);
      remove(byPeer, message.peer, id);
      remove(byAgreement, message.agreementId, id);
      if (message.paymentId !== undefined) payments.delete(message.paymentId);
    },
    get size() {
      return byId.size;
    },
    all: () => byId.values(),
    firsts: () => [...byPeer.values()].flatMap((own) => firstOf(own.values())),
    ofPeer: (peer) => [...(byPeer.get(peer)?.values() ?? [])],
    ofAgreement: (id) => [...(byAgreement.get(id)?.values() ?? [])],
    byPayment(paymentId) {
      const id = paymentId === undefined ? undefined : payments.get(paymentId);
      return id === undefined ? undefined : byId.get(id);
    },
  };
  for (const message of messages) outbox.put(message);
  return outbox;
}

function firstOf(messages: Iterable<OutboxMessage>): OutboxMessage[] {
  for (const message of messages) return [message];
  return [];
}
