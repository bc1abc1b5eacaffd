/** One schedule from beginning to end: its steps, then the end of all faults, then what must be true for good. */

import { defaultTerms } from "../../src/stable/terms.ts";
import { agreed, booksOf, inBand, whole } from "./outcome.ts";
import { seeded } from "./random.ts";
import { isFault, runStep, type Step, scheduleOf } from "./steps.ts";
import { endWorld, newWorld, type World } from "./world.ts";

export interface Result {
  seed: string;
  steps: readonly Step[];
  /** The rule that was broken; undefined: none. */
  broken?: string;
  /** How often a settlement was paid, for the report. */
  settlements: number;
  /** How many pegs were carried over to new channels. */
  carried: number;
  /** Of all that happened; see truth.ts. */
  trace: string;
}

/** A share of the ledgers is read back at the end: as dear as a fifth of a schedule. */
const WHOLE = 0.2;
const TICK_MS = 2_500;
/** What is under way when the faults end has this long to arrive; then two checks have to do. */
const ARRIVAL_MS = 3_000;
const CHECKS_MS = 2 * 10_000 + 2_000;
/** Outboxes, deadlines and repeated ends are through after this, and what a peer's price was is forgotten. */
const QUIET_MS = 61 * 60_000;

export function stepsOf(seed: string): Step[] {
  return scheduleOf(seeded(`${seed}/steps`));
}

export async function runSchedule(seed: string, steps: readonly Step[] = stepsOf(seed)): Promise<Result> {
  const world = await newWorld(seed);
  try {
    for (const step of steps) {
      await world.pass(step.wait);
      runStep(world, step);
      if (world.truth.broken() !== undefined) break;
    }
    const faultless = !steps.some(({ kind }) => isFault(kind));
    if (world.truth.broken() === undefined) await finish(world, faultless);
    const broken = world.truth.broken();
    const settlements = world.names.flatMap((name) => [...booksOf(world, name).settlements.values()]);
    const paid = settlements.filter((s) => s.direction === "sent" && s.status === "succeeded").length;
    const wishes = world.names.flatMap((name) => [...booksOf(world, name).carryOvers.values()]);
    const carried = wishes.filter((w) => w.side === "receiver" && w.outcome?.kind === "done").length;
    const trace = world.truth.trace();
    return { seed, steps, settlements: paid, carried, trace, ...(broken === undefined ? {} : { broken }) };
  } finally {
    await endWorld(world);
  }
}

async function finish(world: World, faultless: boolean): Promise<void> {
  if (!faultless) await heal(world);
  await ticking(world, ARRIVAL_MS + CHECKS_MS);
  inBand(world, defaultTerms.toleranceBps);
  await world.clock.advance(QUIET_MS);
  await ticking(world, ARRIVAL_MS + CHECKS_MS);
  inBand(world, 0);
  agreed(world);
  if (world.random.chance(WHOLE)) await whole(world);
}

/** The end of all faults: everything runs, is connected and agrees on time and price. */
async function heal(world: World): Promise<void> {
  const { names, network, peers } = world;
  world.fates = { user: [], lsp: [], other: [] };
  world.skewBps = { user: 0, lsp: 0, other: 0 };
  network.connect(true);
  for (const name of names) {
    const peer = peers[name];
    peer.clock.repair();
    peer.disk.full(false);
    peer.disk.tear(undefined, () => undefined);
    peer.feed.hold(undefined);
    peer.crashAfter(undefined);
    if (!peer.running() || peer.stuck() !== undefined || peer.engine.fault() !== undefined) await peer.restart();
  }
  network.hurry();
}

async function ticking(world: World, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += TICK_MS) {
    world.tick();
    await world.pass(TICK_MS);
  }
}
