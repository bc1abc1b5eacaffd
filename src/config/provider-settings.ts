/** The settings of what an LSP offers (bLIP-52) and how far it goes; `lsps2 policy` changes most of them at run time. */
import { z } from "zod";
import { readBitcoin } from "../commands/amounts.ts";
import type { LspPolicy } from "../lsp/policy.ts";
import { TOKEN_FORM_IN_WORDS, tokenForm } from "../lsp/token.ts";
import { MSAT_PER_SAT, msat, type Sat, sat, satToMsat } from "../stable/units.ts";

const satoshis = z.string().transform((text, context): Sat => {
  const amount = readBitcoin(text);
  if (amount.ok && amount.value % MSAT_PER_SAT === 0n) return sat(amount.value / MSAT_PER_SAT);
  context.addIssue({ code: "custom", message: "satoshis such as 10000, 10000sat or 0.0001btc" });
  return z.NEVER;
});

function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine((n) => n >= least && n <= most, { error });
}

export const providerSettings = {
  "opening-fee-ppm": {
    value: "PPM",
    summary: "lsp: share of the first payment for opening its channel",
    schema: whole(0, 999_999),
    fallback: "0",
  },
  "opening-fee-min": {
    value: "SATS",
    summary: "lsp: the least it asks for opening a channel",
    schema: satoshis,
    fallback: "0",
  },
  "payment-min": {
    value: "SATS",
    summary: "lsp: the least first payment",
    schema: satoshis,
    otherwise: "the least that can open a channel at the fee rate of the moment",
  },
  "payment-max": {
    value: "SATS",
    summary: "lsp: the largest first payment",
    schema: satoshis,
    fallback: "100000000",
  },
  "over-provisioning": {
    value: "PPM",
    summary: "lsp: its share of a new channel, in millionths of what the user gets; 1000000 matches it",
    schema: whole(0, 100_000_000),
    fallback: "1000000",
  },
  "require-token": {
    value: "TOKEN",
    summary: "lsp: serve only clients that name this token",
    schema: z.string().regex(tokenForm, { error: TOKEN_FORM_IN_WORDS }),
    otherwise: "everybody is served",
    secret: true,
  },
  "require-token-file": { value: "FILE", summary: "a file that holds require-token", schema: z.string().min(1) },
  "day-cap": {
    value: "SATS",
    summary: "lsp: the most to put into new channels in 24 hours",
    schema: satoshis,
    otherwise: "no cap",
  },
  "chain-reserve": {
    value: "SATS",
    summary: "lsp: kept on chain for fees, beside LDK's reserve for each channel",
    schema: satoshis,
    fallback: "0",
  },
  "min-lifetime": {
    value: "BLOCKS",
    summary: "lsp: how long a channel is promised to stay once it confirmed",
    schema: whole(0, 1_000_000),
    fallback: "100",
  },
  "withdraw-offers": {
    value: "true|false",
    summary: "lsp: offer less, or nothing, while funds or the day's cap run low",
    schema: z.enum(["true", "false"], { error: "true or false" }).transform((text) => text === "true"),
    otherwise: "true; in the demo false",
  },
} as const;

type Values = { [K in keyof typeof providerSettings]?: z.output<(typeof providerSettings)[K]["schema"]> };

/** What is offered by the settings alone: 1:1 channels without a fee. */
export function lspPolicyOf(settings: Values): LspPolicy {
  const { "payment-min": min, "require-token": token, "day-cap": cap } = settings;
  return {
    openingFeePpm: settings["opening-fee-ppm"] ?? 0,
    openingFeeMinMsat: satToMsat(settings["opening-fee-min"] ?? sat(0n)),
    ...(min === undefined ? {} : { minPaymentMsat: satToMsat(min) }),
    maxPaymentMsat: settings["payment-max"] === undefined ? msat(100_000_000_000n) : satToMsat(settings["payment-max"]),
    overProvisioningPpm: settings["over-provisioning"] ?? 1_000_000,
    ...(token === undefined ? {} : { token }),
    ...(cap === undefined ? {} : { dayCapSat: cap }),
    chainReserveSat: settings["chain-reserve"] ?? sat(0n),
    minLifetimeBlocks: settings["min-lifetime"] ?? 100,
  };
}
