import { afterEach, describe, expect, test } from "bun:test";
import type { Change, Revision } from "../../src/stable/ledger.ts";
import { agreement, NOW, settlement } from "./samples.ts";
import { cleanUp, openTemp } from "./temp-ledger.ts";

afterEach(cleanUp);

const envelope = { payload: "{}", signature: "sig" };

function revision(agreementId: string, rev: number, signed = false): Change {
  const plain: Revision = {
    agreementId,
    rev,
    kind: "revise",
    stateHash: "ab",
    state: "{}",
    proposal: envelope,
    at: NOW,
  };
  return { put: "revision", revision: signed ? { ...plain, acceptance: envelope } : plain };
}

const put = (id: string, fields: Parameters<typeof agreement>[1] = {}): Change => ({
  put: "agreement",
  agreement: agreement(id, fields),
});

describe("what an engine reads at its start", () => {
  test("the last successful settlement of either direction, of what did not end", async () => {
    const ledger = await openTemp();
    const row = (id: string, of: string, fields: Parameters<typeof settlement>[2]): Change => ({
      put: "settlement",
      settlement: settlement(id, of, fields),
    });
    await ledger.commit([
      put("a1"),
      put("over", { status: "ended" }),
      row("s1", "a1", { seq: 1, status: "succeeded" }),
      row("s2", "a1", { seq: 2, status: "succeeded" }),
      row("s3", "a1", { seq: 3, status: "failed" }),
      row("r1", "a1", { seq: 1, status: "succeeded", direction: "received" }),
      row("x1", "over", { seq: 9, status: "succeeded" }),
    ]);
    const { lastSettlements } = await ledger.load();
    expect(lastSettlements.map(({ paymentId }) => paymentId).sort()).toEqual(["r1", "s2"]);
  });

  test("proposals of ours for the next rev, until they are accepted or dropped", async () => {
    const ledger = await openTemp();
    await ledger.commit([
      put("a1", { rev: 2 }),
      put("asked", { status: "proposed", rev: 1 }),
      put("theirs", { status: "proposed", rev: 1, proposedByUs: false }),
      put("over", { status: "ended", rev: 1 }),
      revision("a1", 1, true),
      revision("a1", 2),
      revision("a1", 3),
      revision("asked", 1),
      revision("theirs", 1),
      revision("over", 2),
    ]);
    const names = async () => (await ledger.load()).proposals.map(({ agreementId, rev }) => `${agreementId} ${rev}`);
    expect(await names()).toEqual(["a1 3", "asked 1"]);
    await ledger.commit([{ drop: "revision", agreementId: "a1", rev: 3 }, revision("asked", 1, true)]);
    expect(await names()).toEqual([]);
    expect(await ledger.revisions("a1")).toHaveLength(2);
    expect((await ledger.verify()).ok).toBe(true);
  });
});
