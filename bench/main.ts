/**
 * `bun run bench`: our path beside the same flow in plain Rust over ldk-node, in turn on one machine in one run, so
 * that the ratios mean something whatever else the machine does. A table, and JSON with --json.
 *
 *     bun run bench -- [--rounds N] [--json]
 */
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { measureSnapshot } from "./ffi-snapshot.ts";
import { median } from "./figures.ts";

const root = dirname(import.meta.dir);
const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" }, json: { type: "boolean" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: a whole number from 1 on`);

const figuresSchema = z.record(z.string(), z.union([z.number(), z.boolean()]));
type Figures = Record<string, number>;

async function output(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const [text, complaint, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${complaint}`);
  return text;
}

async function figuresOf(command: readonly string[]): Promise<Figures> {
  const text = await output(command);
  const parsed = figuresSchema.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
  return Object.fromEntries(Object.entries(parsed).flatMap(([key, n]) => (typeof n === "number" ? [[key, n]] : [])));
}

async function scriptMs(): Promise<number> {
  const began = performance.now();
  await output([process.execPath, "src/main.tsx", "demo", "--script", "scripts/demo.txt", "--json"]);
  return performance.now() - began;
}

process.stderr.write("building the yardstick (seconds, once the library is built)...\n");
await output(["cargo", "build", "--release", "--example", "yardstick", "--manifest-path", "native/Cargo.toml"]);
const yardstick = ["native/target/release/examples/yardstick", "--wait-forwards"];

const runs: { plain: Figures[]; wal: Figures[]; ours: Figures[]; script: number[] } = {
  plain: [],
  wal: [],
  ours: [],
  script: [],
};
for (let round = 1; round <= rounds; round++) {
  process.stderr.write(`round ${round} of ${rounds}\n`);
  runs.plain.push(await figuresOf(yardstick));
  runs.ours.push(await figuresOf([process.execPath, "bench/our-path.ts"]));
  runs.wal.push(await figuresOf([...yardstick, "--wal"]));
  runs.script.push(await scriptMs());
}
const snapshot = measureSnapshot(1_000);
const positions = await figuresOf([process.execPath, "bench/positions.ts", "--figures"]);

const of = (figures: Figures[], key: string) => median(figures.map((run) => run[key] ?? Number.NaN));

interface Row {
  what: string;
  ours: number;
  /** The same by the yardstick, where it does it. */
  plain?: number;
  wal?: number;
  wanted: string;
  met: boolean;
}

/** A figure of both, with the bound on ours against the yardstick's with WAL, which is how our nodes run. */
function against(
  what: string,
  key: string,
  wanted: string,
  met: (ours: number, plain: number, wal: number) => boolean,
): Row {
  const [ours, plain, wal] = [of(runs.ours, key), of(runs.plain, key), of(runs.wal, key)];
  return { what, ours, plain, wal, wanted, met: met(ours, plain, wal) };
}

function alone(what: string, ours: number, most: number, unit: string): Row {
  return { what, ours, wanted: `at most ${most} ${unit}`, met: ours <= most };
}

const rows: Row[] = [
  against("three nodes up, ms", "nodes_up_ms", "(shown)", () => true),
  alone("process start to three nodes, ms", of(runs.ours, "since_process_start_ms"), 500, "ms"),
  against("JIT invoice, ms", "jit_invoice_ms", "within 5 %", (ours, plain) => ours <= 1.05 * plain),
  against("JIT payment, ms", "jit_payment_ms", "within 5 %", (ours, plain) => ours <= 1.05 * plain),
  against("keysend median, ms", "keysend_median_ms", "within 5 %", (ours, plain) => ours <= 1.05 * plain),
  against(
    "keysend over a channel at rest, median, ms",
    "keysend_rested_median_ms",
    "within 5 %",
    (o, p) => o <= 1.05 * p,
  ),
  against("keysend p95, ms", "keysend_p95_ms", "(shown)", () => true),
  {
    what: "settlement median, price set to booked, ms",
    ours: of(runs.ours, "settlement_median_ms"),
    plain: of(runs.plain, "keysend_rested_median_ms"),
    wal: of(runs.wal, "keysend_rested_median_ms"),
    wanted: "within 5 % of a keysend",
    met: of(runs.ours, "settlement_median_ms") <= 1.05 * of(runs.plain, "keysend_rested_median_ms"),
  },
  alone("accepted price to the keysend leaving, ms", of(runs.ours, "price_to_keysend_median_ms"), 20, "ms"),
  against("burst of 50, per second", "burst_per_second", "1.5 x plain", (ours, plain) => ours >= 1.5 * plain),
  against("resident, MB", "rss_mb", "at most 150", (ours) => ours <= 150),
  alone("walkthrough script, start to exit, ms", median(runs.script), 6_000, "ms"),
  alone("price over 1,000 positions, all due, ms", positions["tick_1000_ms"] ?? Number.NaN, 5, "ms"),
  alone("price over 10,000 positions, all due, ms", positions["tick_10000_ms"] ?? Number.NaN, 50, "ms"),
  alone("the same where none is due, share of that", positions["tick_10000_quiet_ratio"] ?? Number.NaN, 0.5, "of it"),
  alone("memory of a position, bytes", positions["position_bytes"] ?? Number.NaN, 2_048, "bytes"),
  alone("1,000-channel snapshot across the bridge, ms", snapshot.medianMs, 5, "ms"),
];

const line = (text: string) => process.stdout.write(`${text}\n`);
if (values.json === true) {
  line(JSON.stringify({ rounds, rows, runs, snapshot, positions }));
} else {
  const text = (n: number | undefined) => (n === undefined ? "" : n.toFixed(n < 10 ? 2 : 0));
  const table = [["", "ours", "Rust", "Rust, WAL", "ours / Rust", "wanted", ""]];
  for (const { what, ours, plain, wal, wanted, met } of rows) {
    const ratio = plain === undefined ? "" : (ours / plain).toFixed(2);
    table.push([what, text(ours), text(plain), text(wal), ratio, wanted, met ? "yes" : "NO"]);
  }
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const cell = (content: string, i: number) =>
    i === 0 ? content.padEnd(widths[i] ?? 0) : content.padStart(widths[i] ?? 0);
  for (const row of table) line(row.map(cell).join("  "));
}
