/** The dashboard over a stage: opened behind the first frame, closed before the last. */
import type { Clock } from "../clock.ts";
import { type AlertKind, alertSequence } from "../tui/alerts.ts";
import { clipboardSequence } from "../tui/clipboard.ts";
import { initialState } from "../tui/state.ts";
import { createStore } from "../tui/store.ts";
import { repainted } from "../tui/terminal-rows.ts";
import { type ThemeName, themeFor } from "../tui/theme.ts";
import { readHistory, writeHistory } from "./history-file.ts";
import type { Opened } from "./opened.ts";
import { backendOf, type ScreenSubject, settingOf } from "./screen-backend.ts";
import type { Stopping } from "./signals.ts";

export interface DashboardOptions extends ScreenSubject {
  theme: ThemeName | undefined;
  alerts: AlertKind;
  mouse: boolean;
  /** Where the typed lines are kept; unset: nowhere. */
  historyFile: string | undefined;
  env: Record<string, string | undefined>;
  clock: Clock;
  stopping: Stopping;
  open(): Promise<Pick<Opened, "stage" | "gone" | "close">>;
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
    one.gone?.catch(crashed.reject);
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
  // What the window became meanwhile was told to whoever had the terminal then.
  process.kill(process.pid, "SIGWINCH");
}
