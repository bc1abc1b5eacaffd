/** The dashboard over a stage: opened behind the first frame, closed before the last. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../clock.ts";
import { CodedError, reasonOf } from "../errors.ts";
import type { Role } from "../node/port.ts";
import { scenarioNames } from "../price/scenarios.ts";
import { execute, type Machine } from "../script/execute.ts";
import type { Stage } from "../script/stage.ts";
import { parseStatement } from "../script/statement.ts";
import { verbs } from "../script/verbs.ts";
import { type AlertKind, alertSequence } from "../tui/alerts.ts";
import { clipboardSequence } from "../tui/clipboard.ts";
import type { Backend, Ran, Setting } from "../tui/port.ts";
import { initialState } from "../tui/state.ts";
import { createStore } from "../tui/store.ts";
import { repainted } from "../tui/terminal-rows.ts";
import { type ThemeName, themeFor } from "../tui/theme.ts";
import type { Stopping } from "./signals.ts";

export interface DashboardOptions {
  roles: readonly Role[];
  demo: boolean;
  network: string;
  yes: boolean;
  theme: ThemeName | undefined;
  alerts: AlertKind;
  mouse: boolean;
  /** Where the typed lines are kept; unset: nowhere. */
  historyFile: string | undefined;
  env: Record<string, string | undefined>;
  clock: Clock;
  stopping: Stopping;
  open(): Promise<{ stage: Stage; close(): Promise<void> }>;
}

/** @returns the exit code @throws what opening, drawing or an uncaught error threw, once the terminal is as it was */
export async function runDashboard(options: DashboardOptions): Promise<number> {
  const { clock, env, stopping } = options;
  // Read when React and chalk are loaded, so this comes before.
  process.env["NODE_ENV"] = "production";
  const theme = themeFor(options.theme, env);
  if (theme === "plain") process.env["FORCE_COLOR"] = "0";
  const size = { columns: process.stdout.columns, rows: process.stdout.rows };
  const history = readHistory(options.historyFile);
  const start = { theme, history, size, nowMs: clock.steadyMs(), wallMs: clock.wallMs() };
  const write = (text: string) => void process.stdout.write(text);
  const store = createStore(initialState(settingOf(options), start), {
    clock,
    copy: (text) => write(clipboardSequence(text, env)),
    remember: (lines) => writeHistory(options.historyFile, lines),
    alert: (text) => write(alertSequence(options.alerts, text)),
    suspend: () => drawing.suspend(untilContinued),
    redraw: () => drawing.redraw(),
    rowsOf: (view, width) => resultRows(view, width),
  });
  // Ink takes longer to load than the first frame to draw.
  write(`${titled(options)}${ENTER_SCREEN}${repainted(undefined, store.frame())}`);
  const { startDrawing, resultRows } = await loadInk().catch((error: unknown) => {
    write(LEAVE_SCREEN);
    throw error;
  });
  const drawing = startDrawing(store, options.mouse);
  const crashed = Promise.withResolvers<never>();
  crashed.promise.catch(() => undefined);
  let opened: Awaited<ReturnType<DashboardOptions["open"]>> | undefined;
  const opening = options.open().then((one) => {
    opened = one;
    store.attach(backendOf(one.stage, clock, crashed.reject));
  });
  opening.catch(crashed.reject);
  try {
    const drawn = drawing.ended.then(() => 0);
    return await Promise.race([stopping.asked, crashed.promise, drawn, store.left.then(() => 0)]);
  } finally {
    store.dispatch({ type: "leaving" });
    // What is half open is closed whole: its error, if any, is the one that is being thrown already.
    await opening.catch(() => undefined);
    try {
      await opened?.close();
    } finally {
      store.stop();
      drawing.stop();
      write("\u001b[23;0t");
    }
  }
}

/** To the alternate screen; and back, with the cursor on. */
const ENTER_SCREEN = "\u001b[?1049h";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";

async function loadInk() {
  const [{ startDrawing }, { resultRows }] = await Promise.all([
    import("../tui/start.tsx"),
    import("../tui/result-rows.tsx"),
  ]);
  return { startDrawing, resultRows };
}

/** The title is pushed to the terminal's stack and popped at the end. */
function titled({ demo, network, roles }: DashboardOptions): string {
  const name = demo ? "demo" : `${roles[0] ?? ""} on ${network}`;
  return `\u001b[22;0t\u001b]0;peer-stables ${name}\u0007`;
}

/** As ctrl-z does in a shell: the whole group, so that a wrapper around this process stops as well. */
async function untilContinued(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGCONT", () => resolve());
    process.kill(0, "SIGTSTP");
  });
}

function settingOf({ roles, demo, network, yes }: DashboardOptions): Setting {
  return {
    roles,
    demo,
    network,
    yes,
    scenarios: scenarioNames,
    verbs: verbs
      .filter((verb) => demo || !verb.needsWorld)
      .map((verb) => ({ name: verb.name, summary: verb.summary, arguments: verb.arguments })),
  };
}

function backendOf(stage: Stage, clock: Clock, crash: (error: unknown) => void): Backend {
  const machine: Machine = { stage, clock, variables: new Map() };
  return {
    async run(line): Promise<Ran> {
      try {
        const scope = { roles: stage.roles, world: stage.world !== undefined, variables: machine.variables };
        const statement = parseStatement(line, scope);
        if (statement === undefined) return { ok: true, result: {}, view: { kind: "lines", lines: [] }, quit: false };
        const outcome = await execute(statement, machine);
        return { ok: true, result: outcome.result, view: outcome.view(), quit: outcome.quit === true };
      } catch (error) {
        const code = error instanceof CodedError ? error.code : "internal";
        // After a panic nothing the node says can be relied on.
        if (code === "native_panic") crash(error);
        return { ok: false, code, message: reasonOf(error) };
      }
    },
    onChange: (listener) => onEvery(stage, clock, listener),
  };
}

const LOOK_MS = 1_000;

/** Sessions come and go with `kill` and `start`: those that run now are listened to. */
function onEvery(stage: Stage, clock: Clock, listener: () => void): () => void {
  let stops: (() => void)[] = [];
  let running = "";
  let cancel: (() => void) | undefined;
  function look(): void {
    for (const stop of stops) stop();
    const sessions = stage.roles.flatMap((role) => stage.session(role) ?? []);
    stops = sessions.map((session) => session.onChange(listener));
    const names = stage.roles.filter((role) => stage.session(role) !== undefined).join();
    if (names !== running) listener();
    running = names;
    cancel = clock.after(LOOK_MS, look);
  }
  look();
  return () => {
    cancel?.();
    for (const stop of stops) stop();
  };
}

function readHistory(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return []; // the first time there is none
  }
}

/** A history that can't be kept is no reason to stop anything. */
function writeHistory(path: string | undefined, history: readonly string[]): void {
  if (path === undefined) return;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${history.join("\n")}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
  } catch {
    return;
  }
}
