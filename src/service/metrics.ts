/** Prometheus' text format (version 0.0.4) of one reading. Amounts are written as they are: decimal text is a number. */
import type { Readings } from "./readings.ts";

/** What no command tells. */
export interface Process {
  role: string;
  version: string;
  attachments: number;
  /** How late the last look at the loops came, in milliseconds: what the event loop was busy with. */
  eventLoopLateMs: number;
  stuck: readonly string[];
  logLinesLost: number;
  residentBytes: number;
  uptimeMs: number;
}

interface Sample {
  value: string;
  labels?: Readonly<Record<string, string>>;
}

interface Metric {
  name: string;
  type: "gauge" | "counter";
  help: string;
  of(readings: Readings, process: Process): readonly Sample[];
}

const one = (value: string | number | boolean | null): readonly Sample[] =>
  value === null ? [] : [{ value: typeof value === "boolean" ? String(Number(value)) : String(value) }];

const sum = (amounts: readonly string[]) => one(amounts.reduce((total, text) => total + BigInt(text), 0n).toString());

/** How many there are of each kind; a kind of which there is none any more is simply gone. */
function counted(label: string, kinds: readonly string[]): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => ({ value: String(count), labels: { [label]: kind } }));
}

const gauge = (name: string, help: string, of: Metric["of"]): Metric => ({ name, type: "gauge", help, of });
const counter = (name: string, help: string, of: Metric["of"]): Metric => ({ name, type: "counter", help, of });

const live = ({ agreements }: Readings) => agreements.filter(({ status }) => status !== "ended");

export const metrics: readonly Metric[] = [
  gauge("info", "Constant 1, with who this is.", ({ node }, { role, version }) => [
    { value: "1", labels: { role, network: node.network, node_id: node.node_id, version } },
  ]),
  gauge("uptime_seconds", "Since this process was started.", (_, { uptimeMs }) => one(Math.floor(uptimeMs / 1000))),
  gauge("resident_memory_bytes", "What the process has in memory.", (_, { residentBytes }) => one(residentBytes)),
  gauge("block_height", "The newest block this node knows.", ({ node }) => one(node.block_height)),
  gauge("chain_synced", "1 while the wallets are at the tip.", ({ node }) => one(node.synced)),
  gauge("chain_source", "1 for the state that holds; ok is well.", ({ node }) => [
    { value: "1", labels: { state: node.chain_state } },
  ]),
  gauge("price_usd", "The accepted price of a bitcoin.", ({ price }) => one(price.price_usd)),
  gauge("price_status", "1 for the status that holds: ok, stale or hold.", ({ price }) => [
    { value: "1", labels: { status: price.status } },
  ]),
  gauge("price_sources", "Price sources by state.", ({ price }) =>
    counted(
      "state",
      price.sources.map(({ state }) => state),
    ),
  ),
  gauge("onchain_sat", "The wallet on chain.", ({ balance }) => one(balance.onchain_sat)),
  gauge("onchain_spendable_sat", "The wallet on chain without reserves.", ({ balance }) =>
    one(balance.onchain_spendable_sat),
  ),
  gauge("lightning_sat", "Our side of all channels.", ({ balance }) => one(balance.lightning_sat)),
  gauge("outbound_msat", "What could be sent, over all channels.", ({ channels }) =>
    sum(channels.map(({ outbound_msat }) => outbound_msat)),
  ),
  gauge("inbound_msat", "What could be received, over all channels.", ({ channels }) =>
    sum(channels.map(({ inbound_msat }) => inbound_msat)),
  ),
  gauge("channels", "Channels by phase.", ({ channels }) =>
    counted(
      "phase",
      channels.map(({ phase }) => phase),
    ),
  ),
  gauge("channels_usable", "Channels that can carry a payment now.", ({ channels }) =>
    one(channels.filter(({ usable }) => usable).length),
  ),
  gauge("peers_connected", "Peers with a connection.", ({ peers }) =>
    one(peers.filter(({ connected }) => connected).length),
  ),
  gauge("agreements", "Stable agreements by status.", ({ agreements }) =>
    counted(
      "status",
      agreements.map(({ status }) => status),
    ),
  ),
  gauge("backing_msat", "What stands behind all live agreements.", (readings) =>
    sum(live(readings).map(({ backing_msat }) => backing_msat)),
  ),
  gauge("drift_bps_max", "The largest drift of a live agreement, either way.", (readings) =>
    one(Math.max(0, ...live(readings).map(({ drift_bps }) => Math.abs(drift_bps ?? 0)))),
  ),
  gauge("covered_drop_bps_min", "How far the price may fall before the first provider runs dry.", (readings) => {
    const drops = live(readings).flatMap(({ covered_drop_bps }) => covered_drop_bps ?? []);
    return drops.length === 0 ? [] : one(Math.min(...drops));
  }),
  counter("settlements_total", "Settlements that succeeded, both ways.", ({ agreements }) =>
    one(agreements.reduce((total, { settlements }) => total + settlements, 0)),
  ),
  counter("settled_paid_msat_total", "Paid in settlements.", ({ agreements }) =>
    sum(agreements.map(({ paid_msat }) => paid_msat)),
  ),
  counter("settled_received_msat_total", "Received in settlements.", ({ agreements }) =>
    sum(agreements.map(({ received_msat }) => received_msat)),
  ),
  gauge("attachments", "Who is attached over the control socket.", (_, { attachments }) => one(attachments)),
  gauge("event_loop_late_ms", "How late the last look at the loops came.", (_, { eventLoopLateMs }) =>
    one(Math.round(eventLoopLateMs)),
  ),
  gauge("loops_stuck", "Loops that give no sign of life.", (_, { stuck }) => one(stuck.length)),
  counter("log_lines_lost_total", "Log lines that could not be written.", (_, { logLinesLost }) => one(logLinesLost)),
];

const PREFIX = "peer_stables_";

export function metricsText(readings: Readings, process: Process): string {
  return metrics.map((metric) => familyText(metric, metric.of(readings, process))).join("");
}

function familyText({ name, help, type }: Metric, samples: readonly Sample[]): string {
  const full = PREFIX + name;
  const head = `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n`;
  return head + samples.map(({ labels, value }) => `${full}${labelText(labels)} ${value}\n`).join("");
}

function labelText(labels: Sample["labels"]): string {
  if (labels === undefined) return "";
  const escaped = (value: string) => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `{${Object.entries(labels)
    .map(([label, value]) => `${label}="${escaped(value)}"`)
    .join(",")}}`;
}
