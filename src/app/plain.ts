/**
 * The dashboard without a screen: what it shows is told line by line as it changes, commands are typed at a prompt. No
 * escape sequence is written; the terminal's own line editing is what a screen reader knows.
 */
import { createInterface } from "node:readline";
import type { Clock } from "../clock.ts";
import { viewLines } from "../commands/text.ts";
import type { Stage } from "../script/stage.ts";
import { news, toldOf } from "../tui/plain-news.ts";
import { statusLines } from "../tui/plain-status.ts";
import { initialState, type State } from "../tui/state.ts";
import { createStore, type Store } from "../tui/store.ts";
import { readHistory, writeHistory } from "./history-file.ts";
import { backendOf, type ScreenSubject, settingOf } from "./screen-backend.ts";
import type { Stopping } from "./signals.ts";

export interface PlainOptions extends ScreenSubject {
  greeting: string;
  historyFile: string | undefined;
  clock: Clock;
  stopping: Stopping;
  /** Rejects once the process that is attached to is gone. */
  gone: Promise<never> | undefined;
  /** One line to standard output. */
  out(line: string): void;
}

/** Changes that come together are told together. */
const TOLD_EVERY_MS = 400;
const PROMPT = "> ";
const YES = /^y(es)?$/i;

/** Ends with `exit`, with ctrl-d, and with ctrl-c twice. @throws after a native panic */
export async function runPlain(stage: Stage, options: PlainOptions): Promise<void> {
  const { clock, out } = options;
  const crashed = Promise.withResolvers<never>();
  crashed.promise.catch(() => undefined);
  const typed = typedLines();
  /** Where a prompt stands, told lines begin below it. */
  let prompting = false;
  const write = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    if (prompting) out("");
    for (const line of lines) out(line);
    if (prompting) prompt();
  };
  function prompt(): void {
    prompting = process.stdout.isTTY;
    if (prompting) process.stdout.write(PROMPT);
  }

  const changes = changeBell();
  const store = plainStore(options, (before, after) => {
    write(atOnce(before, after));
    changes.ring();
  });
  const left = Promise.withResolvers<void>();
  armed(options, typed.onLine, write, left.resolve);
  const tour = options.demo ? ", next does the next step of the tour" : "";
  write([options.greeting, `status says all that is known${tour}; the rest is told as it happens.`]);
  // From before anything was read: what is there already is told as well.
  const telling = tellChanges(store, clock, write);
  store.attach(backendOf(stage, clock, crashed.reject));
  options.gone?.catch((error: unknown) => {
    // What is said of it stands on a line of its own.
    if (prompting) out("");
    crashed.reject(error);
  });
  const leaving = [left.promise, store.left, typed.ended, crashed.promise];
  try {
    const conversation = async (): Promise<void> => {
      for (;;) {
        prompt();
        const line = await typed.next();
        prompting = false;
        said(line.trim(), store, write);
        // What is typed while a command runs waits until it is done.
        while (busy(store.state())) await changes.next();
      }
    };
    await Promise.race([conversation(), ...leaving]);
  } finally {
    telling();
    store.stop();
    typed.close();
  }
}

/** The dashboard's store with no size: nothing is drawn from it. */
function plainStore(options: PlainOptions, changed: (before: State, after: State) => void): Store {
  const { clock } = options;
  const start = {
    theme: "plain" as const,
    history: readHistory(options.historyFile),
    size: { columns: 0, rows: 0 },
    nowMs: clock.steadyMs(),
    wallMs: clock.wallMs(),
  };
  const nothing = (): void => undefined;
  return createStore(initialState(settingOf(options), start), {
    clock,
    copy: nothing,
    alert: nothing,
    suspend: nothing,
    redraw: nothing,
    remember: (lines) => writeHistory(options.historyFile, lines),
    rowsOf: (view) => viewLines(view, { color: false }),
    changed,
  });
}

const busy = ({ output, touring }: State): boolean => output?.status === "running" || touring;

function changeBell(): { ring(): void; next(): Promise<void> } {
  let bell = Promise.withResolvers<void>();
  return {
    ring() {
      bell.resolve();
      bell = Promise.withResolvers<void>();
    },
    next: () => bell.promise,
  };
}

/** Answers to what was typed, and toasts: they wait for nothing. */
function atOnce(before: State, after: State): readonly string[] {
  const fresh = after.toasts.filter((toast) => !before.toasts.includes(toast)).map(({ text }) => text);
  const { output } = after;
  const done = output !== before.output && output !== undefined && output.status !== "running";
  return done ? [...fresh, ...output.rows] : fresh;
}

function tellChanges(store: Store, clock: Clock, write: (lines: readonly string[]) => void): () => void {
  let told = toldOf(store.state());
  let cancel = clock.after(TOLD_EVERY_MS, tell);
  function tell(): void {
    const { lines, told: next } = news(told, store.state());
    told = next;
    write(lines);
    cancel = clock.after(TOLD_EVERY_MS, tell);
  }
  return () => cancel();
}

/** One line of the person: an answer, a word of this prompt, or a command. */
function said(line: string, store: Store, write: (lines: readonly string[]) => void): void {
  if (store.state().overlay !== undefined) {
    store.dispatch({ type: "press", presses: [{ kind: "text", text: YES.test(line) ? "y" : "n" }] });
  } else if (/^\/?status$/.test(line)) write(statusLines(store.state()));
  else if (store.state().setting.demo && /^\/?(n|next)$/.test(line)) {
    store.dispatch({ type: "press", presses: [{ kind: "text", text: "n" }] });
  } else store.dispatch({ type: "line", text: line });
  const { overlay } = store.state();
  if (overlay?.kind === "confirm") write([...overlay.rows, "Do it? y or n"]);
}

/** The first ctrl-c says how to leave, a second one in a row does it. */
function armed(
  { stopping, attached }: PlainOptions,
  onLine: (listener: () => void) => void,
  write: (lines: readonly string[]) => void,
  leave: () => void,
): void {
  let asked = false;
  onLine(() => {
    asked = false;
  });
  stopping.onInterrupt(() => {
    if (asked) return leave();
    asked = true;
    write([`ctrl-c again, or exit, ${attached ? "leaves" : "stops the nodes and leaves"}.`]);
  });
}

/** What was typed while a command ran waits here. */
function typedLines() {
  const lines: string[] = [];
  let wake = (): void => undefined;
  const ended = Promise.withResolvers<void>();
  const reader = createInterface({ input: process.stdin, terminal: false });
  reader.on("line", (line) => {
    lines.push(line);
    wake();
  });
  reader.on("close", ended.resolve);
  return {
    ended: ended.promise,
    onLine: (listener: () => void) => void reader.on("line", listener),
    close: () => reader.close(),
    async next(): Promise<string> {
      for (;;) {
        const line = lines.shift();
        if (line !== undefined) return line;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
