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

/** @throws Error naming the step that is not in the README */
export function readmeSteps(root: string): readonly ReadmeStep[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const gone = steps.find(({ command }) => !readme.includes(command));
  if (gone !== undefined)
    throw new Error(`README.md no longer says "${gone.command}"; tell scripts/fresh/readme-steps.ts`);
  return steps;
}
