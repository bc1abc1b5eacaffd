/** What packages install beside the program, by path from the root: manual page and completions. */
import { manualPage } from "../src/app/manual.ts";
import { program } from "../src/app/program.ts";
import { completionScript, shells } from "../src/commands/completions.ts";

export function manualFiles(): Record<string, string> {
  const scripts = shells.map((shell) => [`docs/man/peer-stables.${shell}`, completionScript(shell, program)]);
  return { "docs/man/peer-stables.1": manualPage(), ...Object.fromEntries(scripts) };
}
