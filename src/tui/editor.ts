/** The command line as a reducer: what keys do to a text and its cursor, as in a shell. */

export interface Editor {
  text: string;
  /** In UTF-16 units, always between graphemes. */
  at: number;
  /** What ctrl-u, ctrl-k and ctrl-w took last; ctrl-y brings it back. */
  killed: string;
  /** Place in the history while walking through it, 0 the newest; -1 is the line itself. */
  past: number;
  /** The line as it was before the walk. */
  draft: string;
}

export const emptyEditor: Editor = { text: "", at: 0, killed: "", past: -1, draft: "" };

const graphemes = new Intl.Segmenter();

function before(text: string, at: number): number {
  const last = [...graphemes.segment(text.slice(0, at))].at(-1);
  return last === undefined ? 0 : last.index;
}

function after(text: string, at: number): number {
  const [first] = graphemes.segment(text.slice(at));
  return first === undefined ? at : at + first.segment.length;
}

function wordBefore(text: string, at: number): number {
  return text.slice(0, at).replace(/\S+\s*$/, "").length;
}

function wordAfter(text: string, at: number): number {
  return at + (/^\s*\S+/.exec(text.slice(at))?.[0].length ?? 0);
}

function removed(editor: Editor, from: number, to: number, kill: boolean): Editor {
  const gone = editor.text.slice(from, to);
  return {
    ...editor,
    text: editor.text.slice(0, from) + editor.text.slice(to),
    at: from,
    killed: kill && gone !== "" ? gone : editor.killed,
  };
}

/** Text put in at the cursor; line ends and tabs of a paste become blanks. */
export function insert(editor: Editor, text: string): Editor {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a paste may hold anything, a line of ours no controls
  const clean = text.replace(/[\r\n\t]+/g, " ").replace(/[\u0000-\u001f\u007f]/g, "");
  return {
    ...editor,
    text: editor.text.slice(0, editor.at) + clean + editor.text.slice(editor.at),
    at: editor.at + clean.length,
    past: -1,
  };
}

export function withText(editor: Editor, text: string): Editor {
  return { ...editor, text, at: text.length };
}

function walk(editor: Editor, history: readonly string[], step: 1 | -1): Editor {
  const past = editor.past + step;
  if (past >= history.length || past < -1) return editor;
  const draft = editor.past === -1 ? editor.text : editor.draft;
  const text = past === -1 ? draft : (history[history.length - 1 - past] ?? "");
  return { ...editor, text, at: text.length, past, draft };
}

type Edit = (editor: Editor, history: readonly string[]) => Editor;

/** By key name; see decode-keys.ts. */
export const edits: Readonly<Record<string, Edit>> = {
  left: (e) => ({ ...e, at: before(e.text, e.at) }),
  right: (e) => ({ ...e, at: after(e.text, e.at) }),
  "ctrl-b": (e) => ({ ...e, at: before(e.text, e.at) }),
  "ctrl-f": (e) => ({ ...e, at: after(e.text, e.at) }),
  home: (e) => ({ ...e, at: 0 }),
  "ctrl-a": (e) => ({ ...e, at: 0 }),
  end: (e) => ({ ...e, at: e.text.length }),
  "ctrl-e": (e) => ({ ...e, at: e.text.length }),
  "alt-b": (e) => ({ ...e, at: wordBefore(e.text, e.at) }),
  "ctrl-left": (e) => ({ ...e, at: wordBefore(e.text, e.at) }),
  "alt-f": (e) => ({ ...e, at: wordAfter(e.text, e.at) }),
  "ctrl-right": (e) => ({ ...e, at: wordAfter(e.text, e.at) }),
  backspace: (e) => removed(e, before(e.text, e.at), e.at, false),
  "ctrl-h": (e) => removed(e, before(e.text, e.at), e.at, false),
  delete: (e) => removed(e, e.at, after(e.text, e.at), false),
  "ctrl-d": (e) => removed(e, e.at, after(e.text, e.at), false),
  "ctrl-u": (e) => removed(e, 0, e.at, true),
  "ctrl-k": (e) => removed(e, e.at, e.text.length, true),
  "ctrl-w": (e) => removed(e, wordBefore(e.text, e.at), e.at, true),
  "alt-d": (e) => removed(e, e.at, wordAfter(e.text, e.at), true),
  "ctrl-y": (e) => insert(e, e.killed),
  up: (e, history) => walk(e, history, 1),
  "ctrl-p": (e, history) => walk(e, history, 1),
  down: (e, history) => walk(e, history, -1),
  "ctrl-n": (e, history) => walk(e, history, -1),
};
