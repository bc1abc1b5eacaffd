/** Looks at the chain source itself, beside LDK's own syncing, which tells of its failures only in its log. */
import { type Clock, unixNow } from "../clock.ts";
import { CodedError, reasonOf } from "../errors.ts";
import type { ChainSource } from "../ffi/config.ts";
import { type Answer, type ChainView, isTrusted, judged } from "../node/chain-view.ts";
import type { Node } from "../node/port.ts";
import { type Cadence, silentAfterSeconds } from "./sync-cadence.ts";

/** While something is wrong, and the source does not complain of being asked too often. */
const SOON_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

export interface ChainWatch {
  view(): ChainView;
  /** The node, whose own word on being synced is about its start only, with what is known of the source since. */
  node: Node;
  stop(): void;
}

/** @param onChange told when the view says something else than before */
export function watchChain(
  node: Node,
  source: ChainSource,
  cadence: Cadence,
  { clock, onChange }: { clock: Clock; onChange(): void },
): ChainWatch {
  let view: ChainView = { source: sourceText(source), state: "unasked" };
  let pauseMs = cadence.check * 1000;
  let stopped = false;
  let cancel = () => {};

  async function look(): Promise<void> {
    const answer = await asked();
    const { running, blockHeight } = await node.status();
    if (stopped || !running) return;
    const before = view.state;
    view = { source: view.source, ...judged(answer, blockHeight) };
    pauseMs = pauseAfter(view.state);
    // LDK would come to it by itself, a round of its own later.
    if (view.state === "node_behind" || (view.state === "ok" && !isTrusted(before))) await node.sync().catch(() => 0);
    if (view.state !== before) onChange();
  }

  async function asked(): Promise<Answer> {
    try {
      return await node.checkSource();
    } catch (error) {
      return { code: error instanceof CodedError ? error.code : "internal", message: reasonOf(error) };
    }
  }

  function pauseAfter(state: ChainView["state"]): number {
    const usual = cadence.check * 1000;
    if (state === "rate_limited") return Math.min(Math.max(pauseMs, usual) * 2, LONGEST_PAUSE_MS);
    return state === "ok" ? usual : Math.min(usual, SOON_MS);
  }

  async function round(): Promise<void> {
    // A node that is stopping can't be asked; the last word stands.
    await look().catch(() => undefined);
    if (!stopped) cancel = clock.after(pauseMs, () => void round());
  }
  cancel = clock.after(0, () => void round());

  return {
    view: () => view,
    node: {
      ...node,
      async status() {
        const status = await node.status();
        const silence = unixNow(clock) - (status.lastWalletSyncAt ?? 0);
        const fresh = silence <= Math.max(silentAfterSeconds(cadence), 6);
        return { ...status, synced: status.synced && fresh && isTrusted(view.state) };
      },
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** As typed behind `--chain`, without the password. */
export function sourceText(source: ChainSource): string {
  if (source.kind === "bitcoind") return `bitcoind=http://${source.host}:${source.port}`;
  return `${source.kind}=${source.url.replace(/\/\/[^/@]*@/, "//")}`;
}
