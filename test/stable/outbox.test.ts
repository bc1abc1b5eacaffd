import { expect, test } from "bun:test";
import fc from "fast-check";
import type { OutboxMessage } from "../../src/stable/ledger.ts";
import { newOutbox } from "../../src/stable/outbox.ts";

const message = (id: string, peer: string, agreementId: string, paymentId?: string): OutboxMessage => ({
  id,
  agreementId,
  peer,
  type: "sync",
  envelope: { payload: "", signature: "" },
  createdAt: 0,
  ...(paymentId === undefined ? {} : { paymentId }),
  attempts: 0,
});

const name = (letters: string) => fc.constantFrom(...letters);
const step = fc.oneof(
  fc.record({ drop: name("abcdef") }),
  fc.record({ put: fc.tuple(name("abcdef"), name("xy"), name("12"), fc.option(name("PQRSTU"), { nil: undefined })) }),
);

/** The plain list the index stands for: an id keeps its place, peer and agreement. */
function listed(before: readonly OutboxMessage[], one: OutboxMessage): OutboxMessage[] {
  const at = before.findIndex(({ id }) => id === one.id);
  return at < 0 ? [...before, one] : before.with(at, one);
}

test("finds by peer, agreement and payment what a search through the list would find", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const outbox = newOutbox([]);
      let list: OutboxMessage[] = [];
      for (const one of steps) {
        if ("drop" in one) {
          outbox.drop(one.drop);
          list = list.filter(({ id }) => id !== one.drop);
          continue;
        }
        const [id, peer, agreement, payment] = one.put;
        const known = list.find((m) => m.id === id);
        const own = payment === undefined ? undefined : `${id}${payment}`;
        const next = message(id, known?.peer ?? peer, known?.agreementId ?? agreement, own);
        outbox.put(next);
        list = listed(list, next);
      }
      expect([...outbox.all()]).toEqual(list);
      expect(outbox.size).toBe(list.length);
      for (const peer of "xy") expect(outbox.ofPeer(peer)).toEqual(list.filter((m) => m.peer === peer));
      for (const id of "12") expect(outbox.ofAgreement(id)).toEqual(list.filter((m) => m.agreementId === id));
      for (const m of list) if (m.paymentId !== undefined) expect(outbox.byPayment(m.paymentId)).toEqual(m);
      const firsts = [..."xy"].flatMap((peer) => list.find((m) => m.peer === peer) ?? []);
      expect(outbox.firsts()).toHaveLength(firsts.length);
      expect(outbox.firsts()).toEqual(expect.arrayContaining(firsts));
      expect(outbox.byPayment(undefined)).toBeUndefined();
    }),
  );
});
