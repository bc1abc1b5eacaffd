/** A line `[role] command arguments` to something that can be run. Nothing is run here. */
import type { Role } from "../node/port.ts";
import { quote } from "./arguments.ts";
import type { Call, Command } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { CommandContext } from "./context.ts";
import { nearest } from "./nearest.ts";
import { commandAt, commands, secondWords } from "./table.ts";
import { type Line, splitWords, type Word } from "./words.ts";

/** Whose command, before its arguments are read. */
export interface Selection {
  /** Undefined for a shared command that named none: any running role can answer. */
  role: Role | undefined;
  command: Command;
  /** The words behind the command's name. */
  rest: Line;
}

export interface ParsedLine extends Selection {
  call: Call<CommandContext>;
}

const roleNames: readonly Role[] = ["exchange", "user", "lsp"];

export function asRole(word: Word | undefined): Role | undefined {
  return word === undefined || word.quoted ? undefined : roleNames.find((role) => role === word.text.toLowerCase());
}

/**
 * Finds role and command. With one role in the session it may be left out; with several it must be named unless only
 * one of them has the command, or the command says the same for all.
 *
 * @param roles the session's
 * @throws CommandError `unknown_command` (with the nearest name), `wrong_role` (with the roles that have it),
 *   `missing_role`, `missing_argument` for an empty line
 */
export function selectCommand(line: Line, roles: readonly Role[]): Selection {
  const [first] = line.words;
  const named = asRole(first);
  if (named !== undefined && !roles.includes(named)) {
    throw new CommandError("wrong_role", `There is no ${named} here; the roles are ${roles.join(", ")}.`, {
      column: first?.column ?? 1,
      expected: roles.join(" or "),
    });
  }
  const words = named === undefined ? line.words : line.words.slice(1);
  const [word, second] = words;
  if (word === undefined) {
    const after = named === undefined ? "" : ` after ${named}`;
    throw new CommandError("missing_argument", `A command is missing${after}; help lists them.`, {
      column: line.end,
      expected: "a command",
    });
  }
  const found = commandAt(words.slice(0, 2).map((one) => (one.quoted ? "" : commandName(one))));
  if (found === undefined) throw unknownCommand(word, roles, named);
  const { command, taken } = found;
  if (taken === 1 && second !== undefined && command.arguments.length === 0) checkSecondWord(commandName(word), second);
  return { role: roleFor(command, named, roles, word), command, rest: { words: words.slice(taken), end: line.end } };
}

/** What stands behind a command that takes nothing was meant as the second word of another's name. */
function checkSecondWord(first: string, second: Word): void {
  const known = secondWords(first).map(({ word }) => word);
  if (known.length === 0) return;
  const close = nearest(second.text.toLowerCase(), known);
  const hint = close === undefined ? `${first} has ${known.join(", ")}.` : `did you mean ${first} ${close}?`;
  throw new CommandError("unknown_command", `There is no command ${first} ${quote(second.text)}; ${hint}`, {
    column: second.column,
    expected: close ?? known.join(" or "),
  });
}

function commandName(word: Word): string {
  return word.text.replace(/^\//, "").toLowerCase();
}

function unknownCommand(word: Word, roles: readonly Role[], named: Role | undefined): CommandError {
  const able = named === undefined ? roles : [named];
  const seconds = secondWords(commandName(word)).filter(({ command }) => command.roles.some((r) => able.includes(r)));
  if (seconds.length > 0) {
    const list = seconds.map(({ command }) => command.name).join(", ");
    const message = `${quote(word.text)} alone is no command here; write one of ${list}.`;
    return new CommandError("unknown_command", message, { column: word.column, expected: list });
  }
  const known = commands.flatMap((command) => [command.name, ...command.aliases]);
  const close = nearest(commandName(word), [...known, ...roles]);
  const hint = close === undefined ? "help lists what there is." : `did you mean ${close}?`;
  return new CommandError("unknown_command", `There is no command ${quote(word.text)}; ${hint}`, {
    column: word.column,
    expected: close ?? "a command",
  });
}

function roleFor(command: Command, named: Role | undefined, roles: readonly Role[], word: Word): Role | undefined {
  const able = roles.filter((role) => command.roles.includes(role));
  const having = command.roles.join(" and ");
  if (named !== undefined) {
    if (able.includes(named)) return named;
    throw new CommandError("wrong_role", `${command.name} is for ${having}, not for ${named}.`, {
      column: word.column,
      expected: having,
    });
  }
  const [only] = able;
  if (only === undefined) {
    throw new CommandError("wrong_role", `${command.name} is for ${having}; here is only ${roles.join(", ")}.`, {
      column: word.column,
      expected: having,
    });
  }
  if (able.length === 1) return only;
  if (command.shared) return undefined;
  throw new CommandError("missing_role", `Who shall run ${command.name}? Write ${able.join(" or ")} in front of it.`, {
    column: word.column,
    expected: able.join(" or "),
  });
}

/** An optional `/` in front of the line's first word is dropped. */
export function readLine(text: string): Line {
  const line = splitWords(text);
  const [first, ...rest] = line.words;
  if (first === undefined || first.quoted || !/^\/./.test(first.text)) return line;
  return { words: [{ ...first, text: first.text.slice(1) }, ...rest], end: line.end };
}

/**
 * @param roles the roles of the session
 * @throws CommandError with code, column and what was expected; never anything else
 */
export function parseLine(text: string, roles: readonly Role[]): ParsedLine {
  const selection = selectCommand(readLine(text), roles);
  return { ...selection, call: selection.command.prepare(selection.rest) };
}
