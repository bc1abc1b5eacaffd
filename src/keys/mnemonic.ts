/** The words a seed is written down as: BIP 39, English list. Pure; randomness is passed in. */
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedSync } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { nearest } from "../commands/nearest.ts";

export const wordCounts = [12, 24] as const;
export type WordCount = (typeof wordCounts)[number];

export type WordsCheck = { ok: true; words: readonly string[] } | { ok: false; problem: WordsProblem };

export type WordsProblem =
  | { kind: "count"; count: number }
  /** `at` counts from 1; `meant` is the word of the list that is nearest, if one is near. Both are half a secret. */
  | { kind: "unknown_word"; at: number; word: string; meant?: string }
  /** Every word is of the list, but they don't belong together: one is wrong, or two are swapped. */
  | { kind: "checksum" };

/** @param random cryptographic bytes; 16 are taken for 12 words, 32 for 24 */
export function newWords(count: WordCount, random: (bytes: number) => Uint8Array): readonly string[] {
  const entropy = random((count / 3) * 4);
  const words = entropyToMnemonic(entropy, wordlist).split(" ");
  entropy.fill(0);
  return words;
}

/** What a person typed or kept in a file: any case, any blanks and line ends, numbered (`3. word`) or not. */
export function checkWords(text: string): WordsCheck {
  const words = text
    .normalize("NFKD")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "" && !/^\d+[.):]?$/.test(word))
    .map((word) => word.replace(/^\d+[.):]/, ""));
  // The first wrong word says more than a count that is off by the blank in it.
  const at = words.findIndex((word) => !wordlist.includes(word));
  const wrong = words[at];
  if (wrong !== undefined) {
    const meant = nearest(wrong, wordlist);
    return refused({ kind: "unknown_word", at: at + 1, word: wrong, ...(meant === undefined ? {} : { meant }) });
  }
  if (!wordCounts.some((count) => count === words.length)) return refused({ kind: "count", count: words.length });
  try {
    mnemonicToEntropy(words.join(" "), wordlist).fill(0);
  } catch {
    return refused({ kind: "checksum" }); // its message would repeat the words
  }
  return { ok: true, words };
}

function refused(problem: WordsProblem): WordsCheck {
  return { ok: false, problem };
}

/** In words, for a screen, a log or an error alike: by position, never by the word itself. */
export function wordsProblemText(problem: WordsProblem): string {
  switch (problem.kind) {
    case "count":
      return `There are ${problem.count} words; a seed has 12 or 24.`;
    case "unknown_word":
      return `Word ${problem.at} is not in the BIP 39 list; look how it is spelt.`;
    case "checksum":
      return "Every word is in the list, but together they are no seed: one is another than was written down, or two are swapped.";
  }
}

/**
 * The 64 bytes a node is built from, as every wallet derives them (BIP 39, no passphrase of its own). The caller zeroes
 * them after use.
 *
 * @param words as `newWords` or `checkWords` gave them
 */
export function seedOfWords(words: readonly string[]): Uint8Array {
  return mnemonicToSeedSync(words.join(" "));
}
