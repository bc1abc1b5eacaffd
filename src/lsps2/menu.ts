/** Judging a menu: the offers that can be taken, and every rule that was broken, by name. */
import type { z } from "zod";
import { isExactDatetime } from "./forms.ts";
import { infoResult, type OpeningFeeParams, openingFeeParams } from "./messages.ts";
import { type Finding, finding, type RuleName } from "./rules.ts";

export interface MenuEntry extends OpeningFeeParams {
  /** Place in the LSP's menu, from 0. */
  index: number;
  /** Rules over which this one offer can't be taken; empty for a good one. */
  blocked: Finding[];
}

export interface Menu {
  /** All of them, in the LSP's order; empty after an `abort`. */
  entries: MenuEntry[];
  findings: Finding[];
  /** Nothing of it may be used. */
  aborted: boolean;
}

/** What ours is: LDK's default, which ldk-node doesn't change. */
const OUR_TO_SELF_DELAY = 144;
const VALID_AT_LEAST_MS = 10 * 60_000;
const PROMISE_BYTES = 512;
/** Printable ASCII without `"` and `\`, which JSON would have to escape. */
const PROMISE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;

const formOf: Readonly<Record<string, RuleName>> = {
  min_fee_msat: "amount_form",
  proportional: "number_form",
  valid_until: "datetime_form",
  min_lifetime: "number_form",
  max_client_to_self_delay: "number_form",
  min_payment_size_msat: "amount_form",
  max_payment_size_msat: "amount_form",
  promise: "promise_form",
};

const SHOWN = 40;

/** An LSP's text as an error may repeat it: names of fields only, cut where they are long. */
function harmless(text: string): string {
  const plain = text.replaceAll(/[^\x20-\x7e]/g, "?");
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain;
}

function formFindings(error: z.ZodError, raw: unknown, entry: number): Finding[] {
  return error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys") {
      return finding("field_unknown", issue.keys.slice(0, 5).map(harmless).join(", "), entry);
    }
    const field = String(issue.path[0] ?? "");
    const there = typeof raw === "object" && raw !== null && Object.hasOwn(raw, field);
    const rule = formOf[field];
    if (rule === undefined) return finding("field_missing", "not an object", entry);
    return there ? finding(rule, field, entry) : finding("field_missing", field, entry);
  });
}

function entryFindings(params: OpeningFeeParams, entry: number, nowMs: number): Finding[] {
  const { promise, validUntil } = params;
  const bytes = new TextEncoder().encode(JSON.stringify(promise)).length - 2;
  const left = validUntil.unixMs - nowMs;
  const found: [boolean, RuleName, string][] = [
    [!isExactDatetime(validUntil.text), "datetime_exact", validUntil.text],
    [bytes > PROMISE_BYTES, "promise_length", `${bytes} bytes`],
    [!PROMISE.test(promise), "promise_alphabet", "other characters"],
    [left <= 0, "expired", validUntil.text],
    [left > 0 && left < VALID_AT_LEAST_MS, "validity_short", `${Math.floor(left / 1000)} s left`],
    [params.minPaymentMsat > params.maxPaymentMsat, "limits_crossed", `${params.minPaymentMsat} msat and more`],
    [
      params.maxClientToSelfDelay < OUR_TO_SELF_DELAY,
      "self_delay",
      `${params.maxClientToSelfDelay} blocks are the most it allows`,
    ],
  ];
  return found.filter(([broken]) => broken).map(([, rule, what]) => finding(rule, what, entry));
}

/** Larger in one, and smaller in neither. */
function inOrder(before: OpeningFeeParams, after: OpeningFeeParams): boolean {
  const fee = after.minFeeMsat - before.minFeeMsat;
  const rate = after.proportional - before.proportional;
  return fee >= 0n && rate >= 0 && (fee > 0n || rate > 0);
}

/** @param result of `lsps2.get_info`, as parsed from JSON */
export function judgeMenu(result: unknown, nowMs: number): Menu {
  const info = infoResult.safeParse(result);
  if (!info.success) {
    return { entries: [], findings: [finding("menu_missing", "another form")], aborted: true };
  }
  const findings: Finding[] = [];
  const entries: MenuEntry[] = [];
  for (const [index, raw] of info.data.opening_fee_params_menu.entries()) {
    const read = openingFeeParams.safeParse(raw);
    if (!read.success) {
      findings.push(...formFindings(read.error, raw, index));
      continue;
    }
    const found = entryFindings(read.data, index, nowMs);
    const before = entries.at(-1);
    if (before !== undefined && !inOrder(before, read.data)) {
      findings.push(finding("menu_order", `offer ${index + 1} after offer ${before.index + 1}`, index));
    }
    findings.push(...found);
    entries.push({ ...read.data, index, blocked: found.filter(({ severity }) => severity === "entry") });
  }
  const aborted = findings.some(({ severity }) => severity === "abort");
  return { entries: aborted ? [] : entries, findings, aborted };
}
