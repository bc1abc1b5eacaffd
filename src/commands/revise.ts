/** Changing an agreement in force: its target, its terms; and letting a frozen one go on. */
import type { Terms } from "../stable/agreement.ts";
import { dollarAmount, dollarsOrZero } from "./amounts.ts";
import { flag, required, toggle } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { agreementReference, integer } from "./kinds.ts";
import { findAgreement } from "./references.ts";
import { opened, openedResult } from "./stable-rows.ts";

const counter = toggle("--accept-counter", "propose at once what the peer would accept instead");
const agreement = required("AGREEMENT", agreementReference, "which one");

async function idOf({ stable }: CommandContext, reference: string): Promise<string> {
  return findAgreement(await stable.list(), reference).agreement.id;
}

function conversion(name: "resize" | "buy" | "sell", summary: string, label: string) {
  return defineCommand({
    name,
    roles: ["user", "lsp"],
    summary,
    notes: [
      "Only the stable receiver can; the peer has to agree. Only the difference is converted, at the price of now.",
      "A refusal may come with what the peer would accept: ask for that, or say --accept-counter.",
    ],
    money: true,
    arguments: { agreement, dollars: required("USD", dollarAmount, label), acceptCounter: counter },
    result: opened,
    async run(ctx, args) {
      const wish = { kind: name, amountMicro: args.dollars } as const;
      return openedResult(await ctx.stable.revise(await idOf(ctx, args.agreement), wish, args.acceptCounter));
    },
  });
}

const bps = (most: number) => integer(0, most);
const DAY = 86_400;

const termFlags = {
  band: flag("--band", "BPS", bps(10_000), "settle once the drift is this share of the target, in 1/100 %"),
  floor: flag("--floor", "USD", dollarsOrZero, "and at least this many dollars"),
  check: flag("--check", "SECONDS", integer(0, DAY), "look at the position at most this often"),
  cooldown: flag("--cooldown", "SECONDS", integer(0, DAY), "pause after a settlement"),
  tolerance: flag("--tolerance", "BPS", bps(10_000), "how far the two prices may lie apart"),
  cover: flag("--cover", "BPS", bps(9_999), "the least fall that must be covered when it grows"),
  strikes: flag("--strikes", "N", integer(1, 100), "unanswered claims that freeze it"),
  fee: flag("--fee", "BPS", bps(10_000), "the provider's fee on conversions"),
} as const;

export const reviseCommands = [
  conversion("resize", "change what a stable agreement holds to so many dollars", "the new value to hold"),
  conversion("buy", "buy bitcoin with so many of the dollars held", "how many dollars less to hold"),
  conversion("sell", "sell bitcoin for so many dollars more", "how many dollars more to hold"),
  defineCommand({
    name: "renegotiate",
    roles: ["user", "lsp"],
    summary: "propose other terms for a stable agreement; no amount changes",
    notes: ["What is not named stays as it is. The peer has to agree, or says what it would agree to."],
    money: true,
    arguments: { agreement, ...termFlags, acceptCounter: counter },
    result: opened,
    async run(ctx, args) {
      const view = findAgreement(await ctx.stable.list(), args.agreement);
      const before = view.agreement.terms;
      const terms: Terms = {
        bandBps: args.band ?? before.bandBps,
        floorMicro: args.floor ?? before.floorMicro,
        checkSeconds: args.check ?? before.checkSeconds,
        cooldownSeconds: args.cooldown ?? before.cooldownSeconds,
        toleranceBps: args.tolerance ?? before.toleranceBps,
        minCoverBps: args.cover ?? before.minCoverBps,
        strikes: args.strikes ?? before.strikes,
        feeBps: args.fee ?? before.feeBps,
      };
      if (JSON.stringify(shown(terms)) === JSON.stringify(shown(before))) {
        throw new CommandError("missing_argument", "Nothing would change; name a term, such as --band BPS.");
      }
      return openedResult(await ctx.stable.revise(view.agreement.id, { kind: "terms", terms }, args.acceptCounter));
    },
  }),
  defineCommand({
    name: "resume",
    roles: ["user", "lsp"],
    summary: "let a frozen stable agreement go on, its strikes forgotten",
    notes: ["Look at why it froze first: stable says so. Our book goes to the peer, which answers with its own."],
    money: true,
    arguments: { agreement },
    result: opened,
    async run(ctx, args) {
      return openedResult(await ctx.stable.resume(await idOf(ctx, args.agreement)));
    },
  }),
];

function shown(terms: Terms) {
  return { ...terms, floorMicro: terms.floorMicro.toString() };
}
