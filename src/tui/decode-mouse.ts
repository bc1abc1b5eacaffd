/** The mouse as terminals report it once asked to: SGR mode 1006, `ESC [ < button ; column ; row M`. */

export interface MousePress {
  kind: "mouse";
  what: "click" | "wheel-up" | "wheel-down";
  /** Cells from the upper left corner, from 0. */
  x: number;
  y: number;
}

/** Presses and the wheel, with SGR coordinates; and off again. */
export const MOUSE_ON = "\u001b[?1000h\u001b[?1006h";
export const MOUSE_OFF = "\u001b[?1006l\u001b[?1000l";

const PASTE_BEGIN = "\u001b[200~";
const PASTE_END = "\u001b[201~";
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape begins every report
const REPORT = /\u001b\[<(\d{1,5});(\d{1,5});(\d{1,5})([Mm])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape begins every report
const UNFINISHED = /\u001b(?:\[(?:<[\d;]{0,18}|20?0?)?)?$/;

/** Left button and wheel; what is held with shift, alt or ctrl is left to the terminal. */
const buttons: Readonly<Record<string, MousePress["what"]>> = { "0": "click", "64": "wheel-up", "65": "wheel-down" };

/** Reads chunks of what the terminal sent, beside the keyboard's reader. What is pasted holds no clicks. */
export function mouseReader(): (chunk: string) => MousePress[] {
  let kept = "";
  let pasting = false;
  return (chunk) => {
    let text = kept + chunk;
    kept = "";
    const presses: MousePress[] = [];
    while (text !== "") {
      const mark = pasting ? PASTE_END : PASTE_BEGIN;
      const at = text.indexOf(mark);
      const part = at < 0 ? text : text.slice(0, at);
      if (!pasting) presses.push(...reportsIn(part));
      if (at < 0) {
        // The end of a paste can be cut as well as a report.
        kept = pasting ? text.slice(-PASTE_END.length + 1) : (UNFINISHED.exec(part)?.[0] ?? "");
        break;
      }
      pasting = !pasting;
      text = text.slice(at + mark.length);
    }
    return presses;
  };
}

function reportsIn(text: string): MousePress[] {
  return [...text.matchAll(REPORT)].flatMap(([, button = "", column, row, end]) => {
    const what = buttons[button];
    if (what === undefined || end === "m") return [];
    return [{ kind: "mouse" as const, what, x: Number(column) - 1, y: Number(row) - 1 }];
  });
}
