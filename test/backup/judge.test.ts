import { expect, test } from "bun:test";
import fc from "fast-check";
import { judgeRestore, type Place } from "../../src/backup/judge.ts";

const wallet = "ab".repeat(32);
const none = { accepted: false, withoutChannels: false, used: false };
const channels = fc.dictionary(fc.constantFrom("a_0", "b_1", "c_0"), fc.bigInt({ min: 0n, max: 5n }));
const wishes = fc.record({ accepted: fc.boolean(), withoutChannels: fc.boolean(), used: fc.boolean() });

const backupOf = (states: Record<string, bigint>, moved = false) => ({
  wallet,
  moved,
  channels: Object.entries(states).map(([monitor, id]) => ({ monitor, update_id: String(id) })),
});
const placeOf = (states: Record<string, bigint>): Place => ({
  kind: "node",
  state: { wallet, channels: new Map(Object.entries(states)) },
});
const empty: Place = { kind: "empty" };

test("what is in place and has come further is never replaced, whatever is wished", () => {
  fc.assert(
    fc.property(channels, channels, wishes, fc.boolean(), (saved, placed, wish, moved) => {
      const newer = Object.entries(placed).some(([monitor, id]) => id > (saved[monitor] ?? -1n));
      const verdict = judgeRestore(backupOf(saved, moved), placeOf(placed), wish);
      expect(!verdict.ok && verdict.reason === "older_than_place").toBe(newer);
    }),
  );
});

test("without a sign that it is the newest, a backup with channels runs only on the person's word", () => {
  fc.assert(
    fc.property(channels, wishes, (saved, wish) => {
      const verdict = judgeRestore(backupOf(saved), empty, wish);
      const harmless = Object.keys(saved).length === 0 || wish.withoutChannels;
      expect(verdict.ok).toBe(harmless || wish.accepted);
      if (verdict.ok) expect(verdict.risk).toBe(harmless ? "none" : "accepted");
    }),
  );
});

test("a moved node is restored, but once", () => {
  expect(judgeRestore(backupOf({ a_0: 3n }, true), empty, none)).toEqual({ ok: true, risk: "none" });
  expect(judgeRestore(backupOf({ a_0: 3n }, true), empty, { ...none, used: true })).toEqual({
    ok: false,
    reason: "used",
  });
});

test("the very states that are in place may be put there again", () => {
  expect(judgeRestore(backupOf({ a_0: 3n }), placeOf({ a_0: 3n }), none)).toEqual({ ok: true, risk: "none" });
  // further than what is in place, but how far the node came nobody knows
  expect(judgeRestore(backupOf({ a_0: 4n }), placeOf({ a_0: 3n }), none)).toEqual({ ok: false, reason: "maybe_stale" });
});

test("another node's folder is left alone; a damaged one shows nothing", () => {
  const other: Place = { kind: "node", state: { wallet: "cd".repeat(32), channels: new Map() } };
  expect(judgeRestore(backupOf({}), other, { ...none, accepted: true })).toEqual({ ok: false, reason: "other_node" });
  expect(judgeRestore(backupOf({ a_0: 1n }), { kind: "unreadable" }, none)).toEqual({
    ok: false,
    reason: "maybe_stale",
  });
});
