import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeKeys, type InkKey } from "../../src/tui/decode-keys.ts";
import { type Editor, edits, emptyEditor, insert } from "../../src/tui/editor.ts";
import { remembered, search } from "../../src/tui/history.ts";

const noKey: InkKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  backspace: false,
  delete: false,
  ctrl: false,
  shift: false,
  meta: false,
};

const history = ["lsp balance", "user stable"];

function typed(...keys: string[]): Editor {
  return keys.reduce((editor, key) => edits[key]?.(editor, history) ?? insert(editor, key), emptyEditor);
}

describe("the line", () => {
  test.each([
    ["words, then one killed and brought back", ["user stable", "ctrl-w", "ctrl-y"], "user stable|"],
    ["to the beginning and kill the rest", ["abc def", "ctrl-a", "right", "ctrl-k"], "a|"],
    ["kill to the beginning", ["abc def", "left", "ctrl-u"], "|f"],
    ["a word back", ["one two", "alt-b", "x"], "one x|two"],
    ["a grapheme at a time", ["a👨‍👩‍👧b", "left", "backspace"], "a|b"],
    ["delete under the cursor", ["abc", "home", "delete"], "|bc"],
    ["the newest line, then the one before", ["up", "up"], "lsp balance|"],
    ["past both ends of the history", ["dra", "up", "up", "up", "down", "down", "down"], "dra|"],
    ["a paste with line ends", ["a\r\nb\tc\u0007"], "a b c|"],
  ])("%s", (_, keys, expected) => {
    const { text, at } = typed(...keys);
    expect(`${text.slice(0, at)}|${text.slice(at)}`).toBe(expected);
  });

  test("the cursor is always inside the text and between graphemes, whatever is pressed", () => {
    const press = fc.oneof(
      fc.constantFrom(...Object.keys(edits)),
      fc.string({ unit: fc.constantFrom("a", " ", "-", "é", "漢", "👨‍👩‍👧"), maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(press, { maxLength: 40 }), (keys) => {
        const { text, at } = typed(...keys);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(text.length);
        const boundaries = [...new Intl.Segmenter().segment(text)].map(({ index }) => index);
        expect([...boundaries, text.length]).toContain(at);
      }),
    );
  });
});

describe("what Ink reports", () => {
  test("a burst with its return is cut at control bytes", () => {
    expect(decodeKeys("abc\rde\u000b", noKey)).toEqual([
      { kind: "text", text: "abc" },
      { kind: "key", name: "enter" },
      { kind: "text", text: "de" },
      { kind: "key", name: "ctrl-k" },
    ]);
  });

  test.each([
    ["", { upArrow: true }, "up"],
    ["", { leftArrow: true, ctrl: true }, "ctrl-left"],
    ["", { tab: true, shift: true }, "shift-tab"],
    ["", { escape: true, meta: true }, "esc"],
    ["r", { ctrl: true }, "ctrl-r"],
    ["b", { meta: true }, "alt-b"],
  ])("%p with %p is %s", (input, key, name) => {
    expect(decodeKeys(input, { ...noKey, ...key })).toEqual([{ kind: "key", name }]);
  });

  test("nothing that was typed is lost", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (input) => {
        const text = decodeKeys(input, noKey).flatMap((press) => (press.kind === "text" ? press.text : []));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: controls become keys
        expect(text.join("")).toBe(input.replace(/[\u0000-\u001f\u007f]/g, ""));
      }),
    );
  });
});

describe("history", () => {
  test("invoices, offers and secrets are not kept", () => {
    const invoice = `lnbcrt500u1p${"q".repeat(120)}`;
    for (const line of [`payinvoice ${invoice}`, `payoffer lno1${"q".repeat(40)}`, "seed abandon abandon", "  "]) {
      expect(remembered([], line)).toEqual([]);
    }
  });

  test("a line typed again moves to the end", () => {
    expect(remembered(["a", "b"], "a")).toEqual(["b", "a"]);
  });

  test("search goes from the newest to the oldest and stays there", () => {
    const lines = ["user stable", "lsp stable", "price"];
    expect([0, 1, 5].map((skip) => search(lines, "stable", skip))).toEqual([
      "lsp stable",
      "user stable",
      "user stable",
    ]);
    expect(search(lines, "zzz", 0)).toBeUndefined();
  });
});
