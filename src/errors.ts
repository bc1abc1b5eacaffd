/**
 * Every error a person or a program can meet, in one table: the code is stable (it appears as `error.code` in JSON),
 * the exit code is what the process ends with when such an error ends it before or outside a script's lines.
 * A failed line of a running script always exits 1.
 */
export const errorTable = {
  // what was typed
  usage: { exit: 2, summary: "the command line could not be understood" },
  unknown_command: { exit: 2, summary: "no command has this name" },
  wrong_role: { exit: 2, summary: "the command exists, but not for this role" },
  missing_role: { exit: 2, summary: "more than one role could run this; name one" },
  missing_argument: { exit: 2, summary: "a required argument is missing" },
  unexpected_argument: { exit: 2, summary: "an argument or flag too many" },
  bad_argument: { exit: 2, summary: "an argument has the wrong form" },
  bad_amount: { exit: 2, summary: "an amount has the wrong form, unit or size" },
  script_syntax: { exit: 2, summary: "the script does not parse; nothing of it was run" },
  bad_config: { exit: 2, summary: "the configuration is wrong" },
  not_a_terminal: { exit: 2, summary: "this needs a terminal" },
  // starting
  library_missing: { exit: 3, summary: "the native library was not found" },
  library_abi: { exit: 3, summary: "the native library is of another ABI version" },
  data_dir_unwritable: { exit: 3, summary: "the data directory cannot be written" },
  data_dir_in_use: { exit: 4, summary: "another process uses this data directory" },
  data_dir_moved: { exit: 3, summary: "this data directory was moved elsewhere; the node lives on there" },
  disk_full: { exit: 3, summary: "too little space is free on the disk" },
  seed_missing: { exit: 3, summary: "there is no seed, and none may be made here by itself" },
  seed_damaged: { exit: 3, summary: "the seed cannot be read" },
  wrong_passphrase: { exit: 3, summary: "the passphrase is missing or does not open the seed" },
  backup_damaged: { exit: 3, summary: "the backup is not whole" },
  restore_refused: { exit: 3, summary: "restoring this backup could lose funds" },
  database_corrupt: { exit: 3, summary: "the database is damaged; it was refused and a copy kept" },
  database_newer: { exit: 3, summary: "the database was written by a newer version" },
  port_in_use: { exit: 3, summary: "the listening port is taken" },
  chain_unreachable: { exit: 3, summary: "the chain source does not answer" },
  chain_wrong_network: { exit: 3, summary: "the chain source is on another network" },
  chain_rate_limited: { exit: 3, summary: "the chain source refuses so many requests" },
  chain_inconsistent: { exit: 3, summary: "the chain source says what it cannot show" },
  chain_behind: { exit: 3, summary: "the chain source is below a block this node knows" },
  chain_sync_failed: { exit: 3, summary: "the chain source answers, but a sync with it fails" },
  node_start_failed: { exit: 3, summary: "the node could not start" },
  service_missing: { exit: 3, summary: "no role runs there that could be attached to" },
  service_protocol: { exit: 3, summary: "the running role is of another version" },
  // running
  service_stuck: { exit: 1, summary: "a part of the service gave no sign of life, so it was stopped" },
  service_gone: { exit: 1, summary: "the running role that was attached to is gone" },
  node_not_running: { exit: 1, summary: "the node is not running" },
  native_failure: { exit: 1, summary: "the node refused the request" },
  native_protocol: { exit: 70, summary: "the native library answered in an unexpected form" },
  native_panic: { exit: 70, summary: "the native library met a bug" },
  deadline: { exit: 1, summary: "no answer within the deadline" },
  unknown_channel: { exit: 1, summary: "no such channel" },
  ambiguous_channel: { exit: 1, summary: "the prefix fits more than one channel" },
  unknown_agreement: { exit: 1, summary: "no such stable agreement" },
  ambiguous_agreement: { exit: 1, summary: "the prefix fits more than one agreement" },
  unknown_settlement: { exit: 1, summary: "no such settlement" },
  ambiguous_settlement: { exit: 1, summary: "the prefix fits more than one settlement" },
  unknown_peer: { exit: 1, summary: "no such peer" },
  peer_unreachable: { exit: 1, summary: "the peer cannot be reached" },
  insufficient_balance: { exit: 1, summary: "more than there is" },
  insufficient_cover: { exit: 1, summary: "the provider's stake would be too thin" },
  invalid_invoice: { exit: 1, summary: "the invoice does not parse or is for another network" },
  invoice_expired: { exit: 1, summary: "the invoice is past its expiry" },
  already_paid: { exit: 1, summary: "this invoice was paid before" },
  payment_failed: { exit: 1, summary: "the payment failed" },
  payment_pending: { exit: 1, summary: "the payment has neither succeeded nor failed yet" },
  no_lsp: { exit: 1, summary: "no LSP is known" },
  lsp_away: { exit: 1, summary: "the LSP can't be reached or does not answer" },
  lsp_protocol: { exit: 1, summary: "the LSP answers in a way its specification forbids" },
  lsp_refused: { exit: 1, summary: "the LSP refused the request" },
  lsp_bad_token: { exit: 1, summary: "the LSP does not take the token" },
  jit_amount: { exit: 1, summary: "no offer of the LSP serves this amount" },
  no_jit_invoice: { exit: 1, summary: "no JIT invoice was made on this machine" },
  jit_limit: { exit: 1, summary: "ten JIT invoices are unpaid; the LSP refuses more" },
  jit_fee_too_high: { exit: 1, summary: "the LSP's opening fee is above the limit" },
  jit_no_liquidity: { exit: 1, summary: "the LSP has too little to open the channel" },
  jit_refused: { exit: 1, summary: "the LSP refused the JIT request" },
  no_price: { exit: 1, summary: "there is no accepted price" },
  stale_price: { exit: 1, summary: "the accepted price is too old for this" },
  price_not_settable: { exit: 1, summary: "the price comes from a source that cannot be set by hand" },
  rejected: { exit: 1, summary: "the peer refused the proposal, or the chain a transaction" },
  conflict: { exit: 1, summary: "it conflicts with what is already agreed or under way" },
  expectation_failed: { exit: 1, summary: "an expect line did not hold" },
  timeout: { exit: 1, summary: "a wait ran out of time" },
  store_failure: { exit: 1, summary: "the database could not be written" },
  internal: { exit: 70, summary: "a bug in peer-stables" },
} as const satisfies Record<string, { exit: number; summary: string }>;

export type ErrorCode = keyof typeof errorTable;

/**
 * The base of each layer's one error class (`FfiError`, `StoreError`, `CommandError`, ...). `message` is one sentence
 * that names the input and the remedy; `cause` is what lay behind it.
 */
export class CodedError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The exit code that belongs to any thrown value: the table's for a coded error, 70 (a bug) for everything else. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CodedError ? errorTable[error.code].exit : errorTable.internal.exit;
}

/** What a thrown value says of itself, in words. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
