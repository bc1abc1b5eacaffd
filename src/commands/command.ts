/** What a command is: a row of a table that scripts, one-shot use, the screen, help and completions all read. */
import type { z } from "zod";
import type { Role } from "../node/port.ts";
import type { Argument } from "./arguments.ts";
import { type Bound, bindWords, type NamedArgument } from "./bind.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { type JsonObject, resultView, type View } from "./view.ts";
import { type Line, lineText, type Word } from "./words.ts";

export interface Outcome {
  /** Parsed by the command's result schema; amounts are decimal text. */
  result: JsonObject;
  view(): View;
  /** Set by `exit` only: whoever runs the session ends it. */
  quit?: true;
}

/** A line that was read and can be run: here, or by another process that is told its text. */
export interface Call<Context> {
  /** The line without its role, every word of it as it was read. */
  text: string;
  run(context: Context): Promise<Outcome>;
  /** What came of it where it was run. @throws ZodError where it is no result of this action */
  outcomeOf(result: unknown): Outcome;
}

/** Something that can be typed: a command of a role, or a verb of the script language. */
export interface Action<Context> {
  name: string;
  aliases: readonly string[];
  summary: string;
  /** More for `help NAME`: rules, defaults, limits. */
  notes: readonly string[];
  /** Money moves: the screen asks before it runs it. */
  money: boolean;
  arguments: readonly NamedArgument[];
  resultSchema: z.ZodType<JsonObject>;
  /**
   * Reads every argument but those that `later` says are only known when the line runs.
   * @throws CommandError with the column
   */
  check(line: Line, later?: (word: Word) => boolean): void;
  /** Reads all arguments; nothing happens before the call is run. @throws CommandError with the column */
  prepare(line: Line): Call<Context>;
}

export interface Command extends Action<CommandContext> {
  roles: readonly Role[];
  /** Says the same for every role of a process, so that none needs to be named. */
  shared: boolean;
}

type Shape = Record<string, Argument<unknown>>;
type Values<A extends Shape> = { [K in keyof A]: A[K] extends Argument<infer T> ? T : never };

export interface ActionDefinition<Context, A extends Shape, R extends z.ZodType<JsonObject>> {
  name: string;
  aliases?: readonly string[];
  summary: string;
  notes?: readonly string[];
  money?: true;
  quits?: true;
  arguments: A;
  result: R;
  run(context: Context, args: Values<A>): Promise<z.input<R>>;
  /** Left out: a table where the result is one list, a card otherwise. */
  view?(result: z.output<R>): View;
}

/** Arguments, result and view typed by inference; the types end here, so that all actions fit one table. */
export function defineAction<Context, A extends Shape, R extends z.ZodType<JsonObject>>(
  definition: ActionDefinition<Context, A, R>,
): Action<Context> {
  const { name, aliases = [], notes = [], money = false, quits, result, summary } = definition;
  const args = Object.entries(definition.arguments).map(([key, arg]) => ({ ...arg, name: key }));

  /** Each key of the shape was read by its own argument: with all keys there it is what Values spells out. */
  function isWhole(values: Record<string, unknown>): values is Values<A> {
    return args.every((arg) => arg.name in values);
  }

  function read(bound: Bound): Values<A> {
    const values = Object.fromEntries(args.map((arg) => [arg.name, arg.read(bound.get(arg.name))]));
    if (!isWhole(values)) throw new CommandError("internal", `An argument of ${name} was not read.`);
    return values;
  }

  function outcomeOf(given: unknown): Outcome {
    const value = result.parse(given);
    const view = () => definition.view?.(value) ?? resultView(value);
    return quits === undefined ? { result: value, view } : { result: value, view, quit: quits };
  }

  return {
    name,
    aliases,
    summary,
    notes,
    money,
    arguments: args,
    resultSchema: result,
    check(line, later) {
      const bound = bindWords(name, args, line);
      for (const arg of args) {
        const word = bound.get(arg.name);
        if (word === undefined || later?.(word) !== true) arg.read(word);
      }
    },
    prepare(line) {
      const values = read(bindWords(name, args, line));
      return {
        text: lineText(name, line),
        run: async (context) => outcomeOf(await definition.run(context, values)),
        outcomeOf,
      };
    },
  };
}

export const everyRole: readonly Role[] = ["exchange", "user", "lsp"];

/** A row of the command table; see {@link defineAction}. */
export function defineCommand<A extends Shape, R extends z.ZodType<JsonObject>>(
  definition: ActionDefinition<CommandContext, A, R> & { roles: readonly Role[]; shared?: true },
): Command {
  return { ...defineAction(definition), roles: definition.roles, shared: definition.shared ?? false };
}
