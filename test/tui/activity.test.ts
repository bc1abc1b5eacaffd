import { expect, test } from "bun:test";
import { happenings } from "../../src/tui/activity.ts";
import type { Payment } from "../../src/tui/readings.ts";
import { ids, settledDemo } from "./samples.ts";

const around = { nameOf: () => "lsp", isHere: () => false };

const opening = (id: string, agreed: bigint | null, taken: bigint | null, more: Partial<Payment> = {}): Payment => ({
  payment_id: id,
  kind: "bolt11_jit",
  direction: "inbound",
  status: "succeeded",
  amount_msat: 49_000_000n,
  fee_paid_msat: null,
  skimmed_fee_msat: taken,
  agreed_fee_msat: agreed,
  updated_at: "2026-01-01T00:00:00Z",
  ...more,
});

function told(before: readonly Payment[], after: readonly Payment[]): string[] {
  const { user } = settledDemo().roles;
  expect(user.info?.node_id).toBe(ids.user);
  return happenings({ ...user, payments: before }, { ...user, payments: after }, around).map(({ text }) => text);
}

test("what an LSP took for a channel is told beside what was agreed, once", () => {
  const paid = opening("a", 1_000_000n, 1_000_000n);
  expect(told([], [paid])).toEqual(["the LSP took 1,000 sat for opening the channel, as agreed"]);
  expect(told([paid], [paid])).toEqual([]);
  expect(told([opening("a", 1_000_000n, null, { status: "pending" })], [paid])).toHaveLength(1);
  expect(told([], [opening("b", 1_000_000n, 400_000n)])).toEqual([
    "the LSP took 400 sat for opening the channel, 1,000 sat were agreed",
  ]);
});

test("payments that opened nothing are no such news", () => {
  const others = [opening("c", null, null), opening("d", 1n, 1n, { direction: "outbound" })];
  expect(told([], others)).toEqual([]);
});
