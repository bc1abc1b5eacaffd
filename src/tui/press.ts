/** What a key does, by where the keyboard goes: an overlay, the line, a filter, or the screen. */

import { complete, completed } from "./complete.ts";
import { confirmationFor } from "./confirm.ts";
import { contextsOf } from "./contexts.ts";
import type { Press } from "./decode-keys.ts";
import { edits, emptyEditor, insert, withText } from "./editor.ts";
import { remembered, search } from "./history.ts";
import { actionOf } from "./keys.ts";

import { overlayPress } from "./overlay-keys.ts";
import { screenAction } from "./screen-keys.ts";
import { type Overlay, rolesShown, type State } from "./state.ts";
import { type Effect, only, type Step, toasted } from "./step.ts";

export function press(state: State, one: Press): Step {
  if (state.phase === "leaving") return only(state);
  if (one.kind === "key") {
    const always = onEverything(state, one.name);
    if (always !== undefined) return always;
  }
  if (state.overlay !== undefined) {
    if (one.kind === "text" && (state.overlay.kind === "confirm" || state.overlay.kind === "leave")) {
      return answer(state, state.overlay, one.text);
    }
    if (one.kind === "text" && state.overlay.kind !== "palette") return letterByLetter(state, one.text, overlayKey);
    return overlayPress(state, state.overlay, one);
  }
  switch (state.focus) {
    case "line":
      return linePress(state, one);
    case "search":
      return searchPress(state, one);
    case "filter":
      return filterPress(state, one);
    case "screen":
      return screenPress(state, one);
  }
}

function onEverything(state: State, key: string): Step | undefined {
  if (key === "ctrl-z") return only(state, { type: "suspend" });
  if (key === "ctrl-l") return only(state, { type: "redraw" });
  if (key === "ctrl-c") return interrupted(state);
  return undefined;
}

/** What is typed is given up first; then it asks; the second time it leaves. */
function interrupted(state: State): Step {
  if (state.overlay?.kind === "leave") return only(state, { type: "leave" });
  if (state.focus !== "screen" && (state.editor.text !== "" || state.focus !== "line")) {
    return only({ ...state, focus: "line", editor: { ...emptyEditor, killed: state.editor.killed } });
  }
  return only({ ...state, focus: "screen", overlay: { kind: "leave" } });
}

/**
 * Only `y` or `yes` alone is a yes. Whatever else is typed was meant for something else, by somebody who has not seen the
 * question: it is a no, and what is longer than a letter goes where it was meant to go.
 */
function answer(state: State, overlay: Overlay, text: string): Step {
  const yes = overlay.kind === "leave" ? /^(y|yes|q)$/i : /^(y|yes)$/i;
  if (yes.test(text)) return overlayPress(state, overlay, { kind: "text", text: "y" });
  const no = overlayPress(state, overlay, { kind: "text", text: "n" });
  const rest = [...text].length === 1 || /^no$/i.test(text) ? "" : text.replace(/^n/i, "");
  if (rest === "") return no;
  const step = press(no.state, { kind: "text", text: rest });
  return { state: step.state, effects: [...no.effects, ...step.effects] };
}

/** Letters arrive in bursts: each is a key of its own until one of them opens the line. */
function letterByLetter(state: State, text: string, onKey: (state: State, key: string) => Step): Step {
  const [first = "", ...others] = text;
  const step = onKey(state, first);
  if (others.length === 0) return step;
  const rest = press(step.state, { kind: "text", text: others.join("") });
  return { state: rest.state, effects: [...step.effects, ...rest.effects] };
}

function overlayKey(state: State, text: string): Step {
  return state.overlay === undefined ? only(state) : overlayPress(state, state.overlay, { kind: "text", text });
}

function screenPress(state: State, one: Press): Step {
  return one.kind === "key" ? screenKey(state, one.name) : letterByLetter(state, one.text, screenKey);
}

function screenKey(state: State, key: string): Step {
  const action = actionOf(key, contextsOf(state));
  if (action !== undefined) return screenAction(state, action, key);
  // Whoever simply begins to type means the line.
  return /^[a-z$]$/.test(key) ? only({ ...state, focus: "line", editor: insert(state.editor, key) }) : only(state);
}

function linePress(state: State, one: Press): Step {
  if (one.kind === "text") {
    if (one.text === "?" && state.editor.text === "") return only({ ...state, overlay: { kind: "help", scroll: 0 } });
    return only({ ...state, editor: insert(state.editor, one.text) });
  }
  switch (actionOf(one.name, ["line"])) {
    case "submit":
      return submit(state, state.editor.text);
    case "complete": {
      const head = state.editor.text.slice(0, state.editor.at);
      const text = completed(head, complete(head, state));
      const editor = { ...state.editor, text: text + state.editor.text.slice(state.editor.at), at: text.length };
      return only({ ...state, editor });
    }
    case "search":
      return only({ ...state, focus: "search", searching: { text: "", skip: 0 } });
    case "back":
      return only({ ...state, focus: "screen", editor: { ...emptyEditor, killed: state.editor.killed } });
    default:
      break;
  }
  if (one.name === "ctrl-d" && state.editor.text === "") return interrupted(state);
  const edit = edits[one.name];
  return only(edit === undefined ? state : { ...state, editor: edit(state.editor, state.history) });
}

/** Runs a line, or asks first where it moves money. */
export function submit(state: State, text: string): Step {
  const line = text.trim().replace(/^\//, "").trim();
  const cleared: State = { ...state, focus: "screen", editor: { ...emptyEditor, killed: state.editor.killed } };
  if (line === "") return only(cleared);
  if (state.phase !== "running") return only(toasted(state, "The nodes are still starting", "warn"));
  const whole = namedRole(line, state);
  const history = remembered(state.history, line);
  const asked = state.setting.yes ? undefined : confirmationFor(whole, state, state.setting.roles);
  const next = { ...cleared, history };
  const remember: Effect = { type: "remember", history };
  if (asked !== undefined)
    return only({ ...next, overlay: { kind: "confirm", line: whole, rows: asked.rows } }, remember);
  return only(next, remember, { type: "run", line: whole, shown: true });
}

/** In the tab of one role its name may be left out. */
function namedRole(line: string, state: State): string {
  const [role, ...others] = rolesShown(state);
  const { roles, verbs } = state.setting;
  const head = line.split(/\s+/)[0]?.toLowerCase() ?? "";
  const isVerb = verbs.some((verb) => verb.name === head && verb.name !== "help");
  if (roles.length < 2 || others.length > 0 || role === undefined || isVerb || roles.some((one) => one === head))
    return line;
  if (["let", "expect", "help", "exit", "quit", "price"].includes(head)) return line;
  return `${role} ${line}`;
}

function searchPress(state: State, one: Press): Step {
  const { searching } = state;
  const found = search(state.history, searching.text, searching.skip) ?? "";
  if (one.kind === "text") return only({ ...state, searching: { text: searching.text + one.text, skip: 0 } });
  switch (one.name) {
    case "backspace":
      return only({ ...state, searching: { text: searching.text.slice(0, -1), skip: 0 } });
    case "ctrl-r":
      return only({ ...state, searching: { ...searching, skip: searching.skip + 1 } });
    case "esc":
      return only({ ...state, focus: "line" });
    case "enter":
      return submit({ ...state, focus: "line" }, found);
    default:
      return only({ ...state, focus: "line", editor: withText(state.editor, found) });
  }
}

function filterPress(state: State, one: Press): Step {
  const { list } = state;
  if (one.kind === "text") return only({ ...state, list: { ...list, filter: list.filter + one.text, chosen: 0 } });
  switch (one.name) {
    case "backspace":
      return only({ ...state, list: { ...list, filter: list.filter.slice(0, -1), chosen: 0 } });
    case "ctrl-u":
      return only({ ...state, list: { ...list, filter: "", chosen: 0 } });
    case "esc":
      return only({ ...state, focus: "screen", list: { ...list, filter: "", chosen: 0 } });
    default:
      return only({ ...state, focus: "screen" });
  }
}
