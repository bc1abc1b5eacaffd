import { type Action, defineAction } from "../commands/command.ts";
import { entriesAbout, helpAbout, helpEntry, helpResult, helpView } from "../commands/help.ts";
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
    arguments: { about: helpAbout },
    result: helpResult,
    async run({ stage }: StageContext, { about }) {
      const here = commands.filter((command) => command.roles.some((role) => stage.roles.includes(role)));
      const own = verbs().filter((verb) => verb.name !== "help" && (!verb.needsWorld || stage.world !== undefined));
      const entries = [...here.map(helpEntry), ...own.map(helpEntry), ...forms.map(formEntry)];
      if (about === undefined) return { commands: entries };
      return { commands: entriesAbout(about, entries) };
    },
    view: (result) => helpView(result.commands),
  });
}
