/** An LSP beside the demo's, on the same chain, as a role of its own. */
import type { ChainControl } from "../../src/app/chain-control.ts";
import type { Settings } from "../../src/config/settings.ts";
import type { Channel } from "../../src/node/port.ts";
import { sat } from "../../src/stable/units.ts";
import { openOneRole } from "./one-role.ts";
import { temporaryFolder } from "./program.ts";

export interface SecondLsp {
  nodeId: string;
  address: string;
  /** Its channels, as it sees them. */
  channels(): Promise<Channel[]>;
  close(): Promise<void>;
}

/** Funded, and in step with the chain. */
export async function openSecondLsp(chain: ChainControl, settings: Settings): Promise<SecondLsp> {
  const folder = temporaryFolder();
  const { life, address, close } = await openOneRole("lsp", chain, folder.path, { settings });
  await chain.fund(await life.use((session) => session.context.node.newAddress()), sat(10_000_000n));
  await life.use((session) => session.follow());
  return {
    nodeId: life.nodeId,
    address,
    channels: () => life.use((session) => session.context.node.channels()),
    async close() {
      await close();
      folder.remove();
    },
  };
}
