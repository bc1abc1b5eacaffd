/** One `opening_fee_params` of a menu, as an LSP sends it (bLIP-52). */
export const offer = (change: Record<string, unknown> = {}) => ({
  min_fee_msat: "1000000",
  proportional: 10_000,
  valid_until: "2026-01-02T00:00:00.000Z",
  min_lifetime: 100,
  max_client_to_self_delay: 1024,
  min_payment_size_msat: "6000000",
  max_payment_size_msat: "1000000000",
  promise: "00",
  ...change,
});
