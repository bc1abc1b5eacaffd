/** The messages of LSPS0 (bLIP-50) and LSPS2 (bLIP-52), as strict as the bLIPs are. */
import { z } from "zod";
import { amount, datetime, scid, u32 } from "./forms.ts";

/** Exactly these eight: an LSP must not add any, and a client must abort over one it doesn't know. */
export const openingFeeParams = z
  .strictObject({
    min_fee_msat: amount,
    proportional: u32,
    valid_until: datetime,
    min_lifetime: u32,
    max_client_to_self_delay: u32,
    min_payment_size_msat: amount,
    max_payment_size_msat: amount,
    promise: z.string(),
  })
  .transform((wire) => ({
    minFeeMsat: wire.min_fee_msat,
    proportional: wire.proportional,
    validUntil: wire.valid_until,
    /** Blocks after confirmation for which the LSP keeps the channel. */
    minLifetime: wire.min_lifetime,
    /** Blocks. */
    maxClientToSelfDelay: wire.max_client_to_self_delay,
    minPaymentMsat: wire.min_payment_size_msat,
    maxPaymentMsat: wire.max_payment_size_msat,
    promise: wire.promise,
  }));
export type OpeningFeeParams = z.output<typeof openingFeeParams>;

/** Of `lsps0.list_protocols`: keys that are not known are ignored, here and in every result. */
export const protocolsResult = z.object({ protocols: z.array(z.int().min(1)) });

/** Of `lsps2.get_info`; its entries are judged one by one (menu.ts). */
export const infoResult = z.object({ opening_fee_params_menu: z.array(z.unknown()) });

/** Of `lsps2.buy`. */
export const buyResult = z
  .object({
    jit_channel_scid: scid,
    lsp_cltv_expiry_delta: u32,
    client_trusts_lsp: z.boolean().default(false),
  })
  .transform((wire) => ({
    jitChannelScid: wire.jit_channel_scid,
    lspCltvExpiryDelta: wire.lsp_cltv_expiry_delta,
    clientTrustsLsp: wire.client_trusts_lsp,
  }));

/** Parameters of the requests by their method. */
export const requestParams = {
  "lsps0.list_protocols": z.strictObject({}),
  "lsps2.get_info": z.strictObject({ token: z.string().optional() }),
  "lsps2.buy": z.strictObject({ opening_fee_params: openingFeeParams, payment_size_msat: amount.optional() }),
} as const;

const errorObject = z.object({ code: z.int(), message: z.string(), data: z.unknown().optional() });
export type LspsErrorObject = z.output<typeof errorObject>;

/** A response: with a result or an error, and never both (JSON-RPC 2.0). */
export const response = z
  .object({
    jsonrpc: z.literal("2.0"),
    id: z.string().nullable(),
    result: z.record(z.string(), z.unknown()).optional(),
    error: errorObject.optional(),
  })
  .refine(({ result, error }) => (result === undefined) !== (error === undefined));
