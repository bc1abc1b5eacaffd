import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { checkWords, newWords, seedOfWords, wordCounts, wordsProblemText } from "../../src/keys/mnemonic.ts";
import { wordsOnce } from "../../src/keys/words-once.ts";

const random = (bytes: number) => randomBytes(bytes);
const abandon = (count: number, last: string) => [...Array.from({ length: count - 1 }, () => "abandon"), last];

describe("words", () => {
  // BIP 39's own vectors, by entropy; ldk-node's seed of the second is checked in native/src/node/seed.rs.
  test.each([
    [12, 0x00, abandon(12, "about").join(" ")],
    [12, 0x7f, "legal winner thank year wave sausage worth useful legal winner thank yellow"],
    [24, 0x00, abandon(24, "art").join(" ")],
    [24, 0xff, [...Array.from({ length: 23 }, () => "zoo"), "vote"].join(" ")],
  ] as const)("%d of entropy %p", (count, byte, words) => {
    expect(newWords(count, (n) => new Uint8Array(n).fill(byte)).join(" ")).toBe(words);
  });

  test("make the seed every wallet makes of them", () => {
    expect(Buffer.from(seedOfWords(abandon(12, "about"))).toString("hex")).toBe(
      "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4",
    );
  });

  test("the entropy is not left in the caller's buffer", () => {
    const entropy = randomBytes(16);
    newWords(12, () => entropy);
    expect(entropy).toEqual(Buffer.alloc(16));
  });

  test.each(wordCounts)("%d of them are read back however they were written down", (count) => {
    const blank = fc.constantFrom(" ", "\n", "\t", "  ", "\r\n");
    fc.assert(
      fc.property(fc.infiniteStream(blank), fc.boolean(), fc.boolean(), (blanks, numbered, capitals) => {
        const words = newWords(count, random);
        const text = words
          .map((word, i) => (numbered ? `${i + 1}. ` : "") + (capitals ? word.toUpperCase() : word))
          .map((word) => word + blanks.next().value)
          .join("");
        expect(checkWords(text)).toEqual({ ok: true, words });
      }),
      { numRuns: 50 },
    );
  });
});

describe("wrong words", () => {
  test("are named by their place, with the one that was meant", () => {
    const words = abandon(12, "about");
    words[4] = "abadnon";
    const check = checkWords(words.join(" "));
    expect(check).toEqual({
      ok: false,
      problem: { kind: "unknown_word", at: 5, word: "abadnon", meant: "abandon" },
    });
    expect(check.ok ? "" : wordsProblemText(check.problem)).toContain("Word 5");
  });

  test.each([
    ["", { kind: "count", count: 0 }],
    [abandon(15, "abandon").join(" "), { kind: "count", count: 15 }],
    [abandon(12, "abandon").join(" "), { kind: "checksum" }],
    ["secretword", { kind: "unknown_word", at: 1, word: "secretword" }],
  ] as const)("%p", (text, problem) => {
    const check = checkWords(text);
    expect(check).toEqual({ ok: false, problem });
    expect(check.ok ? "secretword" : wordsProblemText(check.problem)).not.toContain("secretword");
  });

  test("two swapped words are never the same seed", () => {
    const words = newWords(24, random);
    const swapped = [...words.slice(1, 2), ...words.slice(0, 1), ...words.slice(2)];
    const check = checkWords(swapped.join(" "));
    if (check.ok && words[0] !== words[1]) expect(seedOfWords(check.words)).not.toEqual(seedOfWords(words));
    else
      expect(check).toEqual(words[0] === words[1] ? { ok: true, words } : { ok: false, problem: { kind: "checksum" } });
  });
});

describe("words shown once", () => {
  test("come once", () => {
    const words = newWords(12, random);
    const once = wordsOnce(words, random);
    expect(once.show()).toEqual(words);
    expect(once.show()).toBeUndefined();
  });

  test.each(wordCounts)("of %d, three different ones are asked back, each of them sometimes", (count) => {
    const words = newWords(count, random);
    const met = new Set<number>();
    for (let i = 0; i < 500; i += 1) {
      const { asked } = wordsOnce(words, random);
      expect(new Set(asked).size).toBe(3);
      expect([...asked].sort((a, b) => a - b)).toEqual([...asked]);
      for (const at of asked) met.add(at);
    }
    expect([...met].sort((a, b) => a - b)).toEqual(words.map((_, i) => i + 1));
  });

  test("count as written down when all three are right, in any case", () => {
    const words = newWords(24, random);
    const { asked, wrong } = wordsOnce(words, random);
    const right = asked.map((at) => ` ${words[at - 1]?.toUpperCase()} `);
    expect(wrong(right)).toEqual([]);
    expect(wrong([])).toEqual(asked);
    expect(wrong([right[0] ?? "", "zzz", right[2] ?? ""])).toEqual([asked[1] ?? 0]);
  });
});
