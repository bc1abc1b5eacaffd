/** What a newcomer types, in the README's own words; a step that the README no longer has is an error. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface ReadmeStep {
  command: string;
  /** What its output has to have in it. */
  shows: RegExp;
}

const steps: readonly ReadmeStep[] = [
  { command: "npx -y bun run demo -- --script scripts/demo.txt", shows: /^as expected: 0$/m },
  { command: "npx -y bun run start --help", shows: /^ {2}getjitinvoice /m },
];

/** What the README says in place of it for an npm that runs no install scripts unless told to. */
const OLD_NPX = "npx -y bun";
const NEW_NPX = "npx -y --allow-scripts=bun bun";
const SINCE = 12;

/**
 * @param npm the version of the machine's npm, as `npm --version` says it
 * @throws Error naming the step that is not in the README
 */
export function readmeSteps(root: string, npm: string): readonly ReadmeStep[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const gone = [...steps.map(({ command }) => command), NEW_NPX].find((said) => !readme.includes(said));
  if (gone !== undefined) throw new Error(`README.md no longer says "${gone}"; tell scripts/fresh/readme-steps.ts`);
  if (Number.parseInt(npm, 10) < SINCE) return steps;
  return steps.map((step) => ({ ...step, command: step.command.replace(OLD_NPX, NEW_NPX) }));
}
