/** What a money command will do, said before it is done: from its words and the state, never from a guess. */
import { readBitcoin, readDollars } from "../commands/amounts.ts";
import { bindWords } from "../commands/bind.ts";
import type { Command } from "../commands/command.ts";
import { readLine, selectCommand } from "../commands/parse.ts";
import type { Role } from "../node/port.ts";
import { dollars, microOf, ofMicro, percentOf, satsOf, worth } from "./money-text.ts";
import { nameOf } from "./names.ts";
import type { Agreement, Channel } from "./readings.ts";
import type { RoleState, State } from "./state.ts";

const MSAT_PER_BTC = 100_000_000_000n;

interface Asked {
  state: State;
  role: Role;
  own: RoleState;
  /** A word of the line by the argument's name. */
  word(name: string): string | undefined;
}

export interface Confirmation {
  role: Role | undefined;
  command: Command;
  rows: readonly string[];
}

/** Undefined where the line moves no money or will be refused anyway: then it runs, and says what is wrong. */
export function confirmationFor(line: string, state: State, roles: readonly Role[]): Confirmation | undefined {
  try {
    const { role, command, rest } = selectCommand(readLine(line), roles);
    if (!command.money) return undefined;
    command.check(rest);
    const bound = bindWords(command.name, command.arguments, rest);
    const who = role ?? roles[0];
    if (who === undefined) return undefined;
    const own = state.roles[who];
    const rows = tellers[command.name]?.({ state, role: who, own, word: (name) => bound.get(name)?.text });
    const told = rows === undefined || rows.length === 0 ? [`This moves money: ${command.summary}.`] : rows;
    return { role, command, rows: [...told, ...pricedRows(state)] };
  } catch {
    return undefined; // running it tells the same error with its remedy
  }
}

function pricedRows(state: State): string[] {
  if (state.price?.status === "ok" || state.price === undefined) return [];
  return [
    `The price is ${state.price.status === "hold" ? "on hold" : "stale"}: ${state.price.reason ?? "no reason given"}`,
  ];
}

function amountOf(text: string | undefined): bigint | undefined {
  const read = readBitcoin(text ?? "");
  return read.ok ? read.value : undefined;
}

function inWords(msat: bigint, state: State): string {
  const value = worth(msat, state.price?.price_usd);
  return `${satsOf(msat)} sat${value === undefined ? "" : ` (${dollars(value)})`}`;
}

function channelOf(own: RoleState, reference: string | undefined): Channel | undefined {
  if (reference === "last") return own.channels.at(-1);
  return own.channels.find((one) => reference !== undefined && one.channel_id.startsWith(reference.toLowerCase()));
}

function agreementOf(own: RoleState, reference: string | undefined): Agreement | undefined {
  const live = own.agreements.filter((one) => one.status !== "ended");
  if (reference === undefined || reference === "last") return live.at(-1);
  return live.find((one) => one.agreement_id.startsWith(reference.toLowerCase()));
}

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

function pegEffect({ own }: Asked, msat: bigint): string[] {
  const peg = own.agreements.find((one) => one.status === "active" && one.role === "receiver");
  if (peg === undefined || msat <= peg.native_msat) return [];
  return [
    `That is more than the ${satsOf(peg.native_msat)} sat outside the peg: it eats into the ${dollars(peg.target_usd)}.`,
  ];
}

function pegRows({ state, own, word }: Asked): string[] {
  const channel = channelOf(own, word("channel"));
  const read = readDollars(word("dollars") ?? "");
  const price = state.price?.price_usd;
  if (channel === undefined || !read.ok || price === null || price === undefined) return [];
  const target = ofMicro(read.value);
  const backing = (read.value * MSAT_PER_BTC) / microOf(price);
  const receiver = /^(true|yes)$/i.test(word("receiver") ?? "");
  const ours = receiver ? channel.outbound_msat : channel.inbound_msat;
  const theirs = receiver ? channel.inbound_msat : channel.outbound_msat;
  const peer = nameOf(state, channel.counterparty);
  return [
    receiver
      ? `${dollars(target)} are held for you; ${peer} takes the price risk.`
      : `You take the price risk of ${dollars(target)} for ${peer}.`,
    `At ${dollars(price)} that is ${satsOf(backing)} sat of the ${satsOf(ours)} sat on the receiver's side.`,
    `The provider's side has ${satsOf(theirs)} sat to pay with when bitcoin falls.`,
    "Nothing is paid now; settlements follow the price by themselves.",
  ];
}

/** How many dollars a conversion leaves in the peg, micro, of what is held and what was asked. */
const conversions = {
  resize: (_: bigint, asked: bigint) => asked,
  buy: (held: bigint, asked: bigint) => held - asked,
  sell: (held: bigint, asked: bigint) => held + asked,
} as const;

function conversionRows(kind: keyof typeof conversions): (asked: Asked) => string[] {
  return ({ state, own, word }) => {
    const one = agreementOf(own, word("agreement"));
    const read = readDollars(word("dollars") ?? "");
    const price = state.price?.price_usd;
    if (one === undefined || !read.ok || price === null || price === undefined) return [];
    const held = microOf(one.target_usd);
    const next = conversions[kind](held, read.value);
    const size = next > held ? next - held : held - next;
    const moved = satsOf((size * MSAT_PER_BTC) / microOf(price));
    const way = next > held ? `${moved} sat become dollars` : `${dollars(ofMicro(size))} become ${moved} sat`;
    return [
      `The peg goes from ${dollars(one.target_usd)} to ${dollars(ofMicro(next < 0n ? 0n : next))}: ${way} at ${dollars(price)}.`,
      `${nameOf(state, one.counterparty)} has to agree; a fee on conversions, if one was agreed, comes on top.`,
    ];
  };
}

const settledFirst = (one: Agreement | undefined): string[] => {
  if (one === undefined) return [];
  const drift = one.drift_bps === null ? "" : `, drift ${percentOf(one.drift_bps, true)}`;
  return [`The ${dollars(one.target_usd)} peg is settled first and ends${drift}.`];
};

const tellers: Readonly<Record<string, (asked: Asked) => string[]>> = {
  startstablechannel: pegRows,
  resize: conversionRows("resize"),
  buy: conversionRows("buy"),
  sell: conversionRows("sell"),
  topup: ({ state, own, word }) => {
    const one = agreementOf(own, word("agreement"));
    const amount = amountOf(word("amount"));
    if (one === undefined || amount === undefined) return [];
    return [
      `${inWords(amount, state)} of the on-chain funds go behind the ${dollars(one.target_usd)} peg, plus miners' fees.`,
    ];
  },
  stopstable: ({ own, word }) => settledFirst(agreementOf(own, word("agreement"))),
  checkstability: ({ own, word }) => {
    const one = agreementOf(own, word("agreement"));
    const drift = one?.drift_bps ?? undefined;
    return drift === undefined ? [] : [`Drift is ${percentOf(drift, true)}; what is due from us is paid now.`];
  },
  openchannel: ({ state, role, word }) => {
    const size = amountOf(word("size")) ?? (role === "user" ? 300_000_000n : 500_000_000n);
    const push = amountOf(word("push"));
    return [
      `${inWords(size, state)} of the on-chain funds go into a channel with ${word("to") === undefined ? "the LSP" : "that peer"}, plus the miners' fee.`,
      ...(push === undefined ? [] : [`${inWords(push, state)} of it are given to the peer at once.`]),
    ];
  },
  closechannel: ({ state, own, word }) => {
    const channel = channelOf(own, word("channel"));
    if (channel === undefined) return [];
    const peg = own.agreements.find((one) => one.channel_id === channel.channel_id && one.status !== "ended");
    const force = word("force") !== undefined;
    return [
      `About ${inWords(channel.outbound_msat, state)} come back on chain from ${nameOf(state, channel.counterparty)}.`,
      ...(force
        ? ["It is closed alone: nothing is settled, and the money waits for the channel's delay."]
        : settledFirst(peg)),
    ];
  },
  closeallchannels: ({ own }) => [
    `${own.channels.length} channel${own.channels.length === 1 ? "" : "s"} will be closed; live pegs are settled first.`,
  ],
  payinvoice: (asked) => {
    const amount = invoiceMsat(asked.word("invoice") ?? "") ?? amountOf(asked.word("amount"));
    if (amount === undefined) return ["The invoice names no amount."];
    return [`${inWords(amount, asked.state)} are paid, plus at most a small routing fee.`, ...pegEffect(asked, amount)];
  },
  payjitinvoice: ({ word }) => [
    word("invoice") === undefined ? "The newest JIT invoice made on this machine is paid." : "The invoice is paid.",
    "The LSP opens a channel for the payee and keeps its opening fee of it.",
  ],
  keysend: (asked) => {
    const amount = amountOf(asked.word("amount"));
    const to = nameOf(asked.state, asked.word("id") ?? asked.word("to") ?? "");
    return amount === undefined
      ? []
      : [`${inWords(amount, asked.state)} are sent to ${to}.`, ...pegEffect(asked, amount)];
  },
  onchainsend: ({ state, own, word }) => {
    const all = word("amount")?.toLowerCase() === "all";
    const amount = all ? (own.balance?.onchain_spendable_sat ?? 0n) * 1000n : amountOf(word("amount"));
    if (amount === undefined) return [];
    return [`${inWords(amount, state)} leave for ${word("to") ?? ""}`, "A transaction cannot be taken back."];
  },
};
