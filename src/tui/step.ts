/** What a reducer returns, and what it asks of the outside. */
import type { Tone } from "./line.ts";
import type { State } from "./state.ts";

export type Effect =
  /** @property shown whether its result is put on the screen */
  | { type: "run"; line: string; shown: boolean }
  | { type: "tour"; lines: readonly string[] }
  | { type: "copy"; text: string }
  | { type: "remember"; history: readonly string[] }
  | { type: "suspend" }
  | { type: "redraw" }
  | { type: "refresh" }
  | { type: "leave" };

export interface Step {
  state: State;
  effects: readonly Effect[];
}

export const only = (state: State, ...effects: Effect[]): Step => ({ state, effects });

const TOAST_MS = 4_000;
const MOST_TOASTS = 3;

/** A word to the person, gone after some seconds. */
export function toasted(state: State, text: string, tone: Tone): State {
  return { ...state, toasts: [...state.toasts, { text, tone, until: state.nowMs + TOAST_MS }].slice(-MOST_TOASTS) };
}
