/** What a role's node is opened with. */
import type { ChainSource, Lsps2Service, NodeConfig } from "../ffi/config.ts";
import type { Network, Role } from "../node/port.ts";
import { sat } from "../stable/units.ts";
import type { LspBook } from "./lsp-book.ts";
import { wantedRescan } from "./rescan.ts";

/** The LSP of JIT channels and of orders; one used before may still be paid an invoice of that time and open its channel. */
function lspClient(lsps: LspBook): Pick<NodeConfig, "lsps1Client" | "lsps2Client" | "trustedPeers0conf"> {
  const current = lsps.current();
  if (current === undefined) return {};
  const { nodeId, address, token } = current;
  const client = { nodeId, address, ...(token === undefined ? {} : { token }) };
  return {
    lsps1Client: client,
    lsps2Client: client,
    trustedPeers0conf: lsps.used().map((lsp) => lsp.nodeId),
  };
}

interface NodeOptions {
  role: Role;
  network: Network;
  chain: ChainSource;
  dataDir: string;
  alias: string;
  listen?: string;
  logLevel: "error" | "warn" | "info" | "debug" | "trace";
  lsps2Service?: Lsps2Service;
  rgsUrl?: string;
  scoresUrl?: string;
  lsps: LspBook;
}

export function nodeConfig(options: NodeOptions): NodeConfig {
  const { role, network, chain, dataDir, alias, listen, logLevel, lsps2Service, rgsUrl, scoresUrl } = options;
  const rescan = wantedRescan(dataDir);
  return {
    dataDir,
    network,
    chain,
    // ldk-node refuses an alias on a node that does not listen.
    ...(listen === undefined ? {} : { alias, listen: [listen] }),
    // With an empty wallet the default of 25,000 sat refuses the anchor channel the LSP opens.
    ...(role === "user" ? { perChannelReserveSat: sat(0n), ...lspClient(options.lsps) } : {}),
    ...(role === "lsp" && lsps2Service !== undefined ? { lsps2Service } : {}),
    log: { level: logLevel },
    ...(rgsUrl === undefined ? {} : { rgsUrl }),
    ...(scoresUrl === undefined ? {} : { scoresUrl }),
    ...(rescan === undefined ? {} : { rescan: true, ...(rescan.since && { rescanSince: rescan.since }) }),
  };
}
