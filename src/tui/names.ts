/** Words for what has only numbers: node ids (a role of this process, an alias, else its beginning), confirmations. */
import type { Role } from "../node/port.ts";
import type { Channel } from "./readings.ts";
import type { State } from "./state.ts";

export function roleOf(state: State, nodeId: string): Role | undefined {
  return state.setting.roles.find((role) => state.roles[role].info?.node_id === nodeId);
}

/** `3/6 conf.`; a channel that waits for none has only how many there are. */
export function confirmationsText({ confirmations, confirmations_required: needed }: Channel): string {
  return needed === 0 ? `${confirmations} conf.` : `${Math.min(confirmations, needed)}/${needed} conf.`;
}

export function nameOf(state: State, nodeId: string): string {
  const here = roleOf(state, nodeId);
  if (here !== undefined) return here;
  for (const role of state.setting.roles) {
    const alias = state.roles[role].peers.find((peer) => peer.node_id === nodeId)?.alias;
    if (alias !== null && alias !== undefined) return alias;
  }
  return `${nodeId.slice(0, 10)}…`;
}
