/** Who owes whom over stable channels, since when, and who does not pay. */
import type { Role } from "../node/port.ts";
import { dollars, microOf, ofMicro } from "./money-text.ts";
import { nameOf } from "./names.ts";
import { live } from "./peg.ts";
import type { Agreement } from "./readings.ts";
import type { Owing, RoleState, State } from "./state.ts";

/** Less than a cent is what settling leaves over. */
const CENT_MICRO = 10_000n;

export interface Debt extends Owing {
  agreement: Agreement;
  micro: bigint;
  /** Claims went unanswered, or the agreement is frozen over it. */
  unpaid: boolean;
}

/** Micro-dollars by which the receiver holds too much (negative: too little) at the present price. */
function dueMicro(one: Agreement): bigint | undefined {
  return one.value_usd === null ? undefined : microOf(one.value_usd) - microOf(one.target_usd);
}

/** The debt of one agreement at the present price, from a cent on. */
function debtOf(one: Agreement): { weOwe: boolean; micro: bigint } | undefined {
  const due = dueMicro(one);
  if (due === undefined) return undefined;
  const micro = due < 0n ? -due : due;
  return micro < CENT_MICRO ? undefined : { weOwe: due > 0n === (one.role === "receiver"), micro };
}

/** Who has owed since when, by agreement id: a debt that goes on keeps its beginning. */
export function owingNow(before: RoleState, after: RoleState, wallMs: number): RoleState["owing"] {
  const next: Record<string, Owing> = {};
  for (const one of live(after)) {
    const debt = debtOf(one);
    if (debt === undefined) continue;
    const was = before.owing[one.agreement_id];
    next[one.agreement_id] = was?.weOwe === debt.weOwe ? was : { weOwe: debt.weOwe, since: wallMs };
  }
  return next;
}

/** Largest first, those who do not pay before all others. */
export function debtsOf(role: RoleState): Debt[] {
  const all = live(role).flatMap((agreement): Debt[] => {
    const debt = debtOf(agreement);
    const known = role.owing[agreement.agreement_id];
    if (debt === undefined || known === undefined) return [];
    const unpaid = !debt.weOwe && (agreement.strikes > 0 || agreement.status === "frozen");
    return [{ agreement, ...debt, since: known.since, unpaid }];
  });
  return all.toSorted((a, b) => Number(b.unpaid) - Number(a.unpaid) || (b.micro > a.micro ? 1 : -1));
}

export function debtText(debt: Debt, state: State): string {
  const peer = nameOf(state, debt.agreement.counterparty);
  const sum = dollars(ofMicro(debt.micro));
  return debt.weOwe ? `we owe ${peer} ${sum}` : `${peer} owes us ${sum}`;
}

/** Since when, and what was tried. */
export function unpaidText({ agreement, since, unpaid }: Debt): string {
  const time = `since ${new Date(since).toISOString().slice(11, 19)}`;
  if (!unpaid) return time;
  const claims = `${agreement.strikes} claim${agreement.strikes === 1 ? "" : "s"} unanswered`;
  return agreement.status === "active" ? `${time}, ${claims}` : `${time}, ${claims}, ${agreement.status}`;
}

/** The debt over one channel in one role's state. */
export function debtOn(state: State, role: Role, agreementId: string): Debt | undefined {
  return debtsOf(state.roles[role]).find(({ agreement }) => agreement.agreement_id === agreementId);
}
