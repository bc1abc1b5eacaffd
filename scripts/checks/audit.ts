/**
 * Known weaknesses of the dependencies. What could not be asked is said in lines that begin with "not checked:", and
 * fails nothing: a registry that does not answer is no fault of ours. Exit code 1 when something was found.
 */
import { dirname } from "node:path";
import { type Answer, askNpm, askRustSec } from "./advisories.ts";
import { lockFileProblems } from "./lock-files.ts";
import { askForYanked } from "./yanked.ts";

const root = dirname(dirname(import.meta.dir));

const questions: readonly { what: string; ask: () => Answer }[] = [
  {
    what: "lock files: sources, checksums, versions with known weaknesses",
    ask: () => ({ asked: true, problems: lockFileProblems(root) }),
  },
  { what: "yanked crates (crates.io's index)", ask: () => askForYanked(root) },
  { what: "npm's advisories", ask: () => askNpm(root) },
  { what: "RustSec's advisories", ask: () => askRustSec(root) },
];

let found = 0;
for (const { what, ask } of questions) {
  const answer = ask();
  if (answer.asked) {
    found += answer.problems.length;
    process.stdout.write([`checked: ${what}: ${answer.problems.length} problems`, ...answer.problems, ""].join("\n"));
  } else process.stdout.write(`not checked: ${what}: ${answer.reason}\n`);
}
process.exit(found > 0 ? 1 : 0);
