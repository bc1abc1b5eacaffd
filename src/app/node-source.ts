/** The chain source as the native library is given it: by way of a relay of ours where LDK's client needs one. */
import type { Clock } from "../clock.ts";
import type { ChainSource } from "../ffi/config.ts";
import { FfiError } from "../ffi/errors.ts";
import type { NativeNode } from "../ffi/node.ts";
import { openBitcoindRelay } from "./bitcoind-relay.ts";
import { openElectrumRelay } from "./electrum-relay.ts";
import type { LoopbackRelay } from "./loopback-relay.ts";

export interface NodeSource {
  given: ChainSource;
  /** The node, whose errors name the source as a person knows it, and whose end is the end of what stands between. */
  naming(node: NativeNode): NativeNode;
  /** Where no node came to be. */
  close(): void;
}

interface Relayed {
  relay: LoopbackRelay;
  given: ChainSource;
  /** The address in the library's sentences, and the one a person knows. */
  said: string;
  meant: string;
}

async function relayed(chain: Exclude<ChainSource, { kind: "esplora" }>, clock: Clock): Promise<Relayed> {
  if (chain.kind === "bitcoind") {
    const { host, port } = chain;
    const relay = await openBitcoindRelay(host, port, clock);
    const given = { ...chain, host: "127.0.0.1", port: relay.port };
    return { relay, given, said: `127.0.0.1:${relay.port}`, meant: `${host}:${port}` };
  }
  const relay = await openElectrumRelay(chain.url, clock);
  const url = `tcp://127.0.0.1:${relay.port}`;
  return { relay, given: { kind: "electrum", url }, said: url, meant: chain.url };
}

/** @throws AppError `bad_config` */
export async function nodeSource(chain: ChainSource, clock: Clock): Promise<NodeSource> {
  // LDK's Esplora client bounds each request by itself.
  if (chain.kind === "esplora") return { given: chain, naming: (node) => node, close: () => undefined };
  const { relay, given, said, meant } = await relayed(chain, clock);

  function named(error: unknown): unknown {
    if (!(error instanceof FfiError) || !error.message.includes(said)) return error;
    const { kind, detail, cause } = error;
    const why = relay.trouble();
    // What LDK's client saw is that the relay hung up.
    const sentence = why === undefined ? error.message : `${withoutTail(error.message, ` (${detail})`)} (${why})`;
    return new FfiError(error.code, sentence.replaceAll(said, meant), { kind, detail, cause });
  }
  async function renamed<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw named(error);
    });
  }

  return {
    given,
    naming: (node) => ({
      ...node,
      start: () => renamed(node.start()),
      sync: () => renamed(node.sync()),
      checkSource: () => renamed(node.checkSource()),
      findPayouts: (from) => renamed(node.findPayouts(from)),
      sweepPayouts: (request) => renamed(node.sweepPayouts(request)),
      async close() {
        await node.close();
        relay.close();
      },
    }),
    close: relay.close,
  };
}

function withoutTail(text: string, tail: string): string {
  return text.endsWith(tail) ? text.slice(0, -tail.length) : text;
}
