import { afterEach, expect, test } from "bun:test";
import fc from "fast-check";
import { openStore, type SqliteLedger } from "../../src/store/open-store.ts";
import { anyAgreement, anyChange } from "./arbitraries.ts";
import { committed, emptyModel, type Model } from "./model-ledger.ts";
import { agreement, message, NOW, settlement } from "./samples.ts";
import { cleanUp, freshPath, openTemp } from "./temp-ledger.ts";

afterEach(cleanUp);

const ids = ["a1", "a2", "a3"];
const open = ["intent", "sent", "unknown"];

async function expectSame(ledger: SqliteLedger, model: Model): Promise<void> {
  const settlements = [...model.settlements.values()];
  expect(await ledger.agreements()).toEqual([...model.agreements.values()]);
  const loaded = await ledger.load();
  expect(loaded.agreements.filter(({ status }) => status !== "ended")).toEqual(
    [...model.agreements.values()].filter(({ status }) => status !== "ended"),
  );
  expect(loaded.openSettlements).toEqual(
    settlements.filter(({ direction, status }) => direction === "sent" && open.includes(status)),
  );
  expect(loaded.kept).toEqual([...model.kept.values()]);
  expect(loaded.outbox).toEqual([...model.outbox.values()]);
  for (const id of ids) {
    expect(await ledger.agreement(id)).toEqual(model.agreements.get(id));
    expect(await ledger.settlements(id)).toEqual(settlements.filter(({ agreementId }) => agreementId === id));
    const revisions = [...model.revisions.values()].filter(({ agreementId }) => agreementId === id);
    expect(await ledger.revisions(id)).toEqual(revisions.sort((a, b) => a.rev - b.rev));
  }
  for (const [paymentId, record] of model.settlements) expect(await ledger.settlement(paymentId)).toEqual(record);
  for (const key of model.seen) expect(await ledger.seen(key)).toBe(true);
  expect(await ledger.jitInvoices()).toEqual([...model.jit.values()]);
  expect(await ledger.forwards(100)).toEqual([...model.forwards.values()]);
  expect(await ledger.channelOrders()).toEqual([...model.orders.values()]);
  expect(await ledger.wishes()).toEqual([...model.wishes.values()]);
  expect(await ledger.openedChannels(0)).toEqual([...model.opened.values()]);
  const lines = await ledger.audit({ limit: 1_000 });
  expect(lines.map(({ seq, at, prevHash, hash, ...entry }) => entry)).toEqual(model.audit);
  expect(lines.map(({ seq, at }) => [seq, at])).toEqual(model.audit.map((_, n) => [n + 1, NOW]));
  expect(await ledger.verify()).toMatchObject({
    ok: true,
    rows: { settlements: settlements.length, seen_events: model.seen.size, audit: model.audit.length },
  });
}

test("whatever was committed is read back, before and after a restart", async () => {
  const commits = fc.array(fc.array(anyChange(ids), { maxLength: 6 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.tuple(...ids.map((id) => anyAgreement(fc.constant(id)))), commits, async (first, later) => {
      const path = freshPath();
      let ledger = await openStore({ path, now: () => NOW });
      let model = emptyModel();
      for (const changes of [first.map((a) => ({ put: "agreement" as const, agreement: a })), ...later]) {
        const after = committed(model, changes);
        if (after === undefined) await expect(ledger.commit(changes)).rejects.toMatchObject({ code: "conflict" });
        else await ledger.commit(changes);
        model = after ?? model;
      }
      await expectSame(ledger, model);
      await ledger.close();
      ledger = await openStore({ path, now: () => NOW });
      await expectSame(ledger, model);
      await ledger.close();
    }),
    { numRuns: 60 },
  );
}, 120_000);

test("an empty ledger answers every query", async () => {
  const ledger = await openTemp();
  await expectSame(ledger, emptyModel());
  expect(await ledger.agreement("a1")).toBeUndefined();
  expect(await ledger.settlement("p1")).toBeUndefined();
  expect(await ledger.seen("e1")).toBe(false);
  expect(await ledger.verifyAudit()).toEqual({ ok: true, lines: 0, head: { seq: 0, hash: "0".repeat(64) } });
});

test("load gives what goes on and the twenty agreements that ended last", async () => {
  const ledger = await openTemp();
  const ended = Array.from({ length: 25 }, (_, n) => agreement(`e${n}`, { status: "ended", updatedAt: 1_000 - n }));
  const live = agreement("live", { status: "frozen" });
  await ledger.commit([...ended, live].map((a) => ({ put: "agreement", agreement: a })));
  const { agreements } = await ledger.load();
  expect(agreements.map(({ id }) => id)).toEqual([
    "live",
    ...ended
      .slice(0, 20)
      .map(({ id }) => id)
      .reverse(),
  ]);
  expect(await ledger.agreements()).toHaveLength(26);
});

test("a message keeps its place in the outbox when it is updated and goes to the end when it is new", async () => {
  const ledger = await openTemp();
  await ledger.commit([
    { put: "outbox", message: message("first") },
    { put: "outbox", message: message("second") },
    { put: "outbox", message: message("third") },
  ]);
  await ledger.commit([
    { put: "outbox", message: message("first", { attempts: 1 }) },
    { drop: "outbox", id: "third" },
    { put: "outbox", message: message("fourth") },
  ]);
  const { outbox } = await ledger.load();
  expect(outbox).toEqual([message("first", { attempts: 1 }), message("second"), message("fourth")]);
});

test("an optional field that is gone in the update is gone in the record", async () => {
  const ledger = await openTemp();
  await ledger.commit([{ put: "agreement", agreement: agreement("a1", { reason: "disputed", expiresAt: 5 }) }]);
  await ledger.commit([{ put: "agreement", agreement: agreement("a1") }]);
  expect(await ledger.agreement("a1")).toEqual(agreement("a1"));
});

test("the audit log is filtered by agreement, kind and place, the newest last", async () => {
  const ledger = await openTemp();
  const entry = (agreementId: string, kind: string) => ({
    put: "audit" as const,
    entry: { kind, agreementId, data: {} },
  });
  await ledger.commit([entry("a1", "settle"), entry("a2", "settle"), entry("a1", "claim"), entry("a1", "settle")]);
  const seqs = async (filter: Parameters<SqliteLedger["audit"]>[0]) =>
    (await ledger.audit(filter)).map(({ seq }) => seq);
  expect(await seqs({ limit: 2 })).toEqual([3, 4]);
  expect(await seqs({ limit: 9, agreementId: "a1" })).toEqual([1, 3, 4]);
  expect(await seqs({ limit: 9, kind: "settle" })).toEqual([1, 2, 4]);
  expect(await seqs({ limit: 9, agreementId: "a1", kind: "settle", beforeSeq: 4 })).toEqual([1]);
  expect(await seqs({ limit: 0 })).toEqual([]);
  await expect(ledger.audit({ limit: -1 })).rejects.toMatchObject({ code: "internal" });
});

test("a received settlement without an outcome is not ours to resolve", async () => {
  const ledger = await openTemp();
  await ledger.commit([
    { put: "agreement", agreement: agreement("a1") },
    { put: "settlement", settlement: settlement("ours", "a1", { status: "unknown" }) },
    { put: "settlement", settlement: settlement("theirs", "a1", { direction: "received", status: "unknown" }) },
    { put: "settlement", settlement: settlement("done", "a1", { status: "failed" }) },
  ]);
  expect((await ledger.load()).openSettlements.map(({ paymentId }) => paymentId)).toEqual(["ours"]);
});
