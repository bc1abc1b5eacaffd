/** One kill: at a random moment of a stream of settlements, then a restart, then one of two outcomes. */
import type { Random } from "../../sim/random.ts";
import { SeatGone } from "../seat.ts";
import { until } from "../until.ts";
import { differences } from "./compare.ts";
import { type Pair, type SideName, sides } from "./pair.ts";

/** 0.4 % apart: beyond the band of 0.25 %, within what each lets the other's price differ. */
const PRICES = [100_000, 100_400] as const;
const BAND_BPS = 25;
/** Settlements of the stream take 0.1 to 0.3 s each. */
const LATEST_KILL_MS = 700;
const PATIENCE_MS = 90_000;

export interface Outcome {
  kind: "lives" | "closed";
  /** Who was killed. */
  side: SideName;
  /** From the restart on. */
  recoveryMs: number;
}

/** Prices move and both settle, again and again, until one side is gone. */
async function stream(pair: Pair, agreementId: string, running: () => boolean): Promise<void> {
  try {
    while (running()) {
      await pair.setPrice(pair.price() === PRICES[0] ? PRICES[1] : PRICES[0]);
      await until(async () => !running() || (await atRest(pair, agreementId)), PATIENCE_MS);
    }
  } catch (error) {
    if (!(error instanceof SeatGone)) throw error;
  }
}

/** @throws where after the kill neither of the two outcomes comes about */
export async function killOnce(pair: Pair, agreementId: string, random: Random): Promise<Outcome> {
  const side = random.pick(sides);
  const afterMs = random.int(0, LATEST_KILL_MS);
  let running = true;
  const streaming = stream(pair, agreementId, () => running);
  // The moment of the kill is the point: this is no wait for something to happen.
  await Bun.sleep(afterMs);
  running = false;
  await pair.kill(side);
  await streaming;
  const began = performance.now();
  await pair.start(side);
  const kind = await outcomeOf(pair, agreementId);
  return { kind, side, recoveryMs: Math.round(performance.now() - began) };
}

/** Both list the channel as usable, the books are equal and at rest and the peg in band; or it is gone for both. */
async function outcomeOf(pair: Pair, agreementId: string): Promise<Outcome["kind"]> {
  await pair.setPrice(pair.price());
  let kind: Outcome["kind"] = "lives";
  await until(async () => {
    const lists = await Promise.all(sides.map((side) => pair.channels(side)));
    if (lists.every(({ channels }) => channels.length === 0)) {
      kind = "closed";
      return bothAre(pair, agreementId, "ended");
    }
    // A side that has closed tells the other; if it can't, its transaction does, once it is in a block.
    if ((await pair.chain.mempool()).length > 0) await pair.chain.mine(1);
    return lists.every(({ channels }) => channels[0]?.usable) && (await atRest(pair, agreementId));
  }, PATIENCE_MS);
  return kind;
}

export function problems(pair: Pair, agreementId: string): string[] {
  return differences(pair.book("user", agreementId), pair.book("lsp", agreementId));
}

async function atRest(pair: Pair, agreementId: string): Promise<boolean> {
  return problems(pair, agreementId).length === 0 && (await bothAre(pair, agreementId, "active", BAND_BPS));
}

async function bothAre(pair: Pair, agreementId: string, status: string, mostBps = Infinity): Promise<boolean> {
  const lists = await Promise.all(sides.map((side) => pair.agreements(side)));
  return lists.every((list) => {
    const row = list.find((agreement) => agreement.agreement_id === agreementId);
    return row?.status === status && Math.abs(row.drift_bps ?? 0) <= mostBps;
  });
}
