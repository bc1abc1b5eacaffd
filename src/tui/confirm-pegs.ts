/** What a command does to a stable agreement. */
import { readDollars } from "../commands/amounts.ts";
import { type Asked, agreementOf, amountOf, channelOf, inWords, settledFirst, type Teller } from "./confirm-words.ts";
import { dollars, microOf, ofMicro, percentOf, satsOf } from "./money-text.ts";
import { nameOf } from "./names.ts";

const MSAT_PER_BTC = 100_000_000_000n;

/** At the price where the target takes all that both sides have, the provider has nothing left. */
function coverRows(targetMicro: bigint, backing: bigint, stake: bigint): string[] {
  if (backing + stake === 0n) return [];
  const lowest = (targetMicro * MSAT_PER_BTC) / (backing + stake);
  return [`That covers the dollars down to about ${dollars(ofMicro(lowest), 0)} a bitcoin.`];
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
    ...coverRows(read.value, backing, theirs),
    "Nothing is paid now, and there is no fee; settlements follow the price by themselves.",
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

export const pegTellers: Readonly<Record<string, Teller>> = {
  startstablechannel: pegRows,
  resize: conversionRows("resize"),
  buy: conversionRows("buy"),
  sell: conversionRows("sell"),
  topup({ state, own, word }) {
    const one = agreementOf(own, word("agreement"));
    const amount = amountOf(word("amount"));
    if (one === undefined || amount === undefined) return [];
    return [
      `${inWords(amount, state)} of the on-chain funds go behind the ${dollars(one.target_usd)} peg, plus miners' fees.`,
    ];
  },
  reopen: ({ own, word }) => {
    if (word("cancel") !== undefined) return ["Nothing more is opened or proposed; what was opened by now stays open."];
    const named = word("agreement") ?? "";
    const one = own.agreements.find((peg) => peg.status === "ended" && peg.agreement_id.startsWith(named));
    const peg = one === undefined ? "The peg" : `The ${dollars(one.target_usd)} peg`;
    const amount = word("amount");
    const size = amount === undefined ? "as large as what came back of the old one" : `of ${amount} sat`;
    return one?.role === "provider"
      ? [`${peg} is taken up again: a channel with our stake is opened from on-chain funds once its receiver has one.`]
      : [`${peg} is taken up again: one channel, ${size}, is opened from on-chain funds, plus miners' fees.`];
  },
  resolve: ({ word }) =>
    word("outcome") === "paid"
      ? [
          "Our counter and the book move by the settlement's amount, as if the node had said that it was paid.",
          "If the peer never had it, its next sync says so, and the agreement freezes over the two books.",
        ]
      : [
          "The settlement counts as never paid; what is due is decided anew and may be paid at once.",
          "If the peer had it after all, its next sync says so and it is counted; a payment made meanwhile may be one too many.",
        ],
  stopstable: ({ own, word }) => settledFirst(agreementOf(own, word("agreement"))),
  renegotiate({ state, own, word }) {
    const one = agreementOf(own, word("agreement"));
    if (one === undefined) return [];
    return [
      `No amount changes: ${nameOf(state, one.counterparty)} is asked for other terms of the ${dollars(one.target_usd)} peg.`,
    ];
  },
  resume({ state, own, word }) {
    const one = agreementOf(own, word("agreement"));
    if (one === undefined) return [];
    return [
      `The ${dollars(one.target_usd)} peg with ${nameOf(state, one.counterparty)} settles again; what is due is paid.`,
    ];
  },
  checkstability({ state, own, word }) {
    const one = agreementOf(own, word("agreement"));
    const price = state.price?.price_usd;
    if (one?.drift_bps === undefined || one.drift_bps === null || one.value_usd === null) return [];
    if (price === undefined || price === null) return [];
    const over = microOf(one.value_usd) - microOf(one.target_usd);
    const due = satsOf(((over < 0n ? -over : over) * MSAT_PER_BTC) / microOf(price));
    const weOwe = over > 0n === (one.role === "receiver");
    const drift = `Drift is ${percentOf(one.drift_bps, true)}`;
    return weOwe && over !== 0n
      ? [`${drift}: ${due} sat are due from us, and paid now if that is beyond the band.`]
      : [`${drift}: nothing is due from us.`];
  },
};
