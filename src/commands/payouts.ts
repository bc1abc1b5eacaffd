/** What peers paid out of channels whose state this node has lost: found by the seed alone, collected into the wallet. */
import { z } from "zod";
import type { Node, Payout } from "../node/port.ts";
import { type Sat, sat } from "../stable/units.ts";
import { optional } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import { amountField, decimal, hexField, orNull } from "./fields.ts";
import { feeRate } from "./kinds.ts";

export interface Collected {
  /** How many scripts were looked at. */
  scripts: number;
  found: Payout[];
  /** Of the transaction that pays what was ready to the wallet. */
  txid?: string;
  amountSat: Sat;
  feeSat: Sat;
  /** Found, ours, and not collected yet: not deep enough, or not worth its fee now. */
  waitingSat: Sat;
}

/**
 * Looks at every script that can hold such a payout and collects what is ready.
 * @param feeRateSatPerVb the node's own estimate when left out
 * @throws `chain_unreachable`, `chain_rate_limited`; nothing was sent then
 */
export async function collectPayouts(
  node: Pick<Node, "findPayouts" | "sweepPayouts">,
  feeRateSatPerVb?: number,
): Promise<Collected> {
  const found: Payout[] = [];
  let scripts = 0;
  for (let from: number | undefined = 0; from !== undefined; ) {
    const part = await node.findPayouts(from);
    found.push(...part.outputs);
    scripts = part.scripts;
    from = part.next;
  }
  const confirming = sumOf(found.filter(({ state }) => state === "confirming"));
  const outputs = found.filter(({ state }) => state === "ready");
  if (outputs.length === 0) return { scripts, found, amountSat: sat(0n), feeSat: sat(0n), waitingSat: sat(confirming) };
  const rate = feeRateSatPerVb === undefined ? {} : { feeRateSatPerVb };
  const { leftSat, ...swept } = await node.sweepPayouts({ outputs, ...rate });
  return { scripts, found, ...swept, waitingSat: sat(confirming + leftSat) };
}

function sumOf(payouts: readonly Payout[]): bigint {
  return payouts.reduce((sum, { amountSat }) => sum + amountSat, 0n);
}

export const payoutCommands = [
  defineCommand({
    name: "recoverpayouts",
    roles: everyRole,
    summary: "collect what peers paid out of channels that were lost with this node's data",
    notes: [
      "After a restore by words, or without channels: connect to each peer there was a channel with. It closes the channel by force",
      "and pays your share to a script that only the seed knows; this finds and collects it once it is 7 blocks deep.",
      "Payments that were under way at the close, and dollars the peer owed beyond the channel's last state, are not in it.",
      "What the node collects by itself (tracked) is left to it. For 60 days after such a restore this is done by itself.",
      "A public Esplora server is asked 2,000 questions, slowly: some minutes.",
    ],
    arguments: { rate: optional("FEERATE", feeRate, "sat per vB; left out, the node's own estimate") },
    result: z.strictObject({
      scripts: z.int(),
      txid: hexField.nullable(),
      collected_sat: amountField,
      fee_sat: amountField,
      waiting_sat: amountField,
      payouts: z.array(
        z.strictObject({
          txid: hexField,
          vout: z.int(),
          amount_sat: amountField,
          height: z.int().nullable(),
          state: z.string(),
        }),
      ),
    }),
    async run({ node }, { rate }) {
      const { scripts, found, txid, amountSat, feeSat, waitingSat } = await collectPayouts(node, rate);
      return {
        scripts,
        txid: txid ?? null,
        collected_sat: decimal(amountSat),
        fee_sat: decimal(feeSat),
        waiting_sat: decimal(waitingSat),
        payouts: found.map(({ txid: of, vout, amountSat: amount, height, state }) => ({
          txid: of,
          vout,
          amount_sat: decimal(amount),
          height: orNull(height, (h) => h),
          state,
        })),
      };
    },
  }),
];
