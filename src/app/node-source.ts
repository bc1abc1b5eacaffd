/** The chain source as the native library is given it, where that is not the one that was named. */
import type { Clock } from "../clock.ts";
import type { ChainSource } from "../ffi/config.ts";
import { FfiError } from "../ffi/errors.ts";
import type { NativeNode } from "../ffi/node.ts";
import { openElectrumRelay } from "./electrum-relay.ts";

export interface NodeSource {
  given: ChainSource;
  /** The node, whose errors name the source as a person knows it, and whose end is the end of what stands between. */
  naming(node: NativeNode): NativeNode;
  /** Where no node came to be. */
  close(): void;
}

export async function nodeSource(chain: ChainSource, clock: Clock): Promise<NodeSource> {
  if (chain.kind !== "electrum") return { given: chain, naming: (node) => node, close: () => undefined };
  const { url } = chain;
  const relay = await openElectrumRelay(url, clock);

  function named(error: unknown): unknown {
    if (!(error instanceof FfiError) || !error.message.includes(relay.url)) return error;
    const why = relay.trouble();
    const message = error.message.replaceAll(relay.url, url) + (why === undefined ? "" : ` (${why})`);
    const { kind, detail, cause } = error;
    return new FfiError(error.code, message, { kind, detail, cause });
  }
  async function renamed<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw named(error);
    });
  }

  return {
    given: { kind: "electrum", url: relay.url },
    naming: (node) => ({
      ...node,
      start: () => renamed(node.start()),
      sync: () => renamed(node.sync()),
      checkSource: () => renamed(node.checkSource()),
      async close() {
        await node.close();
        relay.close();
      },
    }),
    close: relay.close,
  };
}
