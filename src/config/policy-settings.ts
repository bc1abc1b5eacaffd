/** The settings of whom we make stable agreements with, how large, how covered, and what follows when a peer won't pay. */
import { z } from "zod";
import { readDollars } from "../commands/amounts.ts";
import type { Role } from "../node/port.ts";
import type { Terms } from "../stable/agreement.ts";
import { defaultPolicy, type Policy } from "../stable/policy.ts";
import { type Micro, micro } from "../stable/units.ts";

const dollars = z.string().transform((text, context): Micro => {
  const amount = readDollars(text);
  if (amount.ok && amount.value > 0n) return micro(amount.value);
  context.addIssue({ code: "custom", message: "dollars such as 1000 or 1000.00" });
  return z.NEVER;
});

const bps = (most: number) => whole(0, most, `a whole number of 1/100 %, 0 to ${most}`);

function whole(least: number, most: number, error: string) {
  return z
    .string()
    .regex(/^\d{1,6}$/, { error })
    .transform(Number)
    .refine((n) => n >= least && n <= most, { error });
}

const NODE_ID = /^0[23][0-9a-f]{64}$/;
const peers = z.string().transform((text, context): Policy["peers"] => {
  if (text === "all") return "all";
  const ids = text.split(",").map((id) => id.trim().toLowerCase());
  if (ids.every((id) => NODE_ID.test(id))) return ids;
  context.addIssue({ code: "custom", message: "all, or node ids of 66 hex digits with commas between them" });
  return z.NEVER;
});

export const policySettings = {
  "stable-peers": {
    value: "all|NODEID,...",
    summary: "whom stable agreements are made with",
    schema: peers,
    fallback: "all",
    many: ",",
  },
  "stable-max-peer": {
    value: "USD",
    summary: "the most dollars to agree on with one peer",
    schema: dollars,
    fallback: "1000",
  },
  "stable-max-total": {
    value: "USD",
    summary: "the most dollars to agree on in all",
    schema: dollars,
    fallback: "100000",
  },
  "stable-cover": {
    value: "BPS",
    summary: "the least fall of the price, in 1/100 %, a provider's stake must cover",
    schema: bps(9_999),
    fallback: "2000",
  },
  "stable-tolerance": {
    value: "BPS",
    summary: "how far a peer's price may lie from ours, in 1/100 %",
    schema: bps(10_000),
    fallback: "50",
  },
  "stable-strikes": {
    value: "N",
    summary: "unanswered claims, or prices out of tolerance, that freeze an agreement",
    schema: whole(1, 100, "a whole number from 1 to 100"),
    fallback: "3",
  },
  "stable-exit": {
    value: "wait|end|close",
    summary: "when a peer won't pay: wait for it, end the agreement, or end it and close the channels",
    schema: z.enum(["wait", "end", "close"], { error: "wait, end or close" }),
    fallback: "wait",
  },
  "stable-fee": {
    value: "BPS",
    summary: "fee on conversions in 1/100 %: the least a provider asks, the most a receiver pays",
    schema: bps(10_000),
    fallback: "0",
  },
  "stable-carry-over": {
    value: "yes|no",
    summary: "bring the stake for a peg whose channels were closed when its holder takes it up again",
    schema: z.enum(["yes", "no"], { error: "yes or no" }),
    otherwise: "yes for an LSP, no for others",
  },
  "stable-counter": {
    value: "BPS",
    summary: "take up a counter-offer that is at most this much smaller, in 1/100 %",
    schema: bps(10_000),
    fallback: "0",
  },
} as const;

type Values = { [K in keyof typeof policySettings]?: z.output<(typeof policySettings)[K]["schema"]> };

/** What we accept, by the settings. To bring money of its own without a person's word is what an LSP is for. */
export function policyOf(settings: Values, role: Role): Policy {
  const d = defaultPolicy;
  return {
    ...d,
    peers: settings["stable-peers"] ?? d.peers,
    maxPerPeerMicro: settings["stable-max-peer"] ?? d.maxPerPeerMicro,
    maxTotalMicro: settings["stable-max-total"] ?? d.maxTotalMicro,
    minCoverBps: settings["stable-cover"] ?? d.minCoverBps,
    toleranceBps: settings["stable-tolerance"] ?? d.toleranceBps,
    strikes: settings["stable-strikes"] ?? d.strikes,
    exit: settings["stable-exit"] ?? d.exit,
    feeBps: settings["stable-fee"] ?? d.feeBps,
    carryOver: (settings["stable-carry-over"] ?? (role === "lsp" ? "yes" : "no")) === "yes",
    counterBps: settings["stable-counter"] ?? d.counterBps,
  };
}

/** What we propose: the preset, with what the settings say of it. */
export function termsOf(preset: Terms, settings: Values): Terms {
  return {
    ...preset,
    minCoverBps: settings["stable-cover"] ?? preset.minCoverBps,
    toleranceBps: settings["stable-tolerance"] ?? preset.toleranceBps,
    strikes: settings["stable-strikes"] ?? preset.strikes,
    feeBps: settings["stable-fee"] ?? preset.feeBps,
  };
}
