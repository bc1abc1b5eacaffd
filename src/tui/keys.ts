/** Every key of the screen, in one table: the reducer, the footer and the help read it. */

export type Context = "screen" | "list" | "demo" | "overlay" | "line";

export type KeyAction =
  | "quit"
  | "help"
  | "command"
  | "palette"
  | "filter"
  | "next-pane"
  | "previous-pane"
  | "role"
  | "up"
  | "down"
  | "page-up"
  | "page-down"
  | "top"
  | "bottom"
  | "details"
  | "back"
  | "copy"
  | "qr"
  | "sort"
  | "range"
  | "theme"
  | "refresh"
  | "next-step"
  | "price-up"
  | "price-down"
  | "suspend"
  | "interrupt"
  | "redraw"
  | "yes"
  | "submit"
  | "complete"
  | "search";

export interface KeyRow {
  keys: readonly string[];
  contexts: readonly Context[];
  action: KeyAction;
  /** As the footer and the help write the keys. */
  label: string;
  what: string;
  /** Stands in the footer where its context is on; the lowest first. */
  footer?: number;
}

export const keyTable: readonly KeyRow[] = [
  { keys: ["n"], contexts: ["demo"], action: "next-step", label: "n", what: "next step of the tour", footer: 1 },
  {
    keys: ["up", "+"],
    contexts: ["demo"],
    action: "price-up",
    label: "↑↓",
    what: "move the price by 1 %",
    footer: 2,
  },
  {
    keys: ["down", "-"],
    contexts: ["demo"],
    action: "price-down",
    label: "↓",
    what: "move the price down by 1 %",
  },
  { keys: ["/"], contexts: ["list"], action: "filter", label: "/", what: "filter the rows", footer: 1 },
  { keys: ["/", ":", "i"], contexts: ["screen"], action: "command", label: "/", what: "type a command", footer: 0 },
  {
    keys: ["enter"],
    contexts: ["list"],
    action: "details",
    label: "enter",
    what: "all about the chosen row",
    footer: 2,
  },
  { keys: ["s"], contexts: ["list"], action: "sort", label: "s", what: "sort by the next column", footer: 3 },
  { keys: ["up", "k"], contexts: ["list", "overlay"], action: "up", label: "k ↑", what: "one row up" },
  { keys: ["down", "j"], contexts: ["list", "overlay"], action: "down", label: "j ↓", what: "one row down" },
  {
    keys: ["pageup", "ctrl-u"],
    contexts: ["list", "overlay"],
    action: "page-up",
    label: "pgup ctrl-u",
    what: "half a page up",
  },
  {
    keys: ["pagedown", "ctrl-d"],
    contexts: ["list", "overlay"],
    action: "page-down",
    label: "pgdn ctrl-d",
    what: "half a page down",
  },
  { keys: ["home", "g"], contexts: ["list", "overlay"], action: "top", label: "g home", what: "to the first row" },
  { keys: ["end", "G"], contexts: ["list", "overlay"], action: "bottom", label: "G end", what: "to the last row" },
  {
    keys: ["y", "c"],
    contexts: ["list", "overlay"],
    action: "copy",
    label: "y",
    what: "copy the id, address or invoice",
    footer: 4,
  },
  {
    keys: ["r"],
    contexts: ["overlay"],
    action: "qr",
    label: "r",
    what: "as a QR code, where it is an address or invoice",
    footer: 4,
  },
  { keys: ["esc", "q"], contexts: ["overlay"], action: "back", label: "esc", what: "close", footer: 0 },
  { keys: ["y"], contexts: [], action: "yes", label: "y", what: "do it" },
  {
    keys: ["tab", "right"],
    contexts: ["screen"],
    action: "next-pane",
    label: "tab",
    what: "next pane",
    footer: 5,
  },
  {
    keys: ["shift-tab", "left"],
    contexts: ["screen"],
    action: "previous-pane",
    label: "shift-tab",
    what: "previous pane",
  },
  {
    keys: ["1", "2", "3", "4"],
    contexts: ["screen"],
    action: "role",
    label: "1-4",
    what: "another role, or all of them",
    footer: 6,
  },
  {
    keys: ["[", "]"],
    contexts: ["screen"],
    action: "range",
    label: "[ ]",
    what: "shorter or longer range of the charts",
  },
  { keys: ["ctrl-k"], contexts: ["screen"], action: "palette", label: "ctrl-k", what: "find a command" },
  { keys: ["T"], contexts: ["screen"], action: "theme", label: "T", what: "next theme" },
  { keys: ["R", "ctrl-r"], contexts: ["screen"], action: "refresh", label: "R", what: "read everything again" },
  { keys: ["?"], contexts: ["screen"], action: "help", label: "?", what: "all keys and commands", footer: 4 },
  { keys: ["esc"], contexts: ["screen"], action: "back", label: "esc", what: "back to the overview" },
  { keys: ["q"], contexts: ["screen"], action: "quit", label: "q", what: "stop the nodes and leave", footer: 9 },
  {
    keys: ["ctrl-c"],
    contexts: ["screen", "overlay", "line"],
    action: "interrupt",
    label: "ctrl-c",
    what: "give up the line; twice: stop and leave",
  },
  {
    keys: ["ctrl-z"],
    contexts: ["screen", "overlay", "line"],
    action: "suspend",
    label: "ctrl-z",
    what: "to the shell; fg comes back",
  },
  {
    keys: ["ctrl-l"],
    contexts: ["screen", "overlay", "line"],
    action: "redraw",
    label: "ctrl-l",
    what: "draw the screen again",
  },
  { keys: ["enter"], contexts: ["line"], action: "submit", label: "enter", what: "run the line", footer: 0 },
  { keys: ["tab"], contexts: ["line"], action: "complete", label: "tab", what: "complete the word", footer: 1 },
  {
    keys: ["ctrl-r"],
    contexts: ["line"],
    action: "search",
    label: "ctrl-r",
    what: "search the lines typed before",
    footer: 3,
  },
  { keys: ["esc"], contexts: ["line"], action: "back", label: "esc", what: "back to the screen", footer: 4 },
];

/** The first row that binds the key in one of the contexts, those named first winning. */
export function actionOf(key: string, contexts: readonly Context[]): KeyAction | undefined {
  for (const context of contexts) {
    const row = keyTable.find((one) => one.contexts.includes(context) && one.keys.includes(key));
    if (row !== undefined) return row.action;
  }
  return undefined;
}

/** What the footer says in these contexts: a key that an earlier context took is left out. */
export function footerKeys(contexts: readonly Context[]): KeyRow[] {
  const taken = new Set<string>();
  const rows: KeyRow[] = [];
  for (const context of contexts) {
    for (const row of keyTable.filter((one) => one.contexts.includes(context))) {
      const [first = ""] = row.keys;
      if (row.footer !== undefined && !taken.has(first) && !rows.includes(row)) rows.push(row);
      for (const key of row.keys) taken.add(key);
    }
  }
  return rows.toSorted((a, b) => (a.footer ?? 0) - (b.footer ?? 0));
}
