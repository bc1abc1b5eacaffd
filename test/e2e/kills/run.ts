/** Many kills in a row, on one pair, and what came of them. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedChain } from "../../../src/app/chain-control.ts";
import { loadLibrary } from "../../../src/ffi/library.ts";
import { seeded } from "../../sim/random.ts";
import { checkClosed } from "./closed.ts";
import { checkMoney, collect, type Money } from "./money.ts";
import { openPair, type Pair, type SideName, sides } from "./pair.ts";
import { killOnce } from "./round.ts";
import { checkShares, shareOf } from "./share.ts";

export interface Tally {
  kills: Record<SideName, number>;
  /** The channel was closed, by who had been killed. */
  closed: Record<SideName, number>;
  /** What the two owners read about a closed channel, and how often. */
  reasons: Map<string, number>;
  settlements: number;
  /** From the restart of a killed side until the outcome was there. */
  recoveryMs: number[];
  money: Money;
}

export interface Options {
  kills: number;
  seed: string;
  /** Called with a line about each kill. */
  say: (line: string) => void;
}

/** @throws where a kill has another outcome than the two; the data of both is kept and named then */
export async function runKills({ kills, seed, say }: Options): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), "peer-stables-kills-"));
  const blocks = join(folder, "chain");
  mkdirSync(blocks);
  const chain = await embeddedChain(loadLibrary(), blocks);
  let pair: Pair | undefined;
  let at = "the start";
  try {
    pair = await openPair(chain, folder);
    const tally = await killAll(pair, { kills, seed, say }, (where) => {
      at = where;
    });
    await pair.close();
    rmSync(folder, { recursive: true });
    return tally;
  } catch (cause) {
    await pair?.close();
    throw new Error(`${at} of seed ${seed}: ${String(cause)}; the data is in ${folder}`, { cause });
  } finally {
    await chain.close();
  }
}

async function killAll(pair: Pair, { kills, seed, say }: Options, at: (where: string) => void) {
  const random = seeded(`kills ${seed}`);
  const tally = emptyTally();
  let agreementId = await pair.peg();
  /** One for each channel there was. */
  const agreementIds = [agreementId];
  let share = await shareOf(pair, agreementIds);
  for (let n = 1; n <= kills; n++) {
    at(`kill ${n}`);
    const { kind, side, recoveryMs } = await killOnce(pair, agreementId, random.fork(String(n)));
    tally.kills[side] += 1;
    tally.recoveryMs.push(recoveryMs);
    if (kind === "lives") {
      say(`${n}: ${side} was killed, the channel lives (${recoveryMs} ms)`);
      share = await checkShares(pair, agreementIds, share);
      continue;
    }
    const reasons = await checkClosed(pair, agreementId);
    const said = sides.map((name) => `${name}: ${reasons[name]}`).join("; ");
    say(`${n}: ${side} was killed, LDK closed the channel (${recoveryMs} ms). ${said}`);
    tally.closed[side] += 1;
    const reason = `${side} killed. ${said}`;
    tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1);
    // The same target on a fresh channel.
    agreementId = await pair.peg();
    agreementIds.push(agreementId);
    share = await shareOf(pair, agreementIds);
  }
  at("the money at the end");
  await collect(pair);
  tally.settlements = agreementIds.reduce((sum, id) => sum + settled(pair, id), 0);
  return { ...tally, money: await checkMoney(pair, agreementIds) };
}

function emptyTally(): Omit<Tally, "money"> {
  const kills = { user: 0, lsp: 0 };
  return { kills, closed: { ...kills }, reasons: new Map(), settlements: 0, recoveryMs: [] };
}

function settled(pair: Pair, agreementId: string): number {
  return pair.book("user", agreementId).settlements.filter(({ status }) => status === "succeeded").length;
}
