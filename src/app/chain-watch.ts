/**
 * Keeps a node at the chain's tip and says how it stands with its source. A bitcoind ldk-node follows by itself, and
 * tells of failures only in its log, so it is looked at beside that. With a server every sync begins here.
 */
import { type Clock, unixNow } from "../clock.ts";
import { CodedError, reasonOf } from "../errors.ts";
import type { ChainSource } from "../ffi/config.ts";
import { type Answer, type ChainView, isTrusted, judged, stateOfCode } from "../node/chain-view.ts";
import type { Network, Node, NodeStatus } from "../node/port.ts";
import { roundSeconds, silentAfterSeconds } from "./sync-cadence.ts";

/** While something is wrong, and the source does not complain of being asked too often. */
const SOON_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

export interface ChainWatch {
  view(): ChainView;
  /** The node; what is learnt of the source shows in its status, and from its syncs in the view. */
  node: Node;
  stop(): void;
}

/** @param onChange told when the view says something else than before */
export function watchChain(
  node: Node,
  { chain: source, network }: { chain: ChainSource; network: Network },
  { clock, onChange }: { clock: Clock; onChange(): void },
): ChainWatch {
  const usualMs = roundSeconds(source.kind, network) * 1000;
  const silentAfter = silentAfterSeconds(source.kind, network);
  let view: ChainView = { source: sourceText(source), state: "unasked" };
  let pauseMs = usualMs;
  let stopped = false;
  let cancel = () => {};

  function see(next: ChainView): void {
    if (stopped) return;
    const before = view.state;
    view = next;
    if (view.state !== before) onChange();
  }

  function isSilent({ lastWalletSyncAt = 0 }: NodeStatus): boolean {
    return unixNow(clock) - lastWalletSyncAt > silentAfter;
  }

  function pauseAfter(state: ChainView["state"]): number {
    if (state === "rate_limited") return Math.min(Math.max(pauseMs, usualMs) * 2, LONGEST_PAUSE_MS);
    return state === "ok" ? usualMs : Math.min(usualMs, SOON_MS);
  }

  async function sync(): ReturnType<Node["sync"]> {
    try {
      const reached = await node.sync();
      see(judged(view.source, reached, reached.blockHeight));
      return reached;
    } catch (error) {
      // A node that is stopping, or another trouble of its own, says nothing of the source.
      if (error instanceof CodedError && stateOfCode[error.code] !== undefined)
        see(judged(view.source, answerOf(error), 0));
      throw error;
    }
  }

  async function look(): Promise<void> {
    if (source.kind !== "bitcoind") return void (await sync());
    const answer = await node.checkSource().catch(answerOf);
    const status = await node.status();
    if (stopped || !status.running) return;
    const { blockHeight, walletHeight = blockHeight } = status;
    const next = judged(view.source, answer, Math.min(blockHeight, walletHeight));
    // A wallet that looks through the chain can't be hurried.
    if (status.walletHeight !== undefined) return see(next);
    const lags = next.state === "node_behind" || (next.state === "ok" && isSilent(status));
    // LDK would come to it by itself, a round of its own later; where it does not, the sync says why.
    if (lags) await sync();
    else see(next);
  }

  async function round(): Promise<void> {
    // Its reason is in the view by now; of a node that can't be asked any more the last word stands.
    await look().catch(() => undefined);
    pauseMs = pauseAfter(view.state);
    later();
  }

  function later(): void {
    cancel();
    if (view.state === "ok") pauseMs = usualMs;
    if (!stopped) cancel = clock.after(pauseMs, () => void round());
  }
  // Whoever opens the node begins with a sync.
  later();

  return {
    view: () => view,
    node: {
      ...node,
      sync: () => sync().finally(later),
      async status() {
        const status = await node.status();
        return { ...status, synced: status.synced && !isSilent(status) && isTrusted(view.state) };
      },
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

function answerOf(error: unknown): Answer {
  return { code: error instanceof CodedError ? error.code : "internal", message: reasonOf(error) };
}

/** As typed behind `--chain`, without the password. */
export function sourceText(source: ChainSource): string {
  if (source.kind === "bitcoind") return `bitcoind=http://${source.host}:${source.port}`;
  return `${source.kind}=${source.url.replace(/\/\/[^/@]*@/, "//")}`;
}
