/** What a payment will cost, and what it does to the dollars held. */
import type { Role } from "../node/port.ts";
import { type Asked, amountOf, inWords, type Teller } from "./confirm-words.ts";
import { dollars, microOf, ofMicro, satsOf } from "./money-text.ts";
import { nameOf } from "./names.ts";
import type { State } from "./state.ts";

const MSAT_PER_BTC = 100_000_000_000n;

/** BOLT 11's human-readable part: `lnbc2500u` is 2,500 millionths of a bitcoin. */
export function invoiceMsat(invoice: string): bigint | undefined {
  const match = /^(?:lightning:)?ln(?:bcrt|bc|tbs|tb)(\d+)([munp]?)1/i.exec(invoice);
  if (match === null) return undefined;
  const [, digits = "", unit = ""] = match;
  const parts: Readonly<Record<string, bigint>> = {
    "": 1n,
    m: 1_000n,
    u: 1_000_000n,
    n: 1_000_000_000n,
    p: 1_000_000_000_000n,
  };
  const divisor = parts[unit.toLowerCase()];
  return divisor === undefined ? undefined : (BigInt(digits) * MSAT_PER_BTC) / divisor;
}

/** LDK pays no more for routing than 1 % and 50 sat (`RouteParameters::from_payment_params_and_value`). */
export function routingLimitMsat(amountMsat: bigint): bigint {
  return amountMsat / 100n + 50_000n;
}

function feeRow(amountMsat: bigint): string {
  return `Routing fees come on top, at most ${satsOf(routingLimitMsat(amountMsat))} sat (1 % and 50 sat).`;
}

/** What is outside the peg is spent first; beyond that the dollars fall in proportion to what is taken. */
function pegEffect({ own }: Asked, msat: bigint): string[] {
  const peg = own.agreements.find((one) => one.status === "active" && one.role === "receiver");
  if (peg === undefined) return [];
  if (msat <= peg.native_msat) return [`The ${dollars(peg.target_usd)} peg stays as it is.`];
  const taken = msat - peg.native_msat;
  const left = peg.backing_msat > taken ? peg.backing_msat - taken : 0n;
  const target = peg.backing_msat === 0n ? 0n : (microOf(peg.target_usd) * left) / peg.backing_msat;
  return [
    `That is more than the ${satsOf(peg.native_msat)} sat outside the peg: it eats into the ${dollars(peg.target_usd)}, ` +
      `of which ${dollars(ofMicro(target))} stay.`,
  ];
}

function paidRows(asked: Asked, amountMsat: bigint): string[] {
  return [`${inWords(amountMsat, asked.state)} are paid.`, feeRow(amountMsat), ...pegEffect(asked, amountMsat)];
}

/** Over a channel of our own nobody has to be paid for routing. */
function isNeighbour(state: State, role: Role, nodeId: string): boolean {
  return state.roles[role].channels.some((channel) => channel.counterparty === nodeId && channel.usable);
}

export const paymentTellers: Readonly<Record<string, Teller>> = {
  payinvoice(asked) {
    const amount = invoiceMsat(asked.word("invoice") ?? "") ?? amountOf(asked.word("amount"));
    return amount === undefined ? ["The invoice names no amount."] : paidRows(asked, amount);
  },
  payoffer(asked) {
    const amount = amountOf(asked.word("amount"));
    if (amount !== undefined) return paidRows(asked, amount);
    return ["What the offer asks for is paid, and at most 1 % of it and 50 sat for routing."];
  },
  payjitinvoice(asked) {
    const invoice = asked.word("invoice") ?? asked.state.seen.findLast((one) => one.kind === "jit invoice")?.text;
    const amount = invoice === undefined ? undefined : invoiceMsat(invoice);
    return [
      ...(asked.word("invoice") === undefined ? ["The newest JIT invoice made on this machine is paid."] : []),
      ...(amount === undefined ? [] : paidRows(asked, amount)),
      "The LSP opens a channel for the payee and keeps its opening fee of it.",
    ];
  },
  keysend(asked) {
    const amount = amountOf(asked.word("amount"));
    if (amount === undefined) return [];
    const id = asked.word("to") ?? "";
    return [
      `${inWords(amount, asked.state)} are sent to ${nameOf(asked.state, id)}.`,
      isNeighbour(asked.state, asked.role, id)
        ? "It has a channel with us: there are no routing fees."
        : feeRow(amount),
      ...pegEffect(asked, amount),
    ];
  },
};
