/** A line cut into words, with the columns that error messages point at. */
import { CommandError } from "./command-error.ts";

export interface Word {
  text: string;
  /** 1-based, of its first character (the quote, if it has one). */
  column: number;
  /** A quoted word is never a flag. */
  quoted: boolean;
  /** Single quotes keep a `$NAME` as it is. */
  literal: boolean;
}

export interface Line {
  words: Word[];
  /** 1-based, just behind the last word: where a missing one would stand. */
  end: number;
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t" };

/**
 * Blank-separated words; `"..."` takes `\"`, `\\`, `\n` and `\t`, `'...'` takes everything as it is; a word that
 * begins with `#` and what follows is a comment.
 *
 * @throws CommandError `bad_argument` for a quote that is never closed
 */
export function splitWords(text: string): Line {
  const words: Word[] = [];
  let at = 0;
  let end = 1;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (isBlank(char)) {
      at += 1;
    } else if (char === "#") {
      break;
    } else {
      const { word, next } = readWord(text, at);
      words.push(word);
      at = next;
      end = next + 1;
    }
  }
  return { words, end };
}

/** A line whose words are read back as they are, behind `name`. */
export function lineText(name: string, { words }: Line): string {
  return [name, ...words.map(wordText)].join(" ");
}

function wordText({ text, quoted }: Word): string {
  if (!quoted && /^[^\s"'#][^\s"']*$/.test(text)) return text;
  return `"${text.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

function isBlank(char: string): boolean {
  return /\s/.test(char);
}

function readWord(text: string, start: number): { word: Word; next: number } {
  let at = start;
  let value = "";
  let quoted = false;
  let literal = false;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (isBlank(char)) break;
    if (char === '"' || char === "'") {
      quoted = true;
      literal ||= char === "'";
      const part = readQuoted(text, at);
      value += part.value;
      at = part.next;
    } else {
      value += char;
      at += 1;
    }
  }
  return { word: { text: value, column: start + 1, quoted, literal }, next: at };
}

function readQuoted(text: string, open: number): { value: string; next: number } {
  const quote = text[open];
  let value = "";
  for (let at = open + 1; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === quote) return { value, next: at + 1 };
    if (char === "\\" && quote === '"' && at + 1 < text.length) {
      at += 1;
      const escaped = text[at] ?? "";
      value += ESCAPES[escaped] ?? escaped;
    } else {
      value += char;
    }
  }
  throw new CommandError("bad_argument", `The quote at column ${open + 1} is never closed; close it with ${quote}.`, {
    column: open + 1,
    expected: `a closing ${quote}`,
  });
}
