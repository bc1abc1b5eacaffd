/** What must not stand in a log: secrets by their name, and whatever could be paid or proves a payment by its form. */
import type { Json, JsonObject } from "../commands/view.ts";
import { isSecretName } from "../ffi/redact.ts";

const MASK = "[redacted]";
const LONGEST_TEXT = 500;
/** BOLT 11 and BOLT 12 texts; an invoice tells amount, purpose and who is paid. */
const invoice = /\b(ln(?:bcrt|bc|tbs|tb)[0-9a-z]*1|ln[oir]1)[0-9a-z]{20,}/gi;
const userInfo = /:\/\/[^/@\s"]*@/g;

function text(value: string): string {
  const cut = value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
  return cut.replace(invoice, `$1${MASK}`).replace(userInfo, `://${MASK}@`);
}

function value(one: Json): Json {
  if (typeof one === "string") return text(one);
  if (Array.isArray(one)) return one.map(value);
  return typeof one === "object" && one !== null ? redacted(one) : one;
}

export function redacted(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, one]) => [name, isSecretName(name) ? MASK : value(one)]),
  );
}
