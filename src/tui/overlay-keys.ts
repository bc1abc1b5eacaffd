/** Keys while something lies over the screen. */
import { complete } from "./complete.ts";
import type { Press } from "./decode-keys.ts";
import { withText } from "./editor.ts";
import { actionOf } from "./keys.ts";
import type { Overlay, State } from "./state.ts";
import { only, type Step, toasted } from "./step.ts";

const closed = (state: State): State => ({ ...state, overlay: undefined });

const PAGE = 10;

/** One key; text comes letter by letter, so that no burst answers a question by accident. */
export function overlayPress(state: State, overlay: Overlay, press: Press): Step {
  if (overlay.kind === "palette") return palettePress(state, overlay, press);
  const key = press.kind === "key" ? press.name : press.text;
  switch (overlay.kind) {
    case "confirm":
      if (key === "y" || key === "Y") return only(closed(state), { type: "run", line: overlay.line, shown: true });
      return ["n", "N", "esc", "q"].includes(key)
        ? only(toasted(closed(state), "Nothing was done", "dim"))
        : only(state);
    case "leave":
      if (["y", "Y", "enter", "q"].includes(key)) return only(state, { type: "leave" });
      return ["n", "N", "esc"].includes(key) ? only(closed(state)) : only(state);
    case "qr":
      if (key === "y" || key === "c") return only(state, { type: "copy", text: overlay.text });
      return only(closed(state));
    case "help":
    case "detail":
      return scrolling(state, overlay, key);
  }
}

function scrolling(state: State, overlay: Extract<Overlay, { kind: "help" | "detail" }>, key: string): Step {
  const by = (step: number): Step =>
    only({ ...state, overlay: { ...overlay, scroll: Math.max(overlay.scroll + step, 0) } });
  switch (actionOf(key, ["overlay"])) {
    case "up":
      return by(-1);
    case "down":
      return by(1);
    case "page-up":
      return by(-PAGE);
    case "page-down":
      return by(PAGE);
    case "top":
      return by(Number.NEGATIVE_INFINITY);
    case "copy":
      return overlay.kind === "detail" && overlay.copy !== undefined
        ? only(state, { type: "copy", text: overlay.copy })
        : only(state);
    case "back":
      return only(closed(state));
    default:
      return key === "?" || key === "enter" ? only(closed(state)) : only(state);
  }
}

/** Commands and verbs whose name or summary has the text in it. */
export function paletteRows(state: State, text: string): { word: string; note: string }[] {
  const wanted = text.toLowerCase();
  return complete("", state).options.filter(({ word, note }) => `${word} ${note}`.toLowerCase().includes(wanted));
}

/** As enter does on the chosen one. */
export function chosenInPalette(state: State, at: number): Step {
  if (state.overlay?.kind !== "palette") return only(state);
  return palettePress(state, { ...state.overlay, chosen: at }, { kind: "key", name: "enter" });
}

function palettePress(state: State, overlay: Extract<Overlay, { kind: "palette" }>, press: Press): Step {
  const put = (text: string, chosen: number): Step => only({ ...state, overlay: { kind: "palette", text, chosen } });
  if (press.kind === "text") return put(overlay.text + press.text, 0);
  const rows = paletteRows(state, overlay.text);
  switch (press.name) {
    case "backspace":
      return put(overlay.text.slice(0, -1), 0);
    case "ctrl-u":
      return put("", 0);
    case "up":
    case "ctrl-p":
      return put(overlay.text, Math.max(overlay.chosen - 1, 0));
    case "down":
    case "ctrl-n":
      return put(overlay.text, Math.min(overlay.chosen + 1, Math.max(rows.length - 1, 0)));
    case "enter":
    case "tab": {
      const row = rows[overlay.chosen];
      if (row === undefined) return only(closed(state));
      return only({ ...closed(state), focus: "line", editor: withText(state.editor, `${row.word} `) });
    }
    case "esc":
      return only(closed(state));
    default:
      return only(state);
  }
}
