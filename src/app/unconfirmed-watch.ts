/**
 * A channel that was usable before its funding transaction confirmed (bLIP-52, a trusted 0-conf peer) is a promise until it
 * does, and LDK is silent about one that never will: the transaction may have been refused, replaced or never sent.
 */
import type { Clock } from "../clock.ts";
import { FfiError } from "../ffi/errors.ts";
import type { Node } from "../node/port.ts";
import type { LedgerStore } from "../stable/ledger.ts";

const LOOK_MS = 60_000;
/** By then a transaction that paid the rate of its day is in a block; ldk-node aims at 12 blocks for a funding. */
const LATE_BLOCKS = 18;

interface Parts {
  node: Pick<Node, "status" | "channels">;
  store: Pick<LedgerStore, "commit">;
  clock: Clock;
  broken: (error: unknown) => void;
}

/**
 * Tells in the audit log, once for each channel and run, that it is used and unconfirmed for long. Blocks count from when
 * this run first saw it. @returns the way to stop
 */
export function watchUnconfirmed({ node, store, clock, broken }: Parts): () => void {
  let stopped = false;
  let cancel = () => {};
  /** By channel id. */
  const firstSeen = new Map<string, number>();
  const told = new Set<string>();

  async function look(): Promise<void> {
    const used = (await node.channels()).filter((one) => one.channelReady && one.confirmations === 0);
    const { blockHeight } = await node.status();
    const ids = new Set(used.map(({ channelId }) => channelId));
    for (const id of firstSeen.keys()) if (!ids.has(id)) firstSeen.delete(id);
    for (const { channelId, counterparty: peer, fundingTxid } of used) {
      const since = firstSeen.get(channelId) ?? blockHeight;
      firstSeen.set(channelId, since);
      const blocks = blockHeight - since;
      if (stopped || blocks < LATE_BLOCKS || told.has(channelId)) continue;
      const data = { channel_id: channelId, funding_txid: fundingTxid ?? null, blocks };
      await store.commit([{ put: "audit", entry: { kind: "channel_unconfirmed", peer, data } }]);
      told.add(channelId);
    }
  }

  function next(): void {
    cancel = clock.after(LOOK_MS, () => void round());
  }

  async function round(): Promise<void> {
    await look().catch((error: unknown) => {
      // A node that can't be asked is stopping, or busy: the next look asks again.
      if (!stopped && !(error instanceof FfiError)) broken(error);
    });
    if (!stopped) next();
  }

  next();
  return () => {
    stopped = true;
    cancel();
  };
}
