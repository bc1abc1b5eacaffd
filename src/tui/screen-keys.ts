/** What the actions of the key table do to the screen. */
import type { KeyAction } from "./keys.ts";
import { microOf, ofMicro } from "./money-text.ts";
import type { Row } from "./pane-cells.ts";
import { paneOf, rowsOf } from "./panes.ts";
import { isScannable } from "./qr.ts";
import { besidePane, freshList, paneNames, ranges, type State, tabsOf } from "./state.ts";
import { only, type Step, toasted } from "./step.ts";
import { themeNames } from "./theme.ts";
import { stepOf } from "./tour.ts";

type Handler = (state: State, key: string) => Step;

const handlers: Readonly<Partial<Record<KeyAction, Handler>>> = {
  quit: (state) => only({ ...state, overlay: { kind: "leave" } }),
  help: (state) => only({ ...state, overlay: { kind: "help", scroll: 0 } }),
  palette: (state) => only({ ...state, overlay: { kind: "palette", text: "", chosen: 0 } }),
  command: (state) => only({ ...state, focus: "line" }),
  filter: (state) => only({ ...state, focus: "filter" }),
  "next-pane": (state) => only(shownPane(state, besidePane(state.pane, 1))),
  "previous-pane": (state) => only(shownPane(state, besidePane(state.pane, -1))),
  role(state, key) {
    const tab = Number(key) - 1;
    return only(tab < tabsOf(state.setting).length ? { ...state, tab, list: freshList } : state, { type: "refresh" });
  },
  up: (state) => only(chosen(state, -1)),
  down: (state) => only(chosen(state, 1)),
  "page-up": (state) => only(chosen(state, -10)),
  "page-down": (state) => only(chosen(state, 10)),
  top: (state) => only(chosen(state, Number.NEGATIVE_INFINITY)),
  bottom: (state) => only(chosen(state, Number.POSITIVE_INFINITY)),
  details: (state) => only(detailed(state)),
  back: (state) => only(back(state)),
  copy: copyChosen,
  qr(state) {
    const text = state.output?.copy;
    if (text === undefined || !isScannable(text)) return only(toasted(state, "There is nothing to scan here", "warn"));
    return only({ ...state, overlay: { kind: "qr", text } });
  },
  sort: (state) => only(sorted(state)),
  range: (state, key) => {
    const range = Math.min(Math.max(state.range + (key === "]" ? 1 : -1), 0), ranges.length - 1);
    return only({ ...state, range });
  },
  theme(state) {
    const next = themeNames[(themeNames.indexOf(state.theme) + 1) % themeNames.length] ?? state.theme;
    return only(toasted({ ...state, theme: next }, `Theme ${next}`, "accent"));
  },
  refresh: (state) => only(state, { type: "refresh" }, { type: "redraw" }),
  "next-step": nextStep,
  "price-up": (state) => movePrice(state, 101n),
  "price-down": (state) => movePrice(state, 99n),
};

export function screenAction(state: State, action: KeyAction, key: string): Step {
  return handlers[action]?.(state, key) ?? only(state);
}

/** @param name of a pane; any other leaves the screen as it is */
export function shownPane(state: State, name: string): State {
  const pane = paneNames.find((one) => one === name);
  return pane === undefined || pane === state.pane ? state : { ...state, pane, list: freshList };
}

/** The first click chooses a row, one on the chosen row opens it. @param at its place in the rows as they are shown */
export function clickedRow(state: State, at: number): Step {
  const most = listed(state).length - 1;
  if (chosenIndex(state, most) === at) return only(detailed(state));
  return only(chosen(state, at - chosenIndex(state, most)));
}

function listed(state: State): readonly Row[] {
  const pane = paneOf(state.pane);
  return pane === undefined ? [] : rowsOf(state, pane);
}

/** Of lists that grow at the end the choice is counted from there: 0 is the newest. */
function chosen(state: State, step: number): State {
  if (state.pane === "overview") return scrolled(state, step);
  const most = Math.max(listed(state).length - 1, 0);
  const at = Math.min(Math.max(chosenIndex(state, most) + step, 0), most);
  const newestLast = paneOf(state.pane)?.newestLast === true && state.list.sort < 0;
  return { ...state, list: { ...state.list, chosen: newestLast ? most - at : at } };
}

/** The chosen row's place in the rows as they are shown. @param most the last one's */
export function chosenIndex(state: State, most: number): number {
  const newestLast = paneOf(state.pane)?.newestLast === true && state.list.sort < 0;
  const at = Math.min(state.list.chosen, most);
  return newestLast ? most - at : at;
}

export function scrolled(state: State, step: number): State {
  const { output } = state;
  if (output === undefined) return state;
  const scroll = Math.min(Math.max(output.scroll + step, 0), Math.max(output.rows.length - 1, 0));
  return { ...state, output: { ...output, scroll } };
}

function chosenRow(state: State): Row | undefined {
  const rows = listed(state);
  return rows[chosenIndex(state, rows.length - 1)];
}

function detailed(state: State): State {
  const row = chosenRow(state);
  if (row === undefined) return state;
  const title = `${row.role} · ${state.pane.replace(/s$/, "")}`;
  return { ...state, overlay: { kind: "detail", title, view: row.detail(), scroll: 0, copy: row.id } };
}

function back(state: State): State {
  if (state.output !== undefined) return { ...state, output: undefined };
  if (state.list.filter !== "") return { ...state, list: { ...state.list, filter: "", chosen: 0 } };
  return { ...state, pane: "overview", list: freshList };
}

function copyChosen(state: State): Step {
  const text = state.pane === "overview" ? state.output?.copy : (chosenRow(state)?.id ?? state.output?.copy);
  if (text === undefined) return only(toasted(state, "There is nothing to copy here", "warn"));
  return only(state, { type: "copy", text });
}

/** Each column up, then down, then as it came. */
function sorted(state: State): State {
  const columns = paneOf(state.pane)?.columns.length ?? 0;
  const { sort, reverse } = state.list;
  if (sort >= 0 && !reverse) return { ...state, list: { ...state.list, reverse: true, chosen: 0 } };
  const next = sort + 1 >= columns ? -1 : sort + 1;
  return { ...state, list: { ...state.list, sort: next, reverse: false, chosen: 0 } };
}

function nextStep(state: State): Step {
  if (state.phase !== "running") return only(toasted(state, "The nodes are still starting", "warn"));
  if (state.touring) return only(toasted(state, "The step is still under way", "warn"));
  const next = stepOf(state);
  if (next === undefined) return only(toasted(state, "The tour is done; ↑ and ↓ move the price", "good"));
  return only({ ...state, touring: true, output: undefined }, { type: "tour", lines: next.step.lines });
}

/** @param percent of the present price, 100 being no change */
function movePrice(state: State, percent: bigint): Step {
  const now = state.price?.price_usd;
  if (now === undefined || now === null) return only(state);
  const cents = (microOf(now) * percent) / 100n / 10_000n;
  const price = ofMicro(cents * 10_000n);
  // Shown at once: the next press counts from here even before the reading comes back.
  const next = state.price === undefined ? state : { ...state, price: { ...state.price, price_usd: price } };
  return only(next, { type: "run", line: `price ${price.slice(0, -4)}`, shown: false });
}
