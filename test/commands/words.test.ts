import { expect, test } from "bun:test";
import fc from "fast-check";
import { CommandError } from "../../src/commands/command-error.ts";
import { lineText, splitWords } from "../../src/commands/words.ts";

const cut = (text: string) => splitWords(text).words.map(({ text: word, column }) => `${column}:${word}`);

test("words, quotes and comments, each with its column", () => {
  expect(cut("user  getinvoice 5 # all the rest")).toEqual(["1:user", "7:getinvoice", "18:5"]);
  expect(cut(`a "b c" 'd "e"' f#g`)).toEqual(["1:a", "3:b c", '9:d "e"', "17:f#g"]);
  expect(cut(String.raw`"a\"b\\c\nd" '\n'`)).toEqual([`1:a"b\\c\nd`, "14:\\n"]);
  expect(cut(`x"y z"`)).toEqual(["1:xy z"]);
  expect(cut(`"" '#'`)).toEqual(["1:", "4:#"]);
  expect(cut("   # nothing")).toEqual([]);
});

test("the end of a line is just behind its last word", () => {
  expect(splitWords("ab cd  # x").end).toBe(6);
  expect(splitWords("").end).toBe(1);
});

test("an open quote is named with its column", () => {
  expect(() => splitWords(`user getinvoice 5 "abc`)).toThrow("The quote at column 19 is never closed");
});

test("words that are quoted come back as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (texts) => {
      const line = texts.map((text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(" ");
      expect(splitWords(line).words.map((word) => word.text)).toEqual(texts);
    }),
  );
});

test("a line that was read is written so that it reads the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ab$#'\"\\/- \n\t\u00a0é") }), (text) => {
      let read: ReturnType<typeof splitWords>;
      try {
        read = splitWords(text);
      } catch {
        return;
      }
      const again = splitWords(lineText("keysend", read)).words;
      const bare = (words: typeof again) => words.map((word) => ({ text: word.text, quoted: word.quoted }));
      expect(bare(again)).toEqual([{ text: "keysend", quoted: false }, ...bare(read.words)]);
    }),
  );
});

test("any line is cut or refused with a column", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      try {
        const { words, end } = splitWords(text);
        expect(words.every((word) => word.column >= 1 && word.column < end)).toBe(true);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        expect(error.code).toBe("bad_argument");
        expect(error.column).toBeGreaterThan(0);
      }
    }),
  );
});
