/** What an LSP's answer is held against, each rule with its place in the bLIPs and what breaking it leads to. */

/**
 * - `abort`: nothing of the answer may be used
 * - `entry`: this offer of the menu can't be taken, others can
 * - `deviation`: named to whoever reads the quote, and no more
 */
export type Severity = "abort" | "entry" | "deviation";

interface Rule {
  severity: Severity;
  /** The bLIP and its section. */
  source: string;
  says: string;
  /** What LDK, as a client, does about it (lightning-liquidity 0.2.7). */
  ldk: string;
}

const INFO = "bLIP-52, API Information";
const checked = "refuses the answer";
const unchecked = "takes it";

export const rules = {
  not_a_response: {
    severity: "abort",
    source: "bLIP-50, Message Payload Format",
    says: "the payload is one JSON-RPC 2.0 response, with a result or an error",
    ldk: checked,
  },
  menu_missing: {
    severity: "abort",
    source: INFO,
    says: "the result has opening_fee_params_menu, an array",
    ldk: checked,
  },
  field_missing: { severity: "abort", source: INFO, says: "an offer has all eight fields", ldk: checked },
  field_unknown: {
    severity: "abort",
    source: INFO,
    says: "an offer has no further fields; clients must abort over one",
    ldk: unchecked,
  },
  amount_form: {
    severity: "abort",
    source: "bLIP-50, Monetary Amounts",
    says: "amounts are strings of decimal digits, 64 bits without sign",
    ldk: checked,
  },
  number_form: {
    severity: "abort",
    source: "bLIP-50, Proportional / Parts-per-million",
    says: "ppm and blocks are JSON integers",
    ldk: checked,
  },
  datetime_form: {
    severity: "abort",
    source: "bLIP-50, Datetimes",
    says: "valid_until is a point of time in UTC",
    ldk: checked,
  },
  datetime_exact: {
    severity: "deviation",
    source: "bLIP-50, Datetimes",
    says: "valid_until is written YYYY-MM-DDThh:mm:ss.uuuZ",
    ldk: "takes any RFC 3339 form, and writes up to nine digits of the second",
  },
  promise_form: { severity: "abort", source: INFO, says: "promise is a string", ldk: checked },
  promise_length: {
    severity: "abort",
    source: INFO,
    says: "promise has at most 512 bytes; clients must abort over a longer one",
    ldk: unchecked,
  },
  promise_alphabet: {
    severity: "deviation",
    source: INFO,
    says: "promise has printable ASCII only, and nothing JSON would escape",
    ldk: unchecked,
  },
  menu_order: {
    severity: "deviation",
    source: INFO,
    says: "each offer has a larger min_fee_msat or proportional than the one before, and neither smaller",
    ldk: unchecked,
  },
  validity_short: {
    severity: "deviation",
    source: INFO,
    says: "valid_until is at least 10 minutes ahead",
    ldk: unchecked,
  },
  expired: { severity: "entry", source: INFO, says: "valid_until lies ahead", ldk: unchecked },
  limits_crossed: {
    severity: "entry",
    source: INFO,
    says: "min_payment_size_msat is not above max_payment_size_msat",
    ldk: "skips the offer",
  },
  self_delay: {
    severity: "entry",
    source: "bLIP-52, Channel Opening And Forwarding",
    says: "the client's to_self_delay, 144 blocks here, is within max_client_to_self_delay",
    ldk: unchecked,
  },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;

/** One rule that was broken. */
export interface Finding {
  rule: RuleName;
  severity: Severity;
  /** Place in the menu, from 0; unset where the whole answer is meant. */
  entry?: number;
  /** What was found, already free of anything an LSP could write into a terminal. */
  found: string;
}

export function finding(rule: RuleName, found: string, entry?: number): Finding {
  return { rule, severity: rules[rule].severity, found, ...(entry === undefined ? {} : { entry }) };
}
