import { type Clock, unixNow } from "../clock.ts";
import type { ChainSource } from "../ffi/config.ts";
import type { Node } from "../node/port.ts";

/** Three rounds without a word: ldk-node asks a bitcoind every 2 seconds, the others every 80 unless told otherwise. */
const silentAfterSeconds: Readonly<Record<ChainSource["kind"], number>> = { bitcoind: 6, esplora: 240, electrum: 240 };

/**
 * The node, whose word on being synced is about its start only, with a chain source that fell silent since taken into
 * account.
 */
export function withChainFreshness(node: Node, { kind }: ChainSource, clock: Clock): Node {
  return {
    ...node,
    async status() {
      const status = await node.status();
      const silence = unixNow(clock) - (status.lastWalletSyncAt ?? 0);
      return { ...status, synced: status.synced && silence <= silentAfterSeconds[kind] };
    },
  };
}
