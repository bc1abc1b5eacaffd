/** Clicks and the wheel, from the terminal's bytes to what they do. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type MousePress, mouseReader } from "../../src/tui/decode-mouse.ts";
import { plainText } from "../../src/tui/line.ts";
import { screenOf } from "../../src/tui/screen.ts";
import type { State } from "../../src/tui/state.ts";
import { type Event, update } from "../../src/tui/update.ts";
import { after, settledDemo } from "./samples.ts";

const key = (name: string): Event => ({ type: "press", presses: [{ kind: "text", text: name }] });
const named = (name: string): Event => ({ type: "press", presses: [{ kind: "key", name }] });
const mouse = (what: MousePress["what"], x = 0, y = 0): Event => ({
  type: "press",
  presses: [{ kind: "mouse", what, x, y }],
});

/** A click on the first place where the screen says so. */
function clickOn(state: State, text: string): Event {
  const rows = screenOf(state).map(plainText);
  const y = rows.findIndex((row) => row.includes(text));
  expect(y).toBeGreaterThanOrEqual(0);
  return mouse("click", rows[y]?.indexOf(text) ?? 0, y);
}

describe("what terminals send", () => {
  test("left button and wheel, in one chunk, between keys; releases and other buttons are nothing", () => {
    expect(mouseReader()("a\u001b[<0;10;5M\u001b[<0;10;5mb\u001b[<64;1;1M\u001b[<65;200;300M\u001b[<2;1;1M")).toEqual([
      { kind: "mouse", what: "click", x: 9, y: 4 },
      { kind: "mouse", what: "wheel-up", x: 0, y: 0 },
      { kind: "mouse", what: "wheel-down", x: 199, y: 299 },
    ]);
  });

  test("cut anywhere it is the same, and what is pasted holds no clicks", () => {
    const text = "x\u001b[<0;3;4M\u001b[200~evil \u001b[<0;1;1M y\u001b[201~\u001b[A\u001b[<65;5;6M";
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 6 }), (cuts) => {
        const read = mouseReader();
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
        expect(pieces.flatMap(read)).toEqual([
          { kind: "mouse", what: "click", x: 2, y: 3 },
          { kind: "mouse", what: "wheel-down", x: 4, y: 5 },
        ]);
      }),
    );
  });
});

describe("a click", () => {
  test("on a tab or a pane's name shows it, and leaves the line as it is", () => {
    const typing = after(settledDemo(120, 40), key("/"), key("user pay"));
    const lsp = after(typing, clickOn(typing, "4 lsp"));
    expect(lsp).toMatchObject({ tab: 3, focus: "screen", editor: { text: "user pay" } });
    expect(after(lsp, clickOn(lsp, "forwards"))).toMatchObject({ pane: "forwards" });
    const narrow = settledDemo(80, 24);
    expect(after(narrow, clickOn(narrow, "›"))).toMatchObject({ pane: "channels" });
  });

  test("on a row chooses it, on the chosen one opens it", () => {
    const list = after(settledDemo(120, 40), named("tab"));
    const chosen = after(list, clickOn(list, "lsp       c100000000"));
    expect(chosen.list.chosen).toBe(2);
    expect(after(chosen, clickOn(chosen, "lsp       c100000000")).overlay).toMatchObject({ kind: "detail" });
  });

  test("in the footer is the key, in a question its answer, in the palette the command", () => {
    const idle = settledDemo(120, 40);
    expect(after(idle, clickOn(idle, "? help")).overlay).toMatchObject({ kind: "help" });
    expect(after(idle, clickOn(idle, "press / to type")).focus).toBe("line");
    const asked = after(idle, key("q"));
    expect(update(asked, clickOn(asked, "y yes")).effects).toEqual([{ type: "leave" }]);
    const palette = after(idle, named("ctrl-k"), key("listall"));
    expect(after(palette, clickOn(palette, "listallchannels")).editor.text).toBe("listallchannels ");
  });

  test("behind a question is nothing", () => {
    const asked = after(settledDemo(120, 40), key("q"));
    expect(after(asked, clickOn(asked, "4 lsp"))).toEqual(asked);
  });
});

describe("the wheel", () => {
  test("moves through a list and a help", () => {
    const list = after(settledDemo(120, 40), named("tab"), mouse("wheel-down"));
    expect(list.list.chosen).toBe(3);
    expect(after(list, mouse("wheel-up")).list.chosen).toBe(0);
    expect(after(settledDemo(), key("?"), mouse("wheel-down")).overlay).toMatchObject({ kind: "help", scroll: 3 });
  });

  test("never moves the price, nor answers a question", () => {
    const idle = settledDemo();
    expect(update(idle, mouse("wheel-up"))).toEqual({ state: idle, effects: [] });
    const asked = after(idle, key("q"));
    expect(update(asked, mouse("wheel-down"))).toEqual({ state: asked, effects: [] });
  });
});
