/** `bun run kills -- --kills 500 --seed N`: kills either side at random and says what came of it (docs/kills.md). */
import { parseArgs } from "node:util";
import { runKills } from "./run.ts";
import { tallyLines } from "./tally.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    quiet: { type: "boolean", default: false },
  },
});
const kills = Number(values.kills);
if (!Number.isSafeInteger(kills) || kills < 1) {
  process.stderr.write(`--kills ${values.kills} is not a whole number from 1\n`);
  process.exit(2);
}
const print = (line: string): unknown => process.stdout.write(`${line}\n`);

try {
  const tally = await runKills({ kills, seed: values.seed, say: values.quiet ? () => undefined : print });
  for (const line of tallyLines(tally)) print(line);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
