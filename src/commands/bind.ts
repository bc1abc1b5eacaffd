/** Gives each word of a line its place among a command's arguments, before any of them is read. */
import { type Argument, type ArgumentSpec, quote } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import { nearest } from "./nearest.ts";
import type { Line, Word } from "./words.ts";

export type NamedArgument = Argument<unknown> & { name: string };
export type Bound = ReadonlyMap<string, Word>;

/** `openchannel [NODEID@HOST:PORT] [SATS] [--push SATS]`, as help and errors show it. */
export function usageOf(name: string, args: readonly ArgumentSpec[]): string {
  const parts = args.map((arg) => {
    const text = arg.value === undefined ? arg.label : `${arg.label} ${arg.value}`;
    if (arg.place === "rest") return `[${text}...]`;
    return arg.required ? text : `[${text}]`;
  });
  return [name, ...parts].join(" ");
}

/** @throws CommandError `missing_argument`, `unexpected_argument`, with the column */
export function bindWords(name: string, args: readonly NamedArgument[], line: Line): Bound {
  const usage = usageOf(name, args);
  const bound = new Map<string, Word>();
  const open = args.filter((arg) => arg.place === "positional" || arg.place === "rest");
  const words = [...line.words];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const flag = flagOf(word, args);
    if (flag !== undefined) {
      if (bound.has(flag.name)) throw tooMany(word, `${flag.label} is given twice`, usage);
      bound.set(flag.name, flagValue(flag, word, words, line.end, usage));
      continue;
    }
    const place = open[0];
    if (!word.quoted && word.text.startsWith("--")) throw unknownFlag(name, word, args, usage);
    if (place === undefined) throw tooMany(word, `${name} takes no ${quote(word.text)}`, usage);
    if (place.place === "rest") {
      const earlier = bound.get(place.name);
      bound.set(place.name, earlier === undefined ? word : { ...earlier, text: `${earlier.text} ${word.text}` });
    } else {
      bound.set(place.name, word);
      open.shift();
    }
  }
  const missing = open.find((arg) => arg.required);
  if (missing !== undefined) {
    throw new CommandError("missing_argument", `${name} needs ${missing.label} (${missing.expects}); write ${usage}.`, {
      column: line.end,
      expected: missing.label,
    });
  }
  return bound;
}

function flagOf(word: Word, args: readonly NamedArgument[]): NamedArgument | undefined {
  if (word.quoted) return undefined;
  return args.find(
    (arg) =>
      (arg.place === "flag" || arg.place === "switch") &&
      (word.text === arg.label || (arg.place === "flag" && word.text.startsWith(`${arg.label}=`))),
  );
}

function flagValue(flag: NamedArgument, word: Word, words: Word[], end: number, usage: string): Word {
  if (flag.place === "switch") return word;
  if (word.text !== flag.label) {
    const cut = flag.label.length + 1;
    return { ...word, text: word.text.slice(cut), column: word.column + cut };
  }
  const value = words.shift();
  if (value !== undefined) return value;
  throw new CommandError("missing_argument", `${flag.label} needs ${flag.value} behind it; write ${usage}.`, {
    column: end,
    expected: flag.value ?? flag.expects,
  });
}

function tooMany(word: Word, what: string, usage: string): CommandError {
  return new CommandError("unexpected_argument", `${what}; write ${usage}.`, {
    column: word.column,
    expected: "the end of the line",
  });
}

function unknownFlag(name: string, word: Word, args: readonly NamedArgument[], usage: string): CommandError {
  const flags = args.filter((arg) => arg.place === "flag" || arg.place === "switch").map((arg) => arg.label);
  const close = nearest(word.text, flags);
  const hint = close === undefined ? `write ${usage}.` : `did you mean ${close}?`;
  return new CommandError("unexpected_argument", `${name} has no flag ${quote(word.text)}; ${hint}`, {
    column: word.column,
    expected: flags.length === 0 ? "no flag" : flags.join(" or "),
  });
}
