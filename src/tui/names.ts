/** Names for node ids: the roles of this process, aliases of peers, else the beginning of the id. */
import type { Role } from "../node/port.ts";
import type { State } from "./state.ts";

export function roleOf(state: State, nodeId: string): Role | undefined {
  return state.setting.roles.find((role) => state.roles[role].info?.node_id === nodeId);
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
