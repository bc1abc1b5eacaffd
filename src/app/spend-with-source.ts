import type { Node } from "../node/port.ts";

/**
 * The node, which spends nothing on chain while its chain source does not answer: ldk-node 0.7.1 hands a transaction over
 * once, and where that fails the money is spent for the wallet and never sent.
 */
export function spendWithSource<N extends Node>(node: N): N {
  async function reachable<T>(spend: () => Promise<T>): Promise<T> {
    await node.checkSource();
    return spend();
  }
  return {
    ...node,
    openChannel: (request) => reachable(() => node.openChannel(request)),
    spliceIn: (...request) => reachable(() => node.spliceIn(...request)),
    spliceOut: (...request) => reachable(() => node.spliceOut(...request)),
    sendOnchain: (request) => reachable(() => node.sendOnchain(request)),
  };
}
