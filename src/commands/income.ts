/** What this node earned by serving others: opening fees of channels, fees of forwards, fees of conversions. */
import { z } from "zod";
import type { ForwardRecord } from "../stable/ledger.ts";
import { flag } from "./arguments.ts";
import { defineCommand } from "./command.ts";
import type { CommandContext, ConversionFee } from "./context.ts";
import { amountField, decimal, orNull, rfc3339, timeField } from "./fields.ts";
import { integer } from "./kinds.ts";
import { cardView, tableView } from "./view.ts";

const DAY_SECONDS = 86_400;
const DAYS = 30;

/** One thing that was earned. */
interface Earning {
  kind: "opening" | "forwarding" | "conversion";
  at: number;
  /** Whom it came through: who got the channel, who sent the payment to us, whose dollars were converted. */
  peer: string;
  msat: bigint;
}

/**
 * LDK counts what was skimmed into the total of a forward. A total it can't tell (the HTLC is claimed on chain, at a
 * cost not known yet) is left out, and with it what LDK may say twice.
 */
function earnedBy(forward: ForwardRecord): Earning[] {
  const { at, feeEarnedMsat, skimmedFeeMsat = 0n } = forward;
  if (feeEarnedMsat === undefined) return [];
  const from = forward.prevNodeId ?? forward.prevChannelId;
  const to = forward.nextNodeId ?? forward.nextChannelId;
  return [
    { kind: "opening" as const, at, peer: to, msat: skimmedFeeMsat },
    { kind: "forwarding" as const, at, peer: from, msat: feeEarnedMsat - skimmedFeeMsat },
  ].filter(({ msat }) => msat > 0n);
}

function convertedBy({ at, peer, feeMsat }: ConversionFee): Earning {
  return { kind: "conversion", at, peer, msat: feeMsat };
}

const sums = {
  opening_fees_msat: amountField,
  forwarding_fees_msat: amountField,
  conversion_fees_msat: amountField,
  total_msat: amountField,
};

function sumOf(earnings: readonly Earning[]) {
  const of = (kind?: Earning["kind"]) =>
    decimal(earnings.reduce((sum, one) => (kind === undefined || one.kind === kind ? sum + one.msat : sum), 0n));
  return {
    opening_fees_msat: of("opening"),
    forwarding_fees_msat: of("forwarding"),
    conversion_fees_msat: of("conversion"),
    total_msat: of(),
  };
}

const dayOf = ({ at }: Earning): string => rfc3339(at).slice(0, 10);

/** From the first moment of the day (UTC) `days` - 1 days ago. */
async function earnings(ctx: CommandContext, days: number) {
  const now = ctx.now();
  const since = now - (now % DAY_SECONDS) - (days - 1) * DAY_SECONDS;
  const forwards = await ctx.store.forwardsSince(since);
  const conversions = await ctx.stable.conversionFees(since);
  return { since, forwards: forwards.length, all: [...forwards.flatMap(earnedBy), ...conversions.map(convertedBy)] };
}

export const incomeCommands = [
  defineCommand({
    name: "income",
    roles: ["lsp", "exchange"],
    summary: "what this node earned: opening, forwarding and conversion fees, by day and by peer",
    notes: [
      "An opening fee counts for the peer that got the channel, a forwarding fee for the one that sent the payment to",
      "us, a conversion fee for the receiver of the dollars, at the price of the conversion. Days are UTC.",
    ],
    arguments: { days: flag("--days", "N", integer(1, 3650), `how many days, today included; ${DAYS}`) },
    result: z.strictObject({
      days: z.int(),
      since_at: timeField,
      forwards: z.int(),
      ...sums,
      by_day: z.array(z.strictObject({ day: z.string(), ...sums })),
      by_peer: z.array(z.strictObject({ peer: z.string(), alias: z.string().nullable(), ...sums })),
    }),
    async run(ctx, { days = DAYS }) {
      const { since, forwards, all } = await earnings(ctx, days);
      const byDay = Map.groupBy(all, dayOf);
      const byPeer = Map.groupBy(all, ({ peer }) => peer);
      const total = (of: readonly Earning[]) => of.reduce((sum, { msat }) => sum + msat, 0n);
      return {
        days,
        since_at: rfc3339(since),
        forwards,
        ...sumOf(all),
        by_day: [...byDay].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, of]) => ({ day, ...sumOf(of) })),
        by_peer: [...byPeer]
          .sort(([, a], [, b]) => Number(total(b) - total(a)))
          .map(([peer, of]) => ({ peer, alias: orNull(ctx.aliasOf(peer), (name) => name), ...sumOf(of) })),
      };
    },
    view: ({ by_day, by_peer, ...whole }) => ({
      kind: "stack",
      views: [
        cardView(whole),
        ...[by_day, by_peer].filter((rows) => rows.length > 0).map((rows) => tableView(rows, "")),
      ],
    }),
  }),
];
