/** What the native library refuses or breaks, as coded errors. */
import { CodedError, type ErrorCode } from "../errors.ts";

/** `data.kind` of the native library's errors (docs/native-abi.md) and the code each one becomes. */
const codeOfKind: Readonly<Record<string, ErrorCode>> = {
  // ps_open
  bad_config: "bad_config",
  seed_invalid: "bad_config",
  data_dir_unwritable: "data_dir_unwritable",
  data_dir_in_use: "data_dir_in_use",
  internal: "internal",
  // requests
  not_running: "node_not_running",
  already_running: "conflict",
  closed: "node_not_running",
  bad_request: "native_protocol",
  bad_params: "bad_argument",
  unknown_method: "native_protocol",
  deadline: "deadline",
  panic: "native_panic",
  chain_unreachable: "chain_unreachable",
  chain_wrong_network: "chain_wrong_network",
  chain_rate_limited: "chain_rate_limited",
  chain_inconsistent: "chain_inconsistent",
  chain_behind: "chain_behind",
  chain_sync_failed: "chain_sync_failed",
  port_in_use: "port_in_use",
  start_failed: "node_start_failed",
  unknown_channel: "unknown_channel",
  connection_failed: "peer_unreachable",
  insufficient_funds: "insufficient_balance",
  invalid_invoice: "invalid_invoice",
  invoice_expired: "invoice_expired",
  invalid_offer: "bad_argument",
  invalid_address: "bad_argument",
  duplicate_payment: "already_paid",
  no_route: "payment_failed",
  sending_failed: "payment_failed",
  liquidity_request_failed: "jit_refused",
  liquidity_source_unavailable: "no_lsp",
  liquidity_fee_too_high: "jit_fee_too_high",
  lsps_no_reply: "lsp_away",
  lsps_bad_message: "lsp_protocol",
  persistence_failed: "store_failure",
  feature_unavailable: "native_failure",
  node_error: "native_failure",
  chain_error: "native_failure",
};

export interface FfiErrorOptions {
  cause?: unknown;
  /** The native library's own word for it; unset where the error arose on this side. */
  kind?: string | undefined;
  /** The true reason, where LDK gave one only in its log; the pid for `data_dir_in_use`. */
  detail?: string | undefined;
}

/** The one error class of `src/ffi`. */
export class FfiError extends CodedError {
  readonly kind: string | undefined;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message: string, options: FfiErrorOptions = {}) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = options.kind;
    this.detail = options.detail;
  }
}

/** What an LSP says to a purchase (bLIP-50, bLIP-52); ldk-node tells it only in its log, which `detail` repeats. */
const LSP_ERROR = /LSPSResponseError \{ code: (-?\d+),/;
const codeOfLspError: Readonly<Record<string, ErrorCode>> = {
  1: "lsp_refused",
  102: "lsp_bad_token",
  200: "lsp_bad_token",
  201: "jit_refused",
  202: "jit_amount",
  203: "jit_no_liquidity",
};

/** The LSP's own words stay in the log: it may write what it likes. */
function liquidityError(detail: string): FfiError {
  const kind = "liquidity_request_failed";
  const code = LSP_ERROR.exec(detail)?.[1];
  if (code !== undefined) {
    return new FfiError(codeOfLspError[code] ?? "jit_refused", `The LSP refused with error ${code}.`, { kind, detail });
  }
  if (detail.includes("timed out")) return new FfiError("lsp_away", "The LSP gave no answer.", { kind, detail });
  return new FfiError("jit_refused", "The LSP made no offer that serves the payment.", { kind, detail });
}

/** An error the native library reported: its sentence, with the true reason where the sentence lacks it. */
export function nativeError(error: { kind: string; message: string; detail?: string | undefined }): FfiError {
  const { kind, message, detail } = error;
  if (kind === "liquidity_request_failed") return liquidityError(detail ?? "");
  const text = detail && !message.includes(detail) ? `${message} (${detail})` : message;
  return new FfiError(codeOfKind[kind] ?? "native_failure", text, { kind, detail });
}
