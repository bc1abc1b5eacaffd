/**
 * The dashboard over invented nodes, for measuring it alone: `dashboard-program.tsx CHANNELS HZ PANE [ink]`. A tenth of
 * the channels and the price change at every step. SIGTERM ends it and prints, as a line of JSON, what the frames and
 * the whole process took since the warm-up, and for how many changes and keys: on a busy machine fewer come through.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../src/clock.ts";
import { initialState, type PaneName, paneNames } from "../src/tui/state.ts";
import { createStore } from "../src/tui/store.ts";
import { median, percentile } from "./figures.ts";
import { inventedNodes } from "./invented-nodes.ts";

process.env["NODE_ENV"] = "production";
const { startDrawing } = await import("../src/tui/start.tsx");
const { startInkRows } = await import("./ink-rows.tsx");
const [count = 40, hz = 4] = process.argv.slice(2, 4).map(Number);
const pane: PaneName = paneNames.find((name) => name === process.argv[4]) ?? "overview";

const nodes = inventedNodes(count);
let changes = 0;
let keys = 0;
if (hz > 0) {
  setInterval(() => {
    changes += 1;
    nodes.step();
  }, 1000 / hz);
}

const clock = systemClock();
const setting = {
  roles: ["lsp"] as const,
  demo: false,
  attached: false,
  network: "regtest",
  verbs: [],
  scenarios: [],
  yes: true,
};
const size = { columns: process.stdout.columns, rows: process.stdout.rows };
const state = initialState(setting, {
  theme: "dark",
  history: [],
  size,
  nowMs: clock.steadyMs(),
  wallMs: clock.wallMs(),
});
const nothing = () => undefined;
const store = createStore(
  { ...state, pane },
  { clock, copy: nothing, remember: nothing, suspend: nothing, redraw: nothing, alert: nothing, rowsOf: () => [] },
);

const frames: number[] = [];
let workMs = 0;
/** The model's own work counts as well: from the event to the painted rows. */
const measured: typeof store = {
  ...store,
  dispatch(event) {
    if (event.type === "press") keys += event.presses.length;
    const began = performance.now();
    store.dispatch(event);
    workMs += performance.now() - began;
  },
};
const onFrame = (ms: number): void => {
  frames.push(ms + workMs);
  workMs = 0;
};
const drawing = process.argv[5] === "ink" ? startInkRows(measured, onFrame) : startDrawing(measured, false, onFrame);
store.attach(nodes.backend);

const WARM_UP_MS = 2_500;
let cpu = process.cpuUsage();
setTimeout(() => {
  frames.length = 0;
  changes = 0;
  keys = 0;
  cpu = process.cpuUsage();
}, WARM_UP_MS);
process.on("SIGTERM", () => {
  drawing.stop();
  store.stop();
  const { user, system } = process.cpuUsage(cpu);
  const figures = {
    cpu_ms: (user + system) / 1000,
    changes,
    keys,
    frame_median_ms: median(frames),
    frame_p95_ms: percentile(frames, 95),
  };
  writeSync(1, `\n${JSON.stringify(figures)}\n`);
  process.exit(0);
});
