/** Replays a price file at any speed, one source named after the file. */
import { basename } from "node:path";
import type { Clock } from "../clock.ts";
import { price } from "../stable/units.ts";
import type { Points } from "./bridge.ts";
import type { Driver, Round } from "./driver.ts";
import { PriceError } from "./errors.ts";
import { fileHistory } from "./history.ts";
import { liveRules, type Rules } from "./rules.ts";

/** One source is all there is, and what a history holds did happen: no quorum, no breaker. */
const replayRules: Rules = { ...liveRules, quorum: 1, stepBps: 1_000_000_000, jumpBps: 1_000_000_000 };

export interface FileOptions {
  path: string;
  /** File seconds per real second. */
  speed: number;
  seed: number;
  clock: Clock;
  tickMs: number;
}

export function fileDriver(options: FileOptions): Driver {
  const { path, speed, clock, tickMs } = options;
  const source = basename(path);
  let generation = 0;
  let cancel: (() => void) | undefined;
  /** How far into the file the replay has come; a restart goes on from there. */
  let elapsedMs = 0;

  async function replay(take: (round: Round) => void, fail: (reason: string) => void, mine: number): Promise<void> {
    const history = await fileHistory(path, { stepMs: Math.max(tickMs * speed, 1_000), seed: options.seed });
    const startedMs = clock.steadyMs() - elapsedMs / speed;
    let firstMs: number | undefined;
    let now = Number.NaN;
    const elapse = (): number => {
      elapsedMs = (clock.steadyMs() - startedMs) * speed;
      return elapsedMs;
    };
    const tell = (): void => {
      take({ nowMs: elapsedMs, observations: [{ source, atMs: elapsedMs, price: price(BigInt(now)) }] });
    };
    for await (const points of history.points) {
      for (let i = 0; i < points.length; i++) {
        const at = pointTime(points, i);
        firstMs ??= at;
        // Each tick tells the last price at or before its moment.
        for (;;) {
          if (mine !== generation) return;
          if (at - firstMs <= elapse()) break;
          tell();
          await new Promise<void>((resolve) => {
            cancel = clock.after(tickMs, resolve);
          });
        }
        now = points.price[i] ?? now;
      }
    }
    if (mine !== generation) return;
    elapse();
    tell();
    fail(`the file ${source} has ended`);
  }

  return {
    label: `file ${source} (replay)`,
    synthetic: false,
    rules: replayRules,
    sources: [source],
    start(take, fail) {
      const mine = ++generation;
      replay(take, fail, mine).catch((error: unknown) => {
        if (mine === generation)
          fail(error instanceof PriceError ? error.message : `the replay stopped: ${String(error)}`);
      });
    },
    stop() {
      generation++;
      cancel?.();
    },
  };
}

function pointTime(points: Points, i: number): number {
  return points.timeMs[i] ?? 0;
}
