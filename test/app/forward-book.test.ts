/** Forwards are booked once each, however often the node tells of them around a restart. */
import { afterEach, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { forwardBook } from "../../src/app/forward-book.ts";
import type { Clock } from "../../src/clock.ts";
import type { NodeEvent } from "../../src/node/port.ts";
import { msat } from "../../src/stable/units.ts";
import type { SqliteLedger } from "../../src/store/open-store.ts";
import { hurriedClock } from "../commands/hurried-clock.ts";
import { cleanUp, freshPath, openTemp } from "../store/temp-ledger.ts";

afterEach(cleanUp);

type Forwarded = Extract<NodeEvent, { kind: "payment_forwarded" }>;
const forward = (n: bigint): Forwarded => ({
  kind: "payment_forwarded",
  prevChannelId: "aa",
  nextChannelId: "bb",
  forwardedMsat: msat(50_000_000n + n),
  feeEarnedMsat: msat(1_000n),
  claimFromOnchain: false,
});

/** One run of a role over the ledger; the events come `ms` after its start. */
async function run(ledger: SqliteLedger, clock: Clock & { pass(ms: number): void }, ms: number, events: Forwarded[]) {
  const book = await forwardBook(ledger, clock, (n) => randomBytes(n));
  clock.pass(ms);
  for (const event of events) await ledger.commit(book.changes(event, Math.floor(clock.wallMs() / 1000)));
}

async function booked(ledger: SqliteLedger): Promise<bigint[]> {
  return (await ledger.forwards(100)).map((one) => (one.forwardedMsat ?? 0n) - 50_000_000n);
}

test("two alike within a second are two", async () => {
  const ledger = await openTemp({ path: freshPath() });
  await run(ledger, hurriedClock(), 0, [forward(1n), forward(1n)]);
  expect(await booked(ledger)).toEqual([1n, 1n]);
});

test("what the last run booked and the next is told again counts once, each as often as it was booked", async () => {
  const ledger = await openTemp({ path: freshPath() });
  const clock = hurriedClock();
  await run(ledger, clock, 0, [forward(1n), forward(2n), forward(2n)]);
  await run(ledger, clock, 100, [forward(2n), forward(2n), forward(2n), forward(3n)]);
  expect(await booked(ledger)).toEqual([1n, 2n, 2n, 2n, 3n]);
});

test("what is old, or comes when nothing is repeated any more, is new", async () => {
  const ledger = await openTemp({ path: freshPath() });
  const clock = hurriedClock();
  await run(ledger, clock, 0, [forward(1n)]);
  await run(ledger, clock, 5_000, [forward(1n)]);
  await run(ledger, clock, 60_000, [forward(2n)]);
  await run(ledger, clock, 100, [forward(1n)]);
  expect(await booked(ledger)).toEqual([1n, 1n, 2n, 1n]);
});
