/** Looking for payouts part by part, and collecting what is ready of them. */
import { expect, test } from "bun:test";
import { collectPayouts } from "../../src/commands/payouts.ts";
import type { Node, Payout } from "../../src/node/port.ts";
import { sat } from "../../src/stable/units.ts";

type Sweep = Parameters<Node["sweepPayouts"]>[0];

const payout = (script: number, amount: bigint, state: Payout["state"]): Payout => ({
  script,
  txid: script.toString(16).padStart(64, "0"),
  vout: 0,
  amountSat: sat(amount),
  state,
});

/** A node that finds these, 100 scripts a part, and takes 1,000 sat of fee. */
function nodeWith(payouts: readonly Payout[], left = 0n) {
  const swept: Sweep[] = [];
  return {
    swept,
    async findPayouts(from: number) {
      const next = from + 100;
      const outputs = payouts.filter(({ script }) => script >= from && script < next);
      return { scripts: 250, outputs, ...(next < 250 ? { next } : {}) };
    },
    async sweepPayouts(request: Sweep) {
      swept.push(request);
      const amount = request.outputs.reduce((sum, { amountSat }) => sum + amountSat, 0n);
      return { txid: "f".repeat(64), amountSat: sat(amount - 1_000n - left), feeSat: sat(1_000n), leftSat: sat(left) };
    },
  };
}

test("every part is looked at, and only what is ready is collected", async () => {
  const found = [payout(3, 5_000n, "ready"), payout(120, 7_000n, "tracked"), payout(249, 9_000n, "confirming")];
  const node = nodeWith([...found, payout(130, 20_000n, "ready"), payout(7, 1n, "being_spent")], 400n);
  const collected = await collectPayouts(node, 3);
  expect(node.swept).toHaveLength(1);
  expect(node.swept[0]).toMatchObject({ feeRateSatPerVb: 3 });
  expect(node.swept[0]?.outputs.map(({ script }) => script)).toEqual([3, 130]);
  expect(collected).toMatchObject({ scripts: 250, txid: "f".repeat(64), amountSat: 23_600n, waitingSat: 9_400n });
  expect(collected.found).toHaveLength(5);
});

test("where nothing is ready nothing is sent", async () => {
  const node = nodeWith([payout(120, 7_000n, "tracked"), payout(249, 9_000n, "confirming")]);
  const collected = await collectPayouts(node);
  expect(node.swept).toEqual([]);
  expect(collected).toMatchObject({ amountSat: 0n, feeSat: 0n, waitingSat: 9_000n });
  expect(collected.txid).toBeUndefined();
});
