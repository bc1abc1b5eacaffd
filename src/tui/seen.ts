/** What results named that can be typed again: invoices, offers, addresses. */
import type { JsonObject } from "../commands/view.ts";

export interface Seen {
  kind: "invoice" | "jit invoice" | "offer" | "address";
  text: string;
  /** The line whose result it is. */
  line: string;
}

const MOST = 40;

/** @returns `before` itself where the result names nothing new */
export function seenWith(before: readonly Seen[], line: string, result: JsonObject): readonly Seen[] {
  const found: Seen[] = [];
  const take = (kind: Seen["kind"], text: unknown): void => {
    if (typeof text === "string" && text !== "" && !before.some((one) => one.text === text))
      found.push({ kind, text, line });
  };
  take("opening_fee_msat" in result ? "jit invoice" : "invoice", result["invoice"]);
  take("offer", result["offer"]);
  take("address", result["address"]);
  return found.length === 0 ? before : [...before, ...found].slice(-MOST);
}
