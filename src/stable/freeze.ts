/** Why an agreement is frozen: the first word of its reason, since each cause has its own way out. */
import type { Agreement } from "./agreement.ts";

export const freezeCauses = {
  unpaid: "the peer owes and does not pay; it goes on when the peer has paid",
  price: "the peer settles at prices that are not ours; it goes on with a price within the tolerance",
  book: "the peer's book is not ours; it goes on when the books agree",
} as const satisfies Record<string, string>;

export type FreezeCause = keyof typeof freezeCauses;

export function freezeReason(cause: FreezeCause, detail: string): string {
  return `${cause}: ${detail}`;
}

/** Undefined for a reason that is no freeze's. An end that followed from a freeze keeps its reason. */
export function freezeCause({ reason }: Pick<Agreement, "reason">): FreezeCause | undefined {
  const word = reason?.split(":")[0];
  return word === "unpaid" || word === "price" || word === "book" ? word : undefined;
}
