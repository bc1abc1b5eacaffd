/**
 * The dashboard over invented nodes, for measuring it alone: `dashboard-program.tsx CHANNELS HZ PANE`. A tenth of the
 * channels and the price change at every step. SIGTERM ends it and prints what the frames took, as one line of JSON.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../src/clock.ts";
import type { JsonObject } from "../src/commands/view.ts";
import type { Backend } from "../src/tui/port.ts";
import { initialState, type PaneName, paneNames } from "../src/tui/state.ts";
import { createStore } from "../src/tui/store.ts";
import { median, percentile } from "./figures.ts";

process.env["NODE_ENV"] = "production";
const { startDrawing } = await import("../src/tui/start.tsx");
const [count = 40, hz = 4] = process.argv.slice(2, 4).map(Number);
const pane: PaneName = paneNames.find((name) => name === process.argv[4]) ?? "overview";

const hex = (n: number, digits: number): string =>
  n
    .toString(16)
    .padStart(8, "0")
    .repeat(digits / 8);
const usd = (value: number): string => value.toFixed(6);
let step = 0;

const priceNow = (): number => 100_000 + 40 * Math.sin(step / 5);

function channels(): JsonObject {
  return {
    closing: [],
    channels: Array.from({ length: count }, (_, i) => {
      const moved = (step + i) % 10 === 0 ? step : 0;
      return {
        channel_id: hex(i + 1, 64),
        counterparty: `02${hex(i + 1, 64)}`,
        alias: `user ${i + 1}`,
        capacity_sat: "1000000",
        outbound_msat: String(480_000_000 + moved * 1000),
        inbound_msat: String(500_000_000 - moved * 1000),
        in_flight_msat: "0",
        channel_ready: true,
        usable: true,
        confirmations: 6,
        phase: "CHANNELD_NORMAL",
      };
    }),
  };
}

function agreements(): JsonObject {
  return {
    agreements: Array.from({ length: count }, (_, i) => ({
      agreement_id: hex(i + 1, 64),
      channel_id: hex(i + 1, 64),
      counterparty: `02${hex(i + 1, 64)}`,
      role: "provider",
      status: "active",
      target_usd: "100.000000",
      backing_msat: "100000000",
      native_msat: "380000000",
      value_usd: usd(priceNow() / 1000),
      drift_bps: Math.round((priceNow() / 1000 - 100) * 100),
      covered_to_usd: "52000.000000",
      covered_drop_bps: 4800,
      missing_msat: null,
      strikes: 0,
      settlements: step,
      paid_msat: "0",
      received_msat: "0",
      last_settlement_at: null,
      reason: null,
    })),
  };
}

const results: Record<string, () => JsonObject> = {
  stable: agreements,
  listallchannels: channels,
  balance: () => ({
    onchain_sat: "50000000",
    onchain_spendable_sat: "49000000",
    lightning_sat: String(count * 480_000),
    stable_usd: "0.000000",
    stable_sat: "0",
    native_sat: "0",
  }),
  nodeinfo: () => ({
    node_id: `02${hex(9, 64)}`,
    alias: "bench",
    listen: [],
    network: "regtest",
    block_height: 1,
    synced: true,
  }),
  peers: () => ({ peers: [] }),
  income: () => ({
    days: 30,
    opening_fees_msat: "0",
    forwarding_fees_msat: "0",
    conversion_fees_msat: "0",
    total_msat: "0",
  }),
  forwards: () => ({ forwards: [] }),
  payments: () => ({ payments: [] }),
  log: () => ({ lines: [] }),
  audit: () => ({ lines: [] }),
  price: () => ({
    price_usd: usd(priceNow()),
    status: "ok",
    reason: null,
    label: "bench",
    sources: [{ name: "bench", price_usd: usd(priceNow()), age_ms: 0, state: "ok" }],
  }),
};

const backend: Backend = {
  async run(line) {
    const [first = "", second] = line.split(" ");
    const result = results[first === "lsp" ? (second ?? "") : first];
    if (result === undefined) return { ok: false, code: "unknown_command", message: line };
    return { ok: true, result: result(), view: { kind: "lines", lines: [] }, quit: false };
  },
  onChange(listener) {
    const timer =
      hz === 0
        ? undefined
        : setInterval(() => {
            step += 1;
            listener();
          }, 1000 / hz);
    return () => clearInterval(timer);
  },
};

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
    const began = performance.now();
    store.dispatch(event);
    workMs += performance.now() - began;
  },
};
const drawing = startDrawing(measured, false, (ms) => {
  frames.push(ms + workMs);
  workMs = 0;
});
store.attach(backend);
process.on("SIGTERM", () => {
  drawing.stop();
  store.stop();
  const figures = { frames: frames.length, frame_median_ms: median(frames), frame_p95_ms: percentile(frames, 95) };
  writeSync(1, `\n${JSON.stringify(figures)}\n`);
  process.exit(0);
});
