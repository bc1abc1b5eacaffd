import { CodedError, reasonOf } from "../errors.ts";
import { CommandError } from "./command-error.ts";
import type { NodeAddress } from "./kinds.ts";

/** Does what needs a connection to this peer. @throws CommandError `peer_unreachable` with its address and the remedy */
export async function reaching<T>({ nodeId, address }: NodeAddress, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (cause) {
    if (!(cause instanceof CodedError) || cause.code !== "peer_unreachable") throw cause;
    const said = `${nodeId} cannot be reached at ${address} (${reasonOf(cause)})`;
    throw new CommandError("peer_unreachable", `${said}; check that it runs and listens there.`, { cause });
  }
}
