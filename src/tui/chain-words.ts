/** The states of a chain source (`nodeinfo`'s chain_state), short enough for the header. */

const words: Readonly<Record<string, string>> = {
  unreachable: "chain source is down",
  wrong_network: "chain source is on another network",
  rate_limited: "chain source limits us",
  inconsistent: "chain source contradicts itself",
  source_behind: "chain source is behind",
  sync_failing: "syncs with the chain source fail",
  node_behind: "catching up with the chain",
};

/** Undefined where there is nothing to say: it answers as it should. */
export function chainTrouble(state: string): string | undefined {
  return words[state];
}
