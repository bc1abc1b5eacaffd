/** bLIP-51 as a client reads it: what is taken, what is refused, and what an order's state is. */
import { describe, expect, test } from "bun:test";
import { optionsSchema, orderSchema, stateOf, waysToPay } from "../../src/lsps1/messages.ts";
import { options, order } from "./samples.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const EARLIER = "2026-11-21T11:59:59.000Z";

test("what an LSP sells, with keys that bLIP-51 does not know", () => {
  expect(optionsSchema.parse({ ...options, surprise: 1 })).toMatchObject({ max_channel_balance_sat: 100_000_000n });
});

test.each([
  ["an amount as a number", { min_channel_balance_sat: 1 }],
  ["a negative amount", { min_channel_balance_sat: "-1" }],
  ["an amount above u64", { max_channel_balance_sat: "18446744073709551616" }],
  ["a least above its greatest", { min_initial_lsp_balance_sat: "100000001" }],
  ["no block to confirm in", { min_funding_confirms_within_blocks: 0 }],
  ["nothing", { supports_zero_channel_reserve: undefined }],
])("an LSP that sells with %s", (_, change) => {
  expect(optionsSchema.safeParse({ ...options, ...change }).success).toBe(false);
});

test("an order, and each way to pay for it", () => {
  const parsed = orderSchema.parse(order());
  expect(waysToPay(parsed)).toMatchObject([
    { kind: "bolt11", fee_total_sat: 8_888n, order_total_sat: 18_888n, state: "EXPECT_PAYMENT" },
    { kind: "onchain", to: "bcrt1q0xcqpzrky6eff2g52qdye53xkk9jxkvrh6yhyw" },
  ]);
});

test.each([
  ["a total that is not the fee and the client's share", order({ bolt11: { order_total_sat: "18889" } })],
  ["no way to pay", { ...order(), payment: {} }],
  ["an id of 65 characters", { ...order(), order_id: "x".repeat(65) }],
  ["a state of no name", order({ bolt11: { state: "MAYBE" } })],
  ["a time of no day", order({ bolt11: { expires_at: "2026-02-30T00:00:00Z" } })],
  ["a channel without an outpoint", { ...order(), channel: { funded_at: EARLIER, expires_at: EARLIER } }],
])("an order with %s is none", (_, raw) => {
  expect(orderSchema.safeParse(raw).success).toBe(false);
});

describe("the state of an order", () => {
  const channel = { funded_at: EARLIER, funding_outpoint: `${"ab".repeat(32)}:0`, expires_at: EARLIER };
  const refunded = { bolt11: { state: "REFUNDED" }, onchain: { state: "REFUNDED" } };
  test.each([
    ["expect_payment", order()],
    ["paid", order({ onchain: { state: "PAID" } })],
    ["paid", order({ bolt11: { state: "HOLD" } })],
    ["opened", { ...order({ bolt11: { state: "PAID" } }), channel }],
    ["refunded", order(refunded)],
    ["refunded", order({ ...refunded, bolt11: { state: "CANCELLED" } })],
    ["expect_payment", order({ bolt11: { expires_at: EARLIER } })],
    ["expired", order({ bolt11: { expires_at: EARLIER }, onchain: { expires_at: EARLIER } })],
  ] as const)("%s", (state, raw) => {
    expect(stateOf(orderSchema.parse(raw), NOW)).toBe(state);
  });
});
