import type { Clock } from "../clock.ts";
import type { LspContact } from "../commands/context.ts";
import type { Node } from "../node/port.ts";
import type { LspBook } from "./lsp-book.ts";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

/**
 * Keeps a role connected to its LSP: at once when started, again with doubling pauses while the LSP is away, and
 * nothing at all while the connection stands. LDK itself tries once a minute only.
 *
 * @param lsp looked up at each try, since an LSP on this machine may come back with another address
 * @returns the way to stop
 */
function keepConnected(node: Node, lsp: () => Promise<LspContact | undefined>, clock: Clock): () => void {
  let stopped = false;
  let busy = false;
  let pause = FIRST_RETRY_MS;
  let cancelRetry: (() => void) | undefined;

  async function check(): Promise<void> {
    if (stopped || busy || cancelRetry !== undefined) return;
    busy = true;
    try {
      const contact = await lsp();
      const peers = contact === undefined ? [] : await node.peers();
      const connected = peers.some((peer) => peer.nodeId === contact?.nodeId && peer.connected);
      if (contact !== undefined && !connected) await node.connect(contact.nodeId, contact.address);
      pause = FIRST_RETRY_MS;
    } catch {
      // The LSP is away or the node is stopping; either shows on the screen as a peer that isn't connected.
      if (!stopped) {
        cancelRetry = clock.after(pause, () => {
          cancelRetry = undefined;
          void check();
        });
      }
      pause = Math.min(pause * 2, LAST_RETRY_MS);
    } finally {
      busy = false;
    }
  }

  const stopListening = node.onChange(() => void check());
  void check();
  return () => {
    stopped = true;
    cancelRetry?.();
    stopListening();
  };
}

/** To the LSP in use, wherever it is by then, and to those used before, whose channels may still be there. */
export function keepReachable(node: Node, lsps: LspBook, clock: Clock): (() => void)[] {
  const current = lsps.current()?.nodeId;
  const others = lsps.used().filter(({ nodeId }) => nodeId !== current);
  const later = (id: string) => async () => lsps.used().find(({ nodeId }) => nodeId === id);
  return [
    keepConnected(node, async () => lsps.current(), clock),
    ...others.map(({ nodeId }) => keepConnected(node, later(nodeId), clock)),
  ];
}
