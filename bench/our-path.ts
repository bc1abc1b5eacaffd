/**
 * The walkthrough through Bun, the bridge and the engine, timed from inside: the counterpart of native/examples/yardstick.rs.
 * Prints one JSON object. Started by bench/main.ts as a process of its own, so that start-up and memory are its own too.
 */
import { randomBytes } from "node:crypto";
import { openDemo } from "../src/app/demo.ts";
import { demoStage } from "../src/app/stage.ts";
import { systemClock } from "../src/clock.ts";
import { loadLibrary } from "../src/ffi/library.ts";
import type { NativeLibrary } from "../src/ffi/symbols.ts";
import type { Role } from "../src/node/port.ts";
import { createFeed } from "../src/price/feed.ts";
import { execute, type Machine } from "../src/script/execute.ts";
import { parseScript } from "../src/script/script.ts";
import { msat, price } from "../src/stable/units.ts";
import { median, percentile } from "./figures.ts";

const PAYMENTS = 50;
/** A channel at rest, as a settlement finds it. */
const REST_MS = 150;
/** LDK holds every forward in the first two seconds after a start. */
const FORWARDS_HELD_MS = 2_200;

/** When the engine's last keysend was handed to the library. */
let keysendLeftAt = 0;
const loaded = loadLibrary();
const decoder = new TextDecoder();
const library: NativeLibrary = {
  ...loaded,
  send(handle, message) {
    if (decoder.decode(message).includes('"keysend.send"')) keysendLeftAt = performance.now();
    return loaded.send(handle, message);
  },
};

const clock = systemClock();
const feed = createFeed({ spec: { source: "fixed", price: price(100_000_000_000n) }, clock });
const beforeNodes = performance.now();
const demo = await openDemo({
  settings: {},
  price: feed,
  onPriceDecision: () => () => undefined,
  clock,
  random: (n) => randomBytes(n),
  library,
});
const nodesUpMs = performance.now() - beforeNodes;
const sinceProcessStartMs = performance.now();

const machine: Machine = { stage: demoStage(demo, feed), clock, variables: new Map() };

async function play(text: string): Promise<number> {
  const began = performance.now();
  for (const { statement } of parseScript(text, "bench", { roles: machine.stage.roles, world: true }).lines) {
    await execute(statement, machine);
  }
  return performance.now() - began;
}

function session(role: Role) {
  const found = demo.session(role);
  if (found === undefined) throw new Error(`${role} is not running`);
  return found;
}

/** From the send until the sender knows that it arrived. */
async function keysend(): Promise<number> {
  const { node, paymentOutcome } = session("lsp").context;
  const began = performance.now();
  const { paymentId } = await node.keysend({ nodeId: session("user").nodeId, amountMsat: msat(100_000n) });
  const outcome = await paymentOutcome(paymentId, 30_000);
  if (outcome.status !== "succeeded") throw new Error(`a payment of the benchmark ${outcome.status}`);
  return performance.now() - began;
}

/** From the moment the price is set until the payer has booked the settlement. */
async function settlement(dollars: number, payer: Role): Promise<{ leaves: number; booked: number }> {
  const { stable } = session(payer).context;
  const before = (await stable.list())[0]?.settlements ?? 0;
  const booked = Promise.withResolvers<void>();
  const stop = session(payer).onChange(() => {
    void stable.list().then(([view]) => (view?.settlements ?? 0) > before && booked.resolve());
  });
  const began = performance.now();
  feed.set(price(BigInt(dollars) * 1_000_000n));
  await booked.promise;
  const elapsed = performance.now() - began;
  const leaves = keysendLeftAt - began;
  stop();
  await play("wait user settled\nwait lsp settled");
  return { leaves, booked: elapsed };
}

await play("faucet lsp 100000000\nfaucet exchange 100000000\nexchange openchannel\nmine 6\nwait exchange ready");
const wait = FORWARDS_HELD_MS - (performance.now() - beforeNodes);
if (wait > 0) await Bun.sleep(wait);
const jitInvoiceMs = await play("user getjitinvoice");
const jitPaymentMs = await play("exchange payjitinvoice");
await play("wait user channels=1");

const keysends: number[] = [];
for (let i = 0; i < PAYMENTS; i++) keysends.push(await keysend());
const rested: number[] = [];
for (let i = 0; i < PAYMENTS / 2; i++) {
  await Bun.sleep(REST_MS);
  rested.push(await keysend());
}
// The last payment's HTLC may still be there, and a channel carries fifty.
await Bun.sleep(REST_MS);
const beforeBurst = performance.now();
await Promise.all(Array.from({ length: PAYMENTS }, keysend));
const burstPerSecond = (PAYMENTS * 1_000) / (performance.now() - beforeBurst);

await play("user startstablechannel last true 4.0 0");
const settlements: { leaves: number; booked: number }[] = [];
for (let i = 0; i < PAYMENTS / 2; i++) {
  settlements.push(await settlement(80_000, "lsp"), await settlement(100_000, "user"));
}
const rssMb = process.memoryUsage.rss() / 1024 / 1024;
await demo.close();

const figures = {
  nodes_up_ms: nodesUpMs,
  since_process_start_ms: sinceProcessStartMs,
  jit_invoice_ms: jitInvoiceMs,
  jit_payment_ms: jitPaymentMs,
  keysend_median_ms: median(keysends),
  keysend_p95_ms: percentile(keysends, 95),
  keysend_rested_median_ms: median(rested),
  burst_per_second: burstPerSecond,
  price_to_keysend_median_ms: median(settlements.map((one) => one.leaves)),
  settlement_median_ms: median(settlements.map((one) => one.booked)),
  settlement_p95_ms: percentile(
    settlements.map((one) => one.booked),
    95,
  ),
  rss_mb: rssMb,
};
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
