/** What an LSP keeps between its runs besides the ledger: the policy as its owner changed it, and the last menu. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { LEAST_SAT_PER_KW } from "../lsp/funds.ts";
import type { LspPolicy } from "../lsp/policy.ts";
import { type Msat, msat, type Sat, sat } from "../stable/units.ts";
import { AppError } from "./app-error.ts";
import { replaceFile } from "./replace-file.ts";

const digits = z.string().regex(/^\d{1,19}$/);
/** What is out of the unit's range throws, which refuses the file as any other fault does. */
const msatText = z.codec(digits, z.custom<Msat>(), { decode: (text) => msat(BigInt(text)), encode: String });
const satText = z.codec(digits, z.custom<Sat>(), { decode: (text) => sat(BigInt(text)), encode: String });
const count = z.int().nonnegative();

const fileSchema = z.strictObject({
  changed: z.strictObject({
    openingFeePpm: count.exactOptional(),
    openingFeeMinMsat: msatText.exactOptional(),
    /** Null: none, whatever the settings say. */
    minPaymentMsat: msatText.nullable().exactOptional(),
    maxPaymentMsat: msatText.exactOptional(),
    overProvisioningPpm: count.exactOptional(),
    token: z.string().nullable().exactOptional(),
    dayCapSat: satText.nullable().exactOptional(),
    chainReserveSat: satText.exactOptional(),
    minLifetimeBlocks: count.exactOptional(),
  }),
  rates: z.strictObject({ commitmentSatPerKw: count, fundingSatPerKw: count }),
  /** The offer the funds and the day's cap allowed last; left out as long as nobody looked. */
  menu: z.strictObject({ minMsat: msatText, maxMsat: msatText }).exactOptional(),
});

export type LspFile = z.output<typeof fileSchema>;
/** What the owner changed at run time; it holds over the settings. */
export type PolicyChange = LspFile["changed"];

const nothing: LspFile = {
  changed: {},
  rates: { commitmentSatPerKw: LEAST_SAT_PER_KW, fundingSatPerKw: LEAST_SAT_PER_KW },
};

/** @throws AppError `bad_config` for a file that is not of this form: a policy is not guessed */
export function readLspFile(path: string): LspFile {
  if (!existsSync(path)) return nothing;
  try {
    return z.decode(fileSchema, JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const remedy = "put it right, or remove it to go back to the settings";
    throw new AppError("bad_config", `${path} holds no policy of an LSP; ${remedy}.`, { cause });
  }
}

export function writeLspFile(path: string, file: LspFile): void {
  replaceFile(path, `${JSON.stringify(z.encode(fileSchema, file), undefined, 2)}\n`);
}

/** The settings, and over them what was changed at run time. */
export function changedPolicy(
  settings: LspPolicy,
  { minPaymentMsat, token, dayCapSat, ...plain }: PolicyChange,
): LspPolicy {
  const { minPaymentMsat: min, token: word, dayCapSat: cap, ...rest } = settings;
  const optional = {
    minPaymentMsat: minPaymentMsat === undefined ? min : (minPaymentMsat ?? undefined),
    token: token === undefined ? word : (token ?? undefined),
    dayCapSat: dayCapSat === undefined ? cap : (dayCapSat ?? undefined),
  };
  return {
    ...rest,
    ...plain,
    ...(optional.minPaymentMsat === undefined ? {} : { minPaymentMsat: optional.minPaymentMsat }),
    ...(optional.token === undefined ? {} : { token: optional.token }),
    ...(optional.dayCapSat === undefined ? {} : { dayCapSat: optional.dayCapSat }),
  };
}
