/** `$NAME` inside words. `$4.00` is dollars: a name begins with a letter or an underscore. */
import { CommandError } from "../commands/command-error.ts";
import type { Line, Word } from "../commands/words.ts";

const REFERENCE = /\$([A-Za-z_]\w*)/g;

export function variablesIn(word: Word): string[] {
  return word.literal ? [] : [...word.text.matchAll(REFERENCE)].map(([, name]) => name ?? "");
}

/** @throws CommandError `bad_argument` for a name that is not set */
export function expandWord(word: Word, variables: ReadonlyMap<string, string>): Word {
  if (word.literal) return word;
  const text = word.text.replace(REFERENCE, (_, name: string) => {
    const value = variables.get(name);
    if (value === undefined) {
      throw new CommandError("bad_argument", `$${name} is not set; set it with let ${name} = ...`, {
        column: word.column,
      });
    }
    return value;
  });
  // A value is never a flag, whatever it looks like.
  return { ...word, text, quoted: word.quoted || text !== word.text };
}

export function expandLine(line: Line, variables: ReadonlyMap<string, string>): Line {
  return { words: line.words.map((word) => expandWord(word, variables)), end: line.end };
}
