/**
 * `bun bench/dashboard-hour.ts`: the dashboard's model and its writing over an hour of simulated running, 40 channels
 * changing four times a second: 14,400 changes. Memory after collecting garbage, after five minutes and at the end.
 */
import type { Clock } from "../src/clock.ts";
import { initialState } from "../src/tui/state.ts";
import { createStore } from "../src/tui/store.ts";
import { repainted } from "../src/tui/terminal-rows.ts";
import { inventedNodes } from "./invented-nodes.ts";

const MINUTES = 60;
const STEP_MS = 250;

interface Timer {
  at: number;
  run(): void;
}

/** Time that passes when it is told to. */
function simulatedClock(): { clock: Clock; advance(ms: number): Promise<void> } {
  let now = 0;
  const timers = new Set<Timer>();
  return {
    clock: {
      steadyMs: () => now,
      wallMs: () => 1_795_262_400_000 + now,
      after(ms, run) {
        const timer = { at: now + Math.max(ms, 0), run };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.run();
        // Readings are promises: they come back before time goes on.
        for (let i = 0; i < 8; i += 1) await Promise.resolve();
      }
      now = until;
    },
  };
}

const { clock, advance } = simulatedClock();
const nodes = inventedNodes(40);
const nothing = (): undefined => undefined;
const store = createStore(
  initialState(
    { roles: ["lsp"], demo: false, network: "regtest", verbs: [], scenarios: [], yes: true, attached: false },
    { theme: "dark", history: [], size: { columns: 120, rows: 45 }, nowMs: 0, wallMs: clock.wallMs() },
  ),
  { clock, copy: nothing, remember: nothing, suspend: nothing, redraw: nothing, alert: nothing, rowsOf: () => [] },
);

let frames = 0;
let bytes = 0;
let shown: readonly string[] | undefined;
store.subscribe(() => {
  bytes += Buffer.byteLength(repainted(shown, store.frame()));
  shown = store.frame();
  frames += 1;
});
store.attach(nodes.backend);

function memory(): { heap_mb: number; resident_mb: number } {
  Bun.gc(true);
  const { heapUsed, rss } = process.memoryUsage();
  return { heap_mb: heapUsed / 2 ** 20, resident_mb: rss / 2 ** 20 };
}

let early = memory();
const cpuBefore = process.cpuUsage();
for (let minute = 1; minute <= MINUTES; minute += 1) {
  for (let passed = 0; passed < 60_000; passed += STEP_MS) {
    nodes.step();
    await advance(STEP_MS);
  }
  if (minute === 5) early = memory();
}
const { user, system } = process.cpuUsage(cpuBefore);
const late = memory();
process.stdout.write(
  `${JSON.stringify({
    frames,
    kb_per_second: bytes / 1000 / (MINUTES * 60),
    cpu_seconds: (user + system) / 1e6,
    early_heap_mb: early.heap_mb,
    late_heap_mb: late.heap_mb,
    early_resident_mb: early.resident_mb,
    late_resident_mb: late.resident_mb,
  })}\n`,
);
store.stop();
