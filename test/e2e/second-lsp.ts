/** An LSP beside the demo's, on the same chain, as a role of its own. */
import { randomBytes } from "node:crypto";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { freePort } from "../../src/app/free-port.ts";
import { openRole } from "../../src/app/role.ts";
import { systemClock } from "../../src/clock.ts";
import type { Settings } from "../../src/config/settings.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import { createFeed } from "../../src/price/feed.ts";
import { parsePriceSpec } from "../../src/price/spec.ts";
import { sat } from "../../src/stable/units.ts";
import { temporaryFolder } from "./program.ts";

export interface SecondLsp {
  nodeId: string;
  address: string;
  close(): Promise<void>;
}

/** Funded, and in step with the chain. */
export async function openSecondLsp(chain: ChainControl, settings: Settings): Promise<SecondLsp> {
  const clock = systemClock();
  const folder = temporaryFolder();
  const price = createFeed({ spec: parsePriceSpec("fixed=100000"), clock });
  const address = `127.0.0.1:${await freePort()}`;
  const life = await openRole({
    role: "lsp",
    settings: { ...settings, network: "regtest", chain: chain.source, "data-dir": folder.path, listen: address },
    env: {},
    price,
    onPriceDecision: () => () => undefined,
    clock,
    random: (n) => randomBytes(n),
    library: loadLibrary(),
  });
  await chain.fund(await life.use((session) => session.context.node.newAddress()), sat(10_000_000n));
  await life.use((session) => session.follow());
  return {
    nodeId: life.nodeId,
    address,
    async close() {
      await life.close();
      price.stop();
      folder.remove();
    },
  };
}
