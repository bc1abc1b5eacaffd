/**
 * Canonical JSON: one text per value, so that both peers hash and sign the same bytes. Objects with keys sorted by
 * code unit, no white space, and as values only strings, integers from 0 to 2^53-1, booleans and such objects. Keys
 * are lower-case words (`a-z 0-9 _`); strings are printable ASCII without `"` and `\`, so no escape exists. Amounts
 * are strings holding decimals.
 */
import { createHash } from "node:crypto";
import type { Agreement } from "./agreement.ts";
import { PLAIN_TEXT } from "./plain-text.ts";
import { wireTerms } from "./terms.ts";

const KEY = /^[a-z][a-z0-9_]*$/;

/** @throws RangeError for a value that has no canonical form: the program built it, so it is a bug */
export function canonicalJson(value: unknown): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${keyText(key)}:${canonicalJson(member)}`).join(",")}}`;
  }
  if (typeof value === "string" && PLAIN_TEXT.test(value)) return `"${value}"`;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0))
    return `${value}`;
  if (typeof value === "boolean") return `${value}`;
  throw new RangeError(`no canonical JSON for the ${typeof value} ${String(value)}`);
}

function keyText(key: string): string {
  if (!KEY.test(key)) throw new RangeError(`no canonical JSON for the key ${key}`);
  return `"${key}"`;
}

/** SHA-256 of a text's UTF-8 bytes, lower-case hex. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** What both peers sign with every rev. The paid counters are not in it: each settlement is signed by itself. */
export type SignedState = Pick<
  Agreement,
  "id" | "channelId" | "receiver" | "provider" | "asset" | "rev" | "targetMicro" | "backing0Msat" | "terms"
>;

/** The text that is hashed. `backing0` is the one figure that may be negative ("-20000000"). */
export function stateText(state: SignedState): string {
  return canonicalJson({
    id: state.id,
    channel_id: state.channelId,
    receiver: state.receiver,
    provider: state.provider,
    asset: state.asset,
    rev: state.rev,
    target: state.targetMicro.toString(),
    backing0: state.backing0Msat.toString(),
    terms: wireTerms(state.terms),
  });
}

/** `SHA-256(stateText)`, lower-case hex. */
export function stateHash(state: SignedState): string {
  return sha256Hex(stateText(state));
}
