/** Whether two ledgers tell one story. Pure. */
import type { AgreementRow, Book, SettlementRow } from "./ledger.ts";

const shared = [
  "id",
  "rev",
  "target_micro",
  "backing0_msat",
  "paid_by_provider_msat",
  "paid_by_receiver_msat",
  "state_hash",
] as const satisfies readonly (keyof AgreementRow)[];

const isOpen = ({ direction, status }: SettlementRow) =>
  direction === "sent" && status !== "succeeded" && status !== "failed";
/** A flag says something of a payment that was booked all the same (`settleFlags`); only what stayed native is not. */
const counts = ({ status, flag }: SettlementRow) => status === "succeeded" && flag !== "native";

/** What keeps the two from being equal and at rest; empty where nothing does. */
export function differences(user: Book, lsp: Book): string[] {
  return [
    ...shared.flatMap((key) =>
      user.agreement[key] === lsp.agreement[key]
        ? []
        : [`${key}: user ${user.agreement[key]}, lsp ${lsp.agreement[key]}`],
    ),
    ...open("user", user),
    ...open("lsp", lsp),
    ...counted("user", user),
    ...counted("lsp", lsp),
    ...paidAndGot("user", user, "lsp", lsp),
    ...paidAndGot("lsp", lsp, "user", user),
  ];
}

function open(who: string, { settlements }: Book): string[] {
  return settlements.filter(isOpen).map((s) => `${who} has settlement ${s.seq} (${s.payment_id}) as ${s.status}`);
}

/** Each counter is the sum of the settlements behind it. */
function counted(who: string, { agreement, settlements }: Book): string[] {
  const sumOf = (payer: SettlementRow["payer"]) =>
    settlements.filter((s) => s.payer === payer && counts(s)).reduce((sum, s) => sum + s.amount_msat, 0n);
  return (["provider", "receiver"] as const).flatMap((payer) => {
    const total = payer === "provider" ? agreement.paid_by_provider_msat : agreement.paid_by_receiver_msat;
    const sum = sumOf(payer);
    return sum === total ? [] : [`${who}: paid_by_${payer} is ${total}, its settlements make ${sum}`];
  });
}

/** What one paid is what the other got: the same payments, once each, to the millisatoshi. */
function paidAndGot(payer: string, paid: Book, payee: string, got: Book): string[] {
  const sent = paid.settlements.filter((s) => s.direction === "sent" && counts(s));
  const received = got.settlements.filter((s) => s.direction === "received" && counts(s));
  const left = new Map(received.map((s) => [s.payment_id, s]));
  const problems = sent.flatMap((s) => {
    const other = left.get(s.payment_id);
    left.delete(s.payment_id);
    if (other === undefined) return [`${payer} paid settlement ${s.seq} (${s.payment_id}), ${payee} has not got it`];
    const same = other.amount_msat === s.amount_msat && other.seq === s.seq;
    return same ? [] : [`settlement ${s.payment_id}: ${s.amount_msat} paid, ${other.amount_msat} got`];
  });
  const more = [...left.values()].map((s) => `${payee} got settlement ${s.seq} (${s.payment_id}), ${payer} paid none`);
  const once = sent.length === new Set(sent.map((s) => s.seq)).size ? [] : [`${payer} used a number twice`];
  return [...problems, ...more, ...once];
}
