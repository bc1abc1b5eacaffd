/** Words that are shown once, and three of them asked back before they count as written down. */

const ASKED = 3;

export interface WordsOnce {
  /** The words the first time, then never again. */
  show(): readonly string[] | undefined;
  /** Three positions, counted from 1, ascending. The same for as long as this lives. */
  readonly asked: readonly number[];
  /** @param answers in the order of `asked`, in any case @returns the positions answered wrong; none: written down */
  wrong(answers: readonly string[]): readonly number[];
}

/** @param random cryptographic bytes, which choose what is asked */
export function wordsOnce(words: readonly string[], random: (bytes: number) => Uint8Array): WordsOnce {
  let shown = false;
  const asked = positions(words.length, random);
  return {
    show() {
      if (shown) return undefined;
      shown = true;
      return words;
    },
    asked,
    wrong: (answers) => asked.filter((at, i) => answers[i]?.trim().toLowerCase() !== words[at - 1]),
  };
}

/** Drawn without bias: 240 is a multiple of 12 and of 24. */
function positions(count: number, random: (bytes: number) => Uint8Array): readonly number[] {
  const chosen = new Set<number>();
  const bound = 256 - (256 % count);
  while (chosen.size < Math.min(ASKED, count)) {
    for (const byte of random(16)) {
      if (byte < bound && chosen.size < ASKED) chosen.add((byte % count) + 1);
    }
  }
  return [...chosen].sort((a, b) => a - b);
}
