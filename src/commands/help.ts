/** help and exit. What help says of a command is all in the table. */
import { z } from "zod";
import { rest } from "./arguments.ts";
import { usageOf } from "./bind.ts";
import { type Action, type Command, defineCommand, everyRole } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { commandName } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import type { View } from "./view.ts";

const entry = z.strictObject({
  name: z.string(),
  usage: z.string(),
  summary: z.string(),
  aliases: z.array(z.string()),
  roles: z.array(z.string()),
  arguments: z.array(z.strictObject({ label: z.string(), summary: z.string(), default: z.string().nullable() })),
  notes: z.array(z.string()),
});
type Entry = z.output<typeof entry>;
export const helpResult = z.strictObject({ commands: z.array(entry) });

/** All that a command says of itself, for help, docs and tests. */
export function helpEntry(action: Action<never> & { roles?: readonly string[] }): Entry {
  return {
    name: action.name,
    usage: usageOf(action.name, action.arguments),
    summary: action.summary,
    aliases: [...action.aliases],
    roles: [...(action.roles ?? [])],
    arguments: action.arguments.map((arg) => ({
      label: arg.value === undefined ? arg.label : `${arg.label} ${arg.value}`,
      summary: arg.place === "switch" ? arg.summary : `${arg.summary} (${arg.expects})`,
      default: arg.fallback ?? null,
    })),
    notes: [...action.notes],
  };
}

function fullText(one: Entry): View {
  const fields: [string, string][] = one.arguments.map((arg) => [
    arg.label,
    arg.default === null ? arg.summary : `${arg.summary}; default ${arg.default}`,
  ]);
  const also = one.aliases.length === 0 ? [] : [`also ${one.aliases.join(", ")}`];
  const roles = one.roles.length === 0 || one.roles.length === everyRole.length ? [] : [`for ${one.roles.join(", ")}`];
  const head = [one.usage, `  ${one.summary}`, ...[...also, ...roles, ...one.notes].map((text) => `  ${text}`)];
  const views: View[] = [{ kind: "lines", lines: head }];
  if (fields.length > 0) views.push({ kind: "card", fields });
  return { kind: "stack", views };
}

/** The whole list as a table, one command in full. */
export function helpView(entries: readonly Entry[]): View {
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return fullText(only);
  return {
    kind: "table",
    empty: "no commands",
    columns: ["command", "roles", "what it does"].map((title) => ({ title, align: "left" as const })),
    rows: entries.map((one) => [
      one.usage,
      one.roles.length === everyRole.length ? "all" : one.roles.join(", "),
      one.summary,
    ]),
  };
}

export const helpAbout = rest("COMMAND", commandName, "which one");

/**
 * What help tells of a name, of one word or two: `lsps2` is about all that begin with it.
 * @throws CommandError `unknown_command`, with the nearest name
 */
export function entriesAbout(about: string, entries: readonly Entry[]): Entry[] {
  const found = entries.filter(
    ({ name, aliases }) => name === about || aliases.includes(about) || name.startsWith(`${about} `),
  );
  if (found.length > 0) return found;
  const close = nearest(
    about,
    entries.map(({ name }) => name),
  );
  const hint = close === undefined ? "help alone lists them all." : `did you mean ${close}?`;
  throw new CommandError("unknown_command", `There is no command ${about}; ${hint}`);
}

/** @param table the whole table, this command in it */
export function sessionCommands(table: () => readonly Command[]) {
  return [
    defineCommand({
      name: "help",
      roles: everyRole,
      shared: true,
      summary: "what can be typed here; with a command, all about it",
      arguments: { about: helpAbout },
      result: helpResult,
      async run(ctx, { about }) {
        if (about === undefined) {
          return {
            commands: table()
              .filter((c) => c.roles.includes(ctx.role))
              .map(helpEntry),
          };
        }
        return { commands: entriesAbout(about, table().map(helpEntry)) };
      },
      view: ({ commands }) => helpView(commands),
    }),
    defineCommand({
      name: "exit",
      aliases: ["quit"],
      roles: everyRole,
      shared: true,
      summary: "stop cleanly and leave",
      quits: true,
      arguments: {},
      result: z.strictObject({}),
      run: async () => ({}),
      view: () => ({ kind: "lines", lines: [] }),
    }),
  ];
}
