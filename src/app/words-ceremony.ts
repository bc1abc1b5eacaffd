/** Words in a terminal: shown once and asked back, or typed in. */
import { systemClock } from "../clock.ts";
import { checkWords, newWords, type WordCount, wordsProblemText } from "../keys/mnemonic.ts";
import { wordsOnce } from "../keys/words-once.ts";
import type { Asking } from "./asking.ts";

type Random = (bytes: number) => Uint8Array;

/** @returns words that the person has shown to have written down @throws LeftError */
export async function showNewWords(asking: Asking, count: WordCount, random: Random): Promise<readonly string[]> {
  for (;;) {
    const words = newWords(count, random);
    if (await asking.page(() => writtenDown(asking, words, random))) return words;
    asking.say("These were not the words; here are others. The old ones are worth nothing.");
  }
}

async function writtenDown(asking: Asking, words: readonly string[], random: Random): Promise<boolean> {
  const once = wordsOnce(words, random);
  asking.say(
    `These ${words.length} words are the node's seed. Write them on paper, in this order; they are shown only now.\n` +
      "Whoever has them has the money. They bring back what is on chain, and once the peers have closed your channels, what these held.\n" +
      `Write the day beside them, ${today()}: it spares a restore with a bitcoind much of the chain.\n`,
  );
  asking.say(columns(once.show() ?? []));
  await asking.line("\nPress enter when they are written down.");
  return asking.page(async () => {
    const answers: string[] = [];
    for (const at of once.asked) answers.push(await asking.line(`Word ${at}: `));
    return once.wrong(answers).length === 0;
  });
}

function today(): string {
  return new Date(systemClock().wallMs()).toISOString().slice(0, 10);
}

/** Four a line, counted down the columns as they would be written. */
function columns(words: readonly string[]): string {
  const rows = words.length / 4;
  const line = (row: number) =>
    [0, 1, 2, 3]
      .map((column) => row + column * rows)
      .map((i) => `${String(i + 1).padStart(4)}. ${(words[i] ?? "").padEnd(10)}`)
      .join("");
  return Array.from({ length: rows }, (_, row) => line(row)).join("\n");
}

/** Asked for until they are a seed's. @throws LeftError */
export async function askWords(asking: Asking): Promise<readonly string[]> {
  return asking.page(async () => {
    asking.say("Type the 12 or 24 words, with blanks between them, then enter.");
    for (;;) {
      const check = checkWords(await asking.line("> "));
      if (check.ok) return check.words;
      asking.say(wordsProblemText(check.problem));
      if (check.problem.kind === "unknown_word" && check.problem.meant !== undefined) {
        asking.say(`Was it ${check.problem.meant}?`);
      }
    }
  });
}
