/** Offers and answers of an LSP as they come over the wire. */

/** bLIP-52's own example, two days before it runs out. */
export const blipOffer = {
  min_fee_msat: "546000",
  proportional: 1200,
  valid_until: "2023-02-23T08:47:30.511Z",
  min_lifetime: 1008,
  max_client_to_self_delay: 2016,
  min_payment_size_msat: "1000",
  max_payment_size_msat: "1000000",
  promise: "abcdefghijklmnopqrstuvwxyz",
};
export const blipNowMs = Date.parse("2023-02-21T08:47:30.511Z");

export function menuOf(...offers: readonly unknown[]): unknown {
  return { opening_fee_params_menu: offers };
}

export function resultText(id: string, result: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}
