/** Collects by itself what peers pay out of the channels that a restored role has lost. */
import { type Clock, unixNow } from "../clock.ts";
import { type Collected, collectPayouts } from "../commands/payouts.ts";
import { FfiError } from "../ffi/errors.ts";
import type { Network, Node } from "../node/port.ts";
import type { LedgerStore } from "../stable/ledger.ts";

const FIRST_LOOK_MS = 5_000;
/** A public server is asked 2,000 questions each time, and bitcoind reads all unspent outputs; peers take days. */
const PAUSE_MS: Readonly<Record<Network, number>> = {
  regtest: 10_000,
  mutinynet: 3_600_000,
  signet: 21_600_000,
  testnet: 21_600_000,
  bitcoin: 21_600_000,
};

interface Parts {
  node: Pick<Node, "status" | "findPayouts" | "sweepPayouts">;
  store: Pick<LedgerStore, "commit">;
  network: Network;
  clock: Clock;
  /** Unix seconds. */
  until: number;
  broken: (error: unknown) => void;
}

/** What is found is written to the audit log, once for each thing there is to say. @returns the way to stop */
export function watchPayouts({ node, store, network, clock, until, broken }: Parts): () => void {
  let stopped = false;
  let cancel = () => {};
  let told = "";

  async function look(): Promise<void> {
    // What the node has not seen yet it can't tell from what its own sweeper will collect.
    const { synced } = await node.status();
    if (!synced || stopped) return;
    const collected = await collectPayouts(node);
    const data = entryOf(collected);
    const saying = JSON.stringify(data);
    if (stopped || collected.found.length === 0 || saying === told) return;
    await store.commit([{ put: "audit", entry: { kind: "payouts_found", data } }]);
    told = saying;
  }

  async function round(): Promise<void> {
    await look().catch((error: unknown) => {
      // The source is away, or the node is stopping: the next round asks again.
      if (!stopped && !(error instanceof FfiError)) broken(error);
    });
    if (!stopped && unixNow(clock) < until) cancel = clock.after(PAUSE_MS[network], () => void round());
  }

  if (unixNow(clock) < until) cancel = clock.after(FIRST_LOOK_MS, () => void round());
  return () => {
    stopped = true;
    cancel();
  };
}

function entryOf({ found, txid, amountSat, feeSat, waitingSat }: Collected): Record<string, string | number> {
  return {
    payouts: found.length,
    collected_sat: String(amountSat),
    fee_sat: String(feeSat),
    waiting_sat: String(waitingSat),
    ...(txid === undefined ? {} : { txid }),
  };
}
