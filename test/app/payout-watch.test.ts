/** A restored role collects by itself what its peers pay out: once it is synced, in pauses, told once. */
import { expect, test } from "bun:test";
import { watchPayouts } from "../../src/app/payout-watch.ts";
import type { Payout } from "../../src/node/port.ts";
import type { Change } from "../../src/stable/ledger.ts";
import { sat } from "../../src/stable/units.ts";
import { createRoles } from "../commands/fake-roles.ts";
import { manualClock } from "../price/manual-clock.ts";

const HOUR_MS = 3_600_000;
const payout: Payout = { script: 4, txid: "a".repeat(64), vout: 1, amountSat: sat(50_000n), state: "ready" };

function watching(untilMs: number) {
  const clock = manualClock();
  const { node } = createRoles().of.user.context;
  const state = { synced: true, outputs: [payout], looks: 0, swept: 0 };
  const told: Change[] = [];
  const broken: unknown[] = [];
  const stop = watchPayouts({
    node: {
      status: async () => ({ ...(await node.status()), synced: state.synced }),
      async findPayouts() {
        state.looks += 1;
        return { scripts: 2_000, outputs: state.outputs };
      },
      async sweepPayouts() {
        state.swept += 1;
        return { txid: "b".repeat(64), amountSat: sat(49_000n), feeSat: sat(1_000n), leftSat: sat(0n) };
      },
    },
    store: {
      async commit(changes) {
        told.push(...changes);
      },
    },
    network: "signet",
    clock,
    until: Math.floor((clock.wallMs() + untilMs) / 1000),
    broken: (error) => broken.push(error),
  });
  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  }
  return { state, told, broken, stop, pass };
}

test("what is ready is collected and told, the same thing once", async () => {
  const { state, told, broken, pass } = watching(30 * HOUR_MS);
  await pass(10_000);
  expect(state).toMatchObject({ looks: 1, swept: 1 });
  expect(told).toMatchObject([
    { entry: { kind: "payouts_found", data: { collected_sat: "49000", waiting_sat: "0" } } },
  ]);
  state.outputs = [{ ...payout, state: "being_spent" }];
  await pass(7 * HOUR_MS);
  await pass(7 * HOUR_MS);
  expect(state).toMatchObject({ looks: 3, swept: 1 });
  expect(told).toHaveLength(2);
  expect(broken).toEqual([]);
});

test("a node that is not synced collects nothing, and none looks after its time or its stop", async () => {
  const { state, stop, pass } = watching(8 * HOUR_MS);
  state.synced = false;
  await pass(10_000);
  expect(state.looks).toBe(0);
  state.synced = true;
  await pass(7 * HOUR_MS);
  expect(state.looks).toBe(1);
  await pass(7 * HOUR_MS);
  await pass(7 * HOUR_MS);
  expect(state.looks).toBe(2);
  const other = watching(8 * HOUR_MS);
  other.stop();
  stop();
  await other.pass(HOUR_MS);
  expect(other.state.looks).toBe(0);
});
