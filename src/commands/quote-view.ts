/** What `lsps2 quote` answers, and how it looks. */
import { z } from "zod";
import type { MenuEntry } from "../lsps2/menu.ts";
import { channelSize, type EntryQuote, type FitQuote, inboundAfter } from "../lsps2/quote.ts";
import { rules } from "../lsps2/rules.ts";
import type { Msat } from "../stable/units.ts";
import type { CommandContext, LspContact } from "./context.ts";
import { amountField, decimal, hexField, orNull, rfc3339, timeField } from "./fields.ts";
import { type LspQuote, lspName, obstacleOf } from "./lsp-quotes.ts";
import { cardView, cellOf, type JsonObject, tableView, type View } from "./view.ts";

const lspRow = z.strictObject({
  lsp: hexField,
  alias: z.string().nullable(),
  address: z.string(),
  in_use: z.boolean(),
  cheapest: z.boolean(),
  opening_fee_msat: amountField.nullable(),
  arrives_msat: amountField.nullable(),
  /** The least the bLIP demands where the LSP is not of this machine: a menu doesn't say what it adds. */
  channel_sat: amountField.nullable(),
  channel_is_least: z.boolean(),
  inbound_after_msat: amountField.nullable(),
  valid_until_at: timeField.nullable(),
  valid_for_ms: z.int().nullable(),
  /** Why nothing can be bought there. */
  obstacle: z.string().nullable(),
  error: z.string().nullable(),
});

const offerRow = z.strictObject({
  lsp: hexField,
  /** From 1. */
  offer: z.int(),
  min_fee_msat: amountField,
  fee_ppm: z.int(),
  min_payment_msat: amountField,
  max_payment_msat: amountField,
  min_lifetime_blocks: z.int(),
  max_to_self_delay_blocks: z.int(),
  valid_until_at: timeField,
  opening_fee_msat: amountField.nullable(),
  arrives_msat: amountField.nullable(),
  unfit: z.enum(["blocked", "below_minimum", "above_maximum", "overflow", "fee_eats_payment"]).nullable(),
});

const deviationRow = z.strictObject({
  lsp: hexField,
  offer: z.int().nullable(),
  rule: z.string(),
  severity: z.enum(["abort", "entry", "deviation"]),
  says: z.string(),
  found: z.string(),
  source: z.string(),
});

export const quoteResult = z.strictObject({
  amount_msat: amountField,
  /** Of the cheapest. */
  opening_fee_msat: amountField.nullable(),
  cheapest: hexField.nullable(),
  lsps: z.array(lspRow),
  menu: z.array(offerRow),
  deviations: z.array(deviationRow),
});
type QuoteResult = z.output<typeof quoteResult>;

const LAST_SECOND = 253_402_300_799;

/** A peer may name a year that RFC 3339 can't write. */
const until = ({ validUntil }: MenuEntry) =>
  rfc3339(Math.min(Math.max(Math.floor(validUntil.unixMs / 1000), 0), LAST_SECOND));

function channelOf(lsp: LspContact, { arrivesMsat }: FitQuote) {
  const ppm = lsp.local?.overProvisioningPpm;
  if (ppm === undefined) return { channel_sat: decimal((arrivesMsat + 999n) / 1000n), channel_is_least: true };
  const channelSat = channelSize(arrivesMsat, ppm);
  return {
    channel_sat: decimal(channelSat),
    channel_is_least: false,
    inbound_after_msat: decimal(inboundAfter(channelSat, arrivesMsat)),
  };
}

interface Circumstances {
  amount: Msat;
  used: string | undefined;
  winner: LspQuote | undefined;
  nowMs: number;
}

function lspRowOf(ctx: CommandContext, quote: LspQuote, { amount, used, winner, nowMs }: Circumstances) {
  const { lsp, best } = quote;
  const obstacle = obstacleOf(quote, amount);
  return {
    lsp: lsp.nodeId,
    alias: orNull(ctx.aliasOf(lsp.nodeId), (name) => name),
    address: lsp.address,
    in_use: lsp.nodeId === used,
    cheapest: quote === winner,
    opening_fee_msat: orNull(best?.feeMsat, decimal),
    arrives_msat: orNull(best?.arrivesMsat, decimal),
    channel_sat: null,
    channel_is_least: false,
    inbound_after_msat: null,
    ...(best === undefined ? {} : channelOf(lsp, best)),
    valid_until_at: orNull(best?.entry, until),
    valid_for_ms: orNull(best, ({ entry }) => entry.validUntil.unixMs - Math.round(nowMs)),
    obstacle: orNull(obstacle, ({ code, says, remedy }) => (code === "jit_amount" ? `${says}; ${remedy}` : says)),
    error: orNull(obstacle, ({ code }) => code),
  };
}

function offerRowOf(lsp: LspContact, quote: EntryQuote) {
  const { entry, feeMsat } = quote;
  return {
    lsp: lsp.nodeId,
    offer: entry.index + 1,
    min_fee_msat: decimal(entry.minFeeMsat),
    fee_ppm: entry.proportional,
    min_payment_msat: decimal(entry.minPaymentMsat),
    max_payment_msat: decimal(entry.maxPaymentMsat),
    min_lifetime_blocks: entry.minLifetime,
    max_to_self_delay_blocks: entry.maxClientToSelfDelay,
    valid_until_at: until(entry),
    opening_fee_msat: orNull(feeMsat, decimal),
    arrives_msat: quote.fit ? decimal(quote.arrivesMsat) : null,
    unfit: quote.fit ? null : quote.why,
  };
}

function deviationsOf({ lsp, answer }: LspQuote) {
  const findings = answer.kind === "menu" || answer.kind === "broken" ? answer.findings : [];
  return findings.map(({ rule, severity, entry, found }) => ({
    lsp: lsp.nodeId,
    offer: orNull(entry, (index) => index + 1),
    rule,
    severity,
    says: rules[rule].says,
    found,
    source: rules[rule].source,
  }));
}

export function quoteRows(ctx: CommandContext, quotes: readonly LspQuote[], around: Circumstances) {
  return {
    lsps: quotes.map((quote) => lspRowOf(ctx, quote, around)),
    menu: quotes.flatMap(({ lsp, offers }) => offers.map((offer) => offerRowOf(lsp, offer))),
    deviations: quotes.flatMap(deviationsOf),
  };
}

/** `23h 59m`, `9m 58s`. */
export function lasting(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours > 0 ? `${hours}h ${minutes}m` : `${minutes}m ${seconds % 60}s`;
}

const columns = ["LSP", "fee_msat", "arrives_msat", "channel_sat", "room_after_msat", "valid_for"];
const SHOWN_OFFERS = 12;
const SHOWN_DEVIATIONS = 8;

function cut(view: View, all: number, shown: number): View {
  if (all <= shown) return view;
  return { kind: "stack", views: [view, { kind: "lines", lines: [`and ${all - shown} more; --json has them all`] }] };
}

/** The comparison first; the menu where it says more than that, and what is wrong with it. */
export function quoteView(result: QuoteResult): View {
  const { lsps, menu, deviations, amount_msat } = result;
  const nameOf = (id: string) => {
    const alias = lsps.find(({ lsp }) => lsp === id)?.alias;
    return alias ?? lspName({ aliasOf: () => undefined }, { nodeId: id });
  };
  const { cheapest } = result;
  const used = lsps.find(({ in_use }) => in_use)?.lsp;
  const compared = lsps
    .filter(({ obstacle }) => obstacle === null)
    .map(
      (row): JsonObject => ({
        LSP: nameOf(row.lsp),
        fee_msat: row.opening_fee_msat,
        arrives_msat: row.arrives_msat,
        channel_sat: row.channel_sat,
        size: row.channel_is_least ? "or more" : "as said",
        room_after_msat: row.inbound_after_msat,
        valid_for: row.valid_for_ms === null ? "–" : lasting(row.valid_for_ms),
      }),
    );
  const obstacles = lsps.flatMap(({ lsp, obstacle }) => (obstacle === null ? [] : [`${nameOf(lsp)} ${obstacle}`]));
  const offers = menu.slice(0, SHOWN_OFFERS).map(
    (row): JsonObject => ({
      LSP: nameOf(row.lsp),
      offer: row.offer,
      min_fee_msat: row.min_fee_msat,
      ppm: row.fee_ppm,
      takes: `${withoutUnit(row.min_payment_msat)} to ${cellOf("max_msat", row.max_payment_msat)}`,
      here: row.unfit === null ? cellOf("opening_fee_msat", row.opening_fee_msat) : row.unfit.replaceAll("_", " "),
    }),
  );
  const wrong = deviations
    .slice(0, SHOWN_DEVIATIONS)
    .map(
      ({ lsp, offer, severity, says, found, source }) =>
        `${nameOf(lsp)}${offer === null ? "" : `, offer ${offer}`}: ${severity}, ${source}: ${says}; found ${found}`,
    );
  const card = {
    payment_msat: amount_msat,
    cheapest: cheapest === null ? "none" : nameOf(cheapest),
    in_use: used === undefined ? "none" : nameOf(used),
  };
  const views: View[] = [
    cardView(card),
    tableView(compared, "", lsps.some((row) => row.channel_is_least) ? [...columns, "size"] : columns),
  ];
  if (obstacles.length > 0) views.push({ kind: "lines", lines: obstacles });
  views.push(cut(tableView(offers, "no offers"), menu.length, SHOWN_OFFERS));
  if (wrong.length > 0) views.push(cut({ kind: "lines", lines: wrong }, deviations.length, SHOWN_DEVIATIONS));
  return { kind: "stack", views };
}

function withoutUnit(msat: string): string {
  return cellOf("min_msat", msat).replace(/ sat$/, "");
}
