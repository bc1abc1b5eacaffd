import { afterEach, expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import { type HealthServer, serveHealth } from "../../src/service/health.ts";
import { metrics, metricsText, type Process } from "../../src/service/metrics.ts";
import { auditNotices, noticesBetween } from "../../src/service/notices.ts";
import { type Readings, takeReadings } from "../../src/service/readings.ts";
import { createRoles, nodeIds, onboarded } from "../commands/fake-roles.ts";
import { manualClock } from "../price/manual-clock.ts";
import { fakeStage } from "../script/fake-stage.ts";
import { until } from "../support/until.ts";

const quiet: Process = {
  role: "user",
  version: "1.2.3",
  attachments: 2,
  eventLoopLateMs: 3.6,
  stuck: [],
  logLinesLost: 0,
  residentBytes: 1_000,
  uptimeMs: 90_500,
};

async function readingsOf(fake = createRoles()): Promise<Readings> {
  const session = fakeStage(fake).session("user");
  if (session === undefined) throw new Error("no session");
  return takeReadings(session, "user");
}

const servers: HealthServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

function serve(read: () => Promise<Readings>, process = quiet, clock = systemClock()) {
  const server = serveHealth({ host: "127.0.0.1", port: 0, read, process: () => process, clock });
  servers.push(server);
  return (path: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
}

test("every metric is one family with its samples, amounts as they are", async () => {
  const readings = await readingsOf(await onboarded());
  const text = metricsText(readings, quiet);
  for (const { name, type } of metrics) expect(text).toContain(`# TYPE peer_stables_${name} ${type}\n`);
  for (const line of text.trimEnd().split("\n")) {
    expect(line).toMatch(/^(# (HELP|TYPE) peer_stables_\w+ .+|peer_stables_\w+(\{(\w+="[^"]*",?)+\})? -?\d+(\.\d+)?)$/);
  }
  expect(text).toContain(
    `peer_stables_info{role="user",network="regtest",node_id="${nodeIds.user}",version="1.2.3"} 1\n`,
  );
  expect(text).toContain('peer_stables_channels{phase="CHANNELD_NORMAL"} 1\n');
  expect(text).toContain("peer_stables_uptime_seconds 90\n");
  expect(text).toContain("peer_stables_event_loop_late_ms 4\n");
});

test("what is not there has no sample, and labels are escaped", async () => {
  const readings = await readingsOf();
  const text = metricsText(
    { ...readings, price: { ...readings.price, price_usd: null } },
    { ...quiet, version: 'a"\\\n' },
  );
  expect(text).not.toMatch(/^peer_stables_price_usd /m);
  expect(text).not.toMatch(/^peer_stables_covered_drop_bps_min /m);
  expect(text).toContain('version="a\\"\\\\\\n"');
});

test("well: 200; not at the tip, without a price or stuck: 503 with the reasons", async () => {
  const readings = await readingsOf();
  const get = serve(async () => readings);
  expect((await get("/health")).status).toBe(200);
  expect((await get("/metrics")).headers.get("content-type")).toContain("version=0.0.4");
  expect((await get("/health", "POST")).status).toBe(405);
  const ill = {
    ...readings,
    node: { ...readings.node, synced: false },
    price: { ...readings.price, status: "hold" as const },
  };
  const other = serve(async () => ill, { ...quiet, stuck: ["the engine's queue"] });
  const answer = await other("/health");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    ok: false,
    wrong: [
      "the engine's queue gives no sign of life",
      "the wallets are not at the chain's tip",
      expect.stringContaining("the price is on hold"),
    ],
  });
});

test("a role that does not answer is said to be ill within five seconds", async () => {
  const clock = manualClock();
  const get = serve(() => new Promise(() => undefined), quiet, clock);
  const asked = get("/health");
  await until(async () => clock.pending() > 0);
  clock.advance(5_000);
  expect((await asked).status).toBe(503);
});

test("only what changed is noticed", async () => {
  const readings = await readingsOf(await onboarded());
  expect(noticesBetween(undefined, readings).map(({ event }) => event)).toEqual(
    expect.arrayContaining(["chain_synced", "price_status", "channel"]),
  );
  expect(noticesBetween(readings, structuredClone(readings))).toEqual([]);
  const after = { ...readings, node: { ...readings.node, synced: false }, channels: [], peers: [] };
  const events = noticesBetween(readings, after).map(({ event, level }) => `${level} ${event}`);
  expect(events).toContain("warn chain_not_synced");
  expect(events).toContain("warn channel_gone");
});

test("audit lines are told once, accepted prices not at all", () => {
  const line = (seq: number, kind: string) => ({ seq, kind, agreement_id: null, peer: null, data: {} });
  const lines = [line(1, "proposed"), line(2, "price"), line(3, "payment_failed"), line(4, "claimed")];
  expect(auditNotices(lines, 1).map(({ level, event }) => `${level} ${event}`)).toEqual([
    "warn audit_payment_failed",
    "info audit_claimed",
  ]);
});
