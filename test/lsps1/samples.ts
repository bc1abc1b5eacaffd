/** The examples of bLIP-51, shortened. */

export const options = {
  min_required_channel_confirmations: 0,
  min_funding_confirms_within_blocks: 6,
  supports_zero_channel_reserve: true,
  max_channel_expiry_blocks: 20_160,
  min_initial_client_balance_sat: "0",
  max_initial_client_balance_sat: "100000000",
  min_initial_lsp_balance_sat: "20000",
  max_initial_lsp_balance_sat: "100000000",
  min_channel_balance_sat: "50000",
  max_channel_balance_sat: "100000000",
};

const INVOICE = `lnbcrt188880n1${"q".repeat(200)}`;

type Change = Record<string, unknown>;

/** 8,888 sat for a channel of 500,000 with 10,000 of the client's. */
export function order({ bolt11 = {}, onchain = {} }: { bolt11?: Change; onchain?: Change } = {}) {
  const payable = {
    state: "EXPECT_PAYMENT",
    expires_at: "2026-11-22T00:00:00.000Z",
    fee_total_sat: "8888",
    order_total_sat: "18888",
  };
  return {
    order_id: "bb4b5d0a-8334-49d8-9463-90a6d413af7c",
    lsp_balance_sat: "500000",
    client_balance_sat: "10000",
    required_channel_confirmations: 0,
    funding_confirms_within_blocks: 6,
    channel_expiry_blocks: 12_960,
    announce_channel: false,
    created_at: "2026-11-21T11:00:00.000Z",
    order_state: "CREATED",
    payment: {
      bolt11: { ...payable, invoice: INVOICE, ...bolt11 },
      onchain: {
        ...payable,
        address: "bcrt1q0xcqpzrky6eff2g52qdye53xkk9jxkvrh6yhyw",
        min_fee_for_0conf: 253,
        ...onchain,
      },
    },
    channel: null,
  };
}
