import { optional } from "../commands/arguments.ts";
import { type Action, defineAction } from "../commands/command.ts";
import { CommandError } from "../commands/command-error.ts";
import { helpEntry, helpResult, helpView } from "../commands/help.ts";
import { named } from "../commands/kinds.ts";
import { nearest } from "../commands/nearest.ts";
import { commands } from "../commands/table.ts";
import { forms } from "./forms.ts";
import type { StageContext, Verb } from "./stage.ts";

function formEntry({ notes, ...form }: (typeof forms)[number]) {
  return { ...form, aliases: [], roles: [], arguments: [], notes: [...notes] };
}

/** `help` where verbs can be typed too: both tables. */
export function helpVerb(verbs: () => readonly Verb[]): Action<StageContext> {
  return defineAction({
    name: "help",
    summary: "what can be typed here; with a command, all about it",
    arguments: { about: optional("COMMAND", named("a command's name", "command"), "which one") },
    result: helpResult,
    async run({ stage }: StageContext, { about }) {
      const here = commands.filter((command) => command.roles.some((role) => stage.roles.includes(role)));
      const own = verbs().filter((verb) => verb.name !== "help" && (!verb.needsWorld || stage.world !== undefined));
      const entries = [...here.map(helpEntry), ...own.map(helpEntry), ...forms.map(formEntry)];
      if (about === undefined) return { commands: entries };
      const found = entries.find((entry) => entry.name === about || entry.aliases.includes(about));
      if (found !== undefined) return { commands: [found] };
      const close = nearest(
        about,
        entries.map((entry) => entry.name),
      );
      const hint = close === undefined ? "help alone lists them all." : `did you mean ${close}?`;
      throw new CommandError("unknown_command", `There is no command ${about}; ${hint}`);
    },
    view: (result) => helpView(result.commands),
  });
}
