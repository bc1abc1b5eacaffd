/** What the mouse does. The pieces of the drawn screen say themselves what a click on them means. */
import type { Press } from "./decode-keys.ts";
import type { MousePress } from "./decode-mouse.ts";
import { cells, type Hit } from "./line.ts";
import { chosenInPalette } from "./overlay-keys.ts";
import { press } from "./press.ts";
import { screenOf } from "./screen.ts";
import { clickedRow, screenAction, scrolled, shownPane } from "./screen-keys.ts";
import type { State } from "./state.ts";
import { only, type Step } from "./step.ts";

/** Rows that one notch of the wheel moves. */
const NOTCH = 3;

export function mousePress(state: State, { what, x, y }: MousePress): Step {
  if (state.phase === "leaving") return only(state);
  if (what !== "click") return wheel(state, what === "wheel-up" ? "up" : "down");
  const hit = hitAt(state, x, y);
  if (hit === undefined) return only(state);
  if ("key" in hit) return press(state, keyOf(hit.key));
  if ("palette" in hit) return chosenInPalette(state, hit.palette);
  // A question or a list over the screen is answered or closed first.
  if (state.overlay !== undefined) return only(state);
  const left = { ...state, focus: "screen" as const };
  if ("tab" in hit) return screenAction(left, "role", String(hit.tab + 1));
  return "pane" in hit ? only(shownPane(left, hit.pane)) : clickedRow(left, hit.row);
}

const keyOf = (name: string): Press => ([...name].length === 1 ? { kind: "text", text: name } : { kind: "key", name });

/** Overlays that scroll; the others are answered by keys. */
const scrolling: ReadonlySet<string | undefined> = new Set([undefined, "help", "detail", "palette"]);

/** Only what scrolls: on the demo's overview the same keys move the price. */
function wheel(state: State, key: "up" | "down"): Step {
  const { overlay, focus, pane } = state;
  if (!scrolling.has(overlay?.kind) || (overlay === undefined && focus !== "screen")) return only(state);
  if (overlay === undefined && pane === "overview") return only(scrolled(state, key === "up" ? -NOTCH : NOTCH));
  let step = only(state);
  for (let i = 0; i < NOTCH; i += 1) step = press(step.state, { kind: "key", name: key });
  return step;
}

/** @param x cells from the left edge, from 0 @param y rows from above */
function hitAt(state: State, x: number, y: number): Hit | undefined {
  let end = 0;
  for (const span of screenOf(state)[y] ?? []) {
    end += cells(span.text);
    if (x < end) return span.hit;
  }
  return undefined;
}
