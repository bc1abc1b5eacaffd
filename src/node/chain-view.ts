/** How it stands with a node's chain source. Types, and the judgement of one look; pure. */

export type ChainState =
  /** Not asked yet since the start. */
  | "unasked"
  | "ok"
  /** It does not answer. */
  | "unreachable"
  | "wrong_network"
  | "rate_limited"
  /** It says its tip is at a block that it does not give. */
  | "inconsistent"
  /** Its tip is below the block this node knows: it was set back, or is not up to date itself. */
  | "source_behind"
  /** It answers, and yet a sync with it fails or takes too long. */
  | "sync_failing"
  /** This node is not at its tip and does not get there. */
  | "node_behind";

export interface ChainView {
  /** The source without its password, as behind `--chain`. */
  source: string;
  state: ChainState;
  /** In words, where it is not ok. */
  detail?: string;
  tipHeight?: number;
}

/** What the source said: its tip, or an error's code and sentence. */
export type Answer = { tipHeight: number } | { code: string; message: string };

/** A block or two is what a round of syncing has to catch up with. */
const FEW_BLOCKS = 3;

/** The errors that say something of the source. */
export const stateOfCode: Readonly<Record<string, ChainState>> = {
  chain_unreachable: "unreachable",
  chain_wrong_network: "wrong_network",
  chain_rate_limited: "rate_limited",
  chain_inconsistent: "inconsistent",
  chain_behind: "source_behind",
  chain_sync_failed: "sync_failing",
  deadline: "sync_failing",
};

/** @param nodeHeight the newest block the node knows */
export function judged(source: string, answer: Answer, nodeHeight: number): ChainView {
  if ("code" in answer) return { source, state: stateOfCode[answer.code] ?? "unreachable", detail: answer.message };
  const { tipHeight } = answer;
  if (tipHeight < nodeHeight) {
    const detail = `The chain source ${source} is at block ${tipHeight} only, and this node knows block ${nodeHeight} already; nothing is taken from it until it has caught up, or name another source.`;
    return { source, state: "source_behind", detail, tipHeight };
  }
  if (tipHeight > nodeHeight + FEW_BLOCKS) {
    const detail = `The chain source ${source} is at block ${tipHeight}, and this node at block ${nodeHeight} only; it is synced again and again, or name another source.`;
    return { source, state: "node_behind", detail, tipHeight };
  }
  return { source, state: "ok", tipHeight };
}

/** Whether what the node knows of the chain can be taken for the present. Too many requests are a matter of time only. */
export function isTrusted(state: ChainState): boolean {
  return state === "ok" || state === "unasked" || state === "rate_limited";
}
