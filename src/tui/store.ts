/** The running dashboard without its drawing: state, frames, and what keys set going. */
import type { Clock } from "../clock.ts";
import { viewLines } from "../commands/text.ts";
import type { View } from "../commands/view.ts";
import { alertsOf } from "./alerts.ts";
import { shorten } from "./line.ts";
import type { Backend, Ran } from "./port.ts";
import { type Reader, startReader } from "./reader.ts";
import { paintedScreen } from "./screen.ts";
import type { State } from "./state.ts";
import type { Effect } from "./step.ts";
import { type Event, update } from "./update.ts";

/**
 * Between two frames of what comes by itself; the first after a quiet time is drawn at once, and so is what a key did.
 * Any change costs Ink the layout of the whole tree, so this is what the dashboard's load hangs on.
 */
const FRAME_MS = 500;
/** Without any event charts still move on. */
const IDLE_MS = 5_000;

export interface Host {
  clock: Clock;
  /** Past Ink, to the terminal itself: the clipboard, the bell. */
  copy(text: string): void;
  remember(history: readonly string[]): void;
  suspend(): void;
  redraw(): void;
  /** Past the screen, to somebody who looks elsewhere. */
  alert(text: string): void;
  /** After every event. */
  changed?(before: State, after: State): void;
  /** A result's view as rows of at most this width. */
  rowsOf(view: View, width: number): readonly string[];
}

export interface Store {
  dispatch(event: Event): void;
  /** The painted rows; the same array as long as nothing on the screen changed. */
  frame(): readonly string[];
  subscribe(listener: () => void): () => void;
  state(): State;
  /** The nodes are up. */
  attach(backend: Backend): void;
  /** Resolves once the person wants to leave. */
  left: Promise<void>;
  stop(): void;
}

export function createStore(initial: State, host: Host): Store {
  const { clock } = host;
  const listeners = new Set<() => void>();
  const left = Promise.withResolvers<void>();
  let state = initial;
  let frame: readonly string[] = paintedScreen(state);
  let backend: Backend | undefined;
  let reader: Reader | undefined;
  let timer: (() => void) | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let drawnAt = clock.steadyMs();
  let stopped = false;

  /** The screen as of now; listeners hear of it only where a row differs. */
  function draw(): void {
    if (stopped) return;
    const nowMs = clock.steadyMs();
    state = update(state, { type: "clock", nowMs, wallMs: clock.wallMs() }).state;
    const next = paintedScreen(state);
    drawnAt = nowMs;
    planned(nextMoment(nowMs));
    if (next.length === frame.length && next.every((row, i) => row === frame[i])) return;
    frame = next;
    for (const listener of [...listeners]) listener();
  }

  /** When the screen changes without an event: toasts and lit links go out, charts move. */
  function nextMoment(nowMs: number): number {
    const ends = [...state.toasts.map((toast) => toast.until), ...(state.flow === undefined ? [] : [state.flow.until])];
    return Math.max(Math.min(nowMs + IDLE_MS, ...ends), nowMs + FRAME_MS);
  }

  function planned(at: number, sooner = false): void {
    if (sooner && timerAt <= at) return;
    timer?.();
    timerAt = at;
    timer = clock.after(Math.max(at - clock.steadyMs(), 0), () => {
      timerAt = Number.POSITIVE_INFINITY;
      draw();
    });
  }

  function dispatch(event: Event): void {
    if (stopped) return;
    const before = state;
    const step = update(state, event);
    state = step.state;
    for (const text of alertsOf(before, state)) host.alert(text);
    for (const effect of step.effects) perform(effect);
    if (state.pane !== before.pane) reader?.refresh();
    host.changed?.(before, state);
    const atOnce =
      event.type === "press" || event.type === "paste" || event.type === "resize" || event.type === "leaving";
    if (atOnce) draw();
    else planned(Math.max(drawnAt + FRAME_MS, clock.steadyMs()), true);
  }

  const performers: { [T in Effect["type"]]: (effect: Extract<Effect, { type: T }>) => void } = {
    run: ({ line, shown }) => void runLine(line, shown),
    tour: ({ lines }) => void runTour(lines),
    copy({ text }) {
      host.copy(text);
      dispatch({ type: "toast", text: `Copied ${shorten(text, 24)}`, tone: "good" });
    },
    remember: ({ history }) => host.remember(history),
    suspend: () => host.suspend(),
    redraw: () => host.redraw(),
    refresh: () => reader?.refresh(),
    leave: () => left.resolve(),
  };

  function perform<T extends Effect["type"]>(effect: Extract<Effect, { type: T }> & { type: T }): void {
    performers[effect.type](effect);
  }

  async function run(line: string): Promise<Ran> {
    if (backend === undefined) return { ok: false, code: "node_not_running", message: "The nodes are still starting." };
    return backend.run(line);
  }

  async function runLine(line: string, shown: boolean): Promise<void> {
    if (shown) dispatch({ type: "running", line });
    const ran = await run(line);
    if (shown) dispatch({ type: "ran", line, ran, rows: rowsOfRan(ran) });
    else if (!ran.ok) dispatch({ type: "toast", text: `${ran.message} (${ran.code})`, tone: "bad" });
    reader?.refresh();
  }

  function rowsOfRan(ran: Ran): readonly string[] {
    const width = state.size.columns - 2;
    if (ran.ok) return host.rowsOf(ran.view, width);
    return viewLines({ kind: "lines", lines: [`${ran.message} (${ran.code})`] }, { color: false }).flatMap((row) =>
      host.rowsOf({ kind: "lines", lines: [row] }, width),
    );
  }

  async function runTour(lines: readonly string[]): Promise<void> {
    let failure: { line: string; rows: readonly string[] } | undefined;
    for (const line of lines) {
      const ran = await run(line);
      reader?.refresh();
      if (ran.ok) {
        dispatch({ type: "result", line, result: ran.result });
        continue;
      }
      failure = { line, rows: rowsOfRan(ran) };
      break;
    }
    dispatch({ type: "toured", failure });
  }

  planned(nextMoment(clock.steadyMs()));

  return {
    dispatch,
    frame: () => frame,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    state: () => state,
    attach(one) {
      backend = one;
      dispatch({ type: "up" });
      reader = startReader({ backend: one, roles: state.setting.roles, clock, pane: () => state.pane, dispatch });
    },
    left: left.promise,
    stop() {
      stopped = true;
      reader?.stop();
      timer?.();
    },
  };
}
