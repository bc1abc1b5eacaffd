/** Either side is killed in the midst of settlements, again and again (docs/kills.md). */
import { expect, test } from "bun:test";
import { runKills } from "./kills/run.ts";
import { tallyLines } from "./kills/tally.ts";

const KILLS = 50;

test(`after each of ${KILLS} kills the channel lives and the books are equal, or LDK closed it and all is accounted for`, async () => {
  const seed = process.env["KILLS_SEED"] ?? String(Date.now());
  const tally = await runKills({ kills: KILLS, seed, say: () => undefined });
  process.stdout.write(`kills with seed ${seed}\n${tallyLines(tally).join("\n")}\n`);
  expect(tally.kills.user + tally.kills.lsp).toBe(KILLS);
}, 600_000);
