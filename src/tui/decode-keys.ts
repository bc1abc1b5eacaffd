/**
 * What Ink reports of the keyboard as key names. Ink gives a burst ("abc\r", or "a" and ctrl-k in one chunk) as one
 * input, so text is cut at control bytes here.
 */

/** Of Ink's `Key`, what is looked at. */
export interface InkKey {
  upArrow: boolean;
  downArrow: boolean;
  leftArrow: boolean;
  rightArrow: boolean;
  pageUp: boolean;
  pageDown: boolean;
  home: boolean;
  end: boolean;
  return: boolean;
  escape: boolean;
  tab: boolean;
  backspace: boolean;
  delete: boolean;
  ctrl: boolean;
  shift: boolean;
  meta: boolean;
}

export type Press = { kind: "key"; name: string } | { kind: "text"; text: string };

const named: readonly (readonly [keyof InkKey, string])[] = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["tab", "tab"],
  ["backspace", "backspace"],
  ["delete", "delete"],
  ["escape", "esc"],
];

const controls = new Map([
  [0x08, "backspace"],
  [0x09, "tab"],
  [0x0a, "enter"],
  [0x0d, "enter"],
  [0x1b, "esc"],
  [0x7f, "backspace"],
]);

function prefixed(name: string, key: InkKey): string {
  if (key.ctrl) return `ctrl-${name}`;
  if (key.shift && name === "tab") return "shift-tab";
  return key.meta && name !== "esc" ? `alt-${name}` : name;
}

export function decodeKeys(input: string, key: InkKey): Press[] {
  const found = named.find(([field]) => key[field]);
  if (found !== undefined) return [{ kind: "key", name: prefixed(found[1], key) }];
  if ((key.ctrl || key.meta) && input.length === 1 && input >= " ") {
    return [{ kind: "key", name: prefixed(input.toLowerCase(), key) }];
  }
  return splitControls(input);
}

function splitControls(input: string): Press[] {
  const presses: Press[] = [];
  let text = "";
  const flush = () => {
    if (text !== "") presses.push({ kind: "text", text });
    text = "";
  };
  for (const char of input) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0x20 && code !== 0x7f) {
      text += char;
      continue;
    }
    flush();
    presses.push({ kind: "key", name: controls.get(code) ?? `ctrl-${String.fromCodePoint(code + 0x60)}` });
  }
  flush();
  return presses;
}
