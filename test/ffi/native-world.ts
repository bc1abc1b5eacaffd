/** Real nodes on an embedded chain, in directories that go away with the test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/app/free-port.ts";
import { type Chain, openChain } from "../../src/ffi/chain.ts";
import type { Lsps2Service, NodeConfig } from "../../src/ffi/config.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import { openNode } from "../../src/ffi/node.ts";
import type { Delivery, Node } from "../../src/node/port.ts";
import { msat, sat } from "../../src/stable/units.ts";

export const library = loadLibrary();

/** What an LSP asks for a channel: 1 %, and at least 2,000 sat. */
export const jitTerms: Lsps2Service = {
  advertiseService: false,
  channelOpeningFeePpm: 10_000,
  minChannelOpeningFeeMsat: msat(2_000_000n),
  channelOverProvisioningPpm: 1_000_000,
  minChannelLifetime: 100,
  maxClientToSelfDelay: 1_024,
  minPaymentSizeMsat: msat(1_000n),
  maxPaymentSizeMsat: msat(100_000_000_000n),
  clientTrustsLsp: true,
};

export interface NativeWorld {
  chain: Chain;
  dir: string;
  /** The same name opens the same directory and port again. */
  configFor(name: string, extra?: Partial<NodeConfig>): Promise<NodeConfig>;
  open(name: string, extra?: Partial<NodeConfig>): Promise<Node>;
  close(): Promise<void>;
}

export async function nativeWorld(): Promise<NativeWorld> {
  const dir = mkdtempSync(join(tmpdir(), "peer-stables-native-"));
  const chain = await openChain({}, library);
  const { host, port, user, password } = await chain.info();
  const nodes: Node[] = [];
  const ports = new Map<string, number>();
  const world: NativeWorld = {
    chain,
    dir,
    async configFor(name, extra = {}) {
      const listening = ports.get(name) ?? freePort();
      ports.set(name, listening);
      return {
        dataDir: join(dir, name),
        network: "regtest",
        chain: { kind: "bitcoind", host, port, user, password },
        alias: name,
        listen: [`127.0.0.1:${listening}`],
        perChannelReserveSat: sat(0n),
        ...extra,
      };
    },
    async open(name, extra) {
      const node = await openNode(await world.configFor(name, extra), library);
      nodes.push(node);
      return node;
    },
    async close() {
      await Promise.allSettled(nodes.map((node) => node.close()));
      await chain.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return world;
}

/** The next event, not acknowledged. */
export async function nextDelivery(node: Node): Promise<Delivery> {
  for await (const delivery of node.events()) return delivery;
  throw new Error("the events ended");
}

/** Looks again at each change of the node until the condition holds. */
export async function until(node: Node, holds: () => Promise<boolean>): Promise<void> {
  const changed = { signal: Promise.withResolvers<void>() };
  const stop = node.onChange(() => changed.signal.resolve());
  try {
    while (!(await holds())) {
      await changed.signal.promise;
      changed.signal = Promise.withResolvers<void>();
    }
  } finally {
    stop();
  }
}
