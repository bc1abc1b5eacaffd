import { commands, secondWords } from "../commands/table.ts";
import { forms } from "../script/forms.ts";
import type { Stage } from "../script/stage.ts";
import { verbs } from "../script/verbs.ts";

/** For readline: what the word at the end of the line could become, and that word. */
export function completionsFor(line: string, stage: Stage): [string[], string] {
  const words = line.replace(/^\s*\/?/, "").split(/\s+/);
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const role = stage.roles.find((name) => name === before[0]);
  const atCommand = before.length === 0 || (before.length === 1 && role !== undefined);
  const seconds = secondWords(before.at(-1) ?? "").map(({ word }) => word);
  const choices = atCommand ? commandNames(stage, role) : [...seconds, ...stage.roles, "last", "true", "false", "all"];
  return [choices.filter((name) => name.startsWith(last)).map((name) => `${name} `), last];
}

function commandNames(stage: Stage, role: string | undefined): string[] {
  const own = commands.filter((command) =>
    command.roles.some((r) => (role === undefined ? stage.roles.includes(r) : r === role)),
  );
  const names = own.map((command) => command.name);
  if (role !== undefined) return names;
  const usable = verbs.filter((verb) => !verb.needsWorld || stage.world !== undefined).map((verb) => verb.name);
  return [...(stage.roles.length > 1 ? stage.roles : []), ...names, ...usable, ...forms.map((form) => form.name)];
}
