/** What an LSP offers: seen and changed while it runs. */
import { z } from "zod";
import type { PolicyChange, ProviderPort, ProviderView } from "../lsp/port.ts";
import { TOKEN_FORM_IN_WORDS, tokenForm } from "../lsp/token.ts";
import { msatOrZero, satsOrZero } from "./amounts.ts";
import { type ArgumentKind, flag, toggle } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { amountField, decimal, orNull } from "./fields.ts";
import { freeText, integer } from "./kinds.ts";

/** The same, with a word for no limit. */
function orWord<T>(word: string, kind: ArgumentKind<T>): ArgumentKind<T | null> {
  return {
    ...kind,
    expects: `${word}, or ${kind.expects}`,
    schema: z.union([z.literal(word).transform(() => null), kind.schema]),
  };
}

const token: ArgumentKind<string> = {
  ...freeText(128),
  expects: TOKEN_FORM_IN_WORDS,
  schema: z.string().regex(tokenForm, { error: "it has another form" }),
};

const flags = {
  feePpm: flag("--fee-ppm", "PPM", integer(0, 999_999), "share of the first payment for opening its channel"),
  feeMin: flag("--fee-min", "SATS", msatOrZero, "the least asked for opening a channel"),
  min: flag("--min", "SATS|auto", orWord("auto", msatOrZero), "the least first payment; auto: what can open a channel"),
  max: flag("--max", "SATS", msatOrZero, "the largest first payment"),
  share: flag("--over-provisioning", "PPM", integer(0, 100_000_000), "our share of a channel; 1000000 matches it"),
  token: flag("--token", "TOKEN|none", orWord("none", token), "serve only clients that name it"),
  cap: flag("--day-cap", "SATS|none", orWord("none", satsOrZero), "the most to put into new channels in 24 hours"),
  reserve: flag("--reserve", "SATS", satsOrZero, "kept on chain for fees, beside LDK's reserves"),
  lifetime: flag("--lifetime", "BLOCKS", integer(0, 1_000_000), "how long a channel is promised to stay"),
  reset: toggle("--reset", "back to the settings"),
};

const result = z.strictObject({
  offer: z.enum(["open", "withdrawn"]),
  reason: z.string().nullable(),
  offered_min_msat: amountField.nullable(),
  offered_max_msat: amountField.nullable(),
  servable_msat: amountField,
  opening_fee_ppm: z.int(),
  opening_fee_min_msat: amountField,
  payment_min_msat: amountField.nullable(),
  payment_max_msat: amountField,
  over_provisioning_ppm: z.int(),
  token_required: z.boolean(),
  day_cap_sat: amountField.nullable(),
  opened_24h_sat: amountField,
  chain_reserve_sat: amountField,
  spendable_sat: amountField,
  min_lifetime_blocks: z.int(),
  commitment_sat_per_kw: z.int(),
  changed: z.boolean(),
});

/** What the view says once `menu` is told; before a change takes hold it is the menu of before. */
function resultOf({ policy, menu, menuIsEmpty, offer, ...view }: ProviderView): z.input<typeof result> {
  return {
    offer: menuIsEmpty ? "withdrawn" : "open",
    reason: orNull(view.why, (text) => text),
    offered_min_msat: menuIsEmpty ? null : decimal(menu.minMsat),
    offered_max_msat: menuIsEmpty ? null : decimal(menu.maxMsat),
    servable_msat: decimal(offer.open ? offer.maxMsat : 0n),
    opening_fee_ppm: policy.openingFeePpm,
    opening_fee_min_msat: decimal(policy.openingFeeMinMsat),
    payment_min_msat: orNull(offer.minMsat, decimal),
    payment_max_msat: decimal(policy.maxPaymentMsat),
    over_provisioning_ppm: policy.overProvisioningPpm,
    token_required: policy.token !== undefined,
    day_cap_sat: orNull(policy.dayCapSat, decimal),
    opened_24h_sat: decimal(view.openedSat),
    chain_reserve_sat: decimal(policy.chainReserveSat),
    spendable_sat: decimal(view.spendableSat),
    min_lifetime_blocks: policy.minLifetimeBlocks,
    commitment_sat_per_kw: view.rates.commitmentSatPerKw,
    changed: view.changed,
  };
}

type Values = {
  [K in Exclude<keyof typeof flags, "reset">]: ReturnType<(typeof flags)[K]["read"]>;
};

function changeOf(given: Values): PolicyChange {
  const all = {
    openingFeePpm: given.feePpm,
    openingFeeMinMsat: given.feeMin,
    minPaymentMsat: given.min,
    maxPaymentMsat: given.max,
    overProvisioningPpm: given.share,
    token: given.token,
    dayCapSat: given.cap,
    chainReserveSat: given.reserve,
    minLifetimeBlocks: given.lifetime,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function providerOf(ctx: CommandContext): ProviderPort {
  if (ctx.provider !== undefined) return ctx.provider;
  throw new CommandError("wrong_role", "This node offers no channels; only an LSP has a policy.");
}

export const lspPolicyCommands = [
  defineCommand({
    name: "lsps2 policy",
    roles: ["lsp"],
    summary: "what we offer as an LSP; with flags, changes it",
    notes: [
      "A change is kept, holds over the settings until --reset, and restarts the node, channels untouched; what was sold",
      "before keeps its terms for a day. LDK puts one entry on the menu and knows one token at a time.",
      "Offers shrink and are withdrawn by themselves while funds or the day's cap run low, unless told otherwise.",
    ],
    arguments: flags,
    result,
    async run(ctx, { reset, ...given }) {
      const provider = providerOf(ctx);
      const change = changeOf(given);
      const changes = Object.keys(change).length > 0;
      if (reset && changes) {
        throw new CommandError("unexpected_argument", "--reset goes back to the settings; write it alone.");
      }
      if (!reset && !changes) return resultOf(await provider.view());
      return resultOf(await (reset ? provider.reset() : provider.change(change)));
    },
  }),
];
