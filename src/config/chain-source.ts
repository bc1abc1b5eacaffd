/** Where a node learns about the chain, as typed behind `--chain`. A bitcoind's password is empty where it stands elsewhere. */
import { z } from "zod";
import type { ChainSource } from "../ffi/config.ts";
import type { Network } from "../node/port.ts";

const expected = "esplora=URL, electrum=URL or bitcoind=http://user:pass@host:port";

export const chainSourceSchema = z.string().transform((text, context): ChainSource => {
  const split = text.indexOf("=");
  const kind = text.slice(0, Math.max(split, 0));
  const rest = text.slice(split + 1);
  if (kind === "esplora" && /^https?:\/\/\S+$/.test(rest)) return { kind, url: rest.replace(/\/+$/, "") };
  if (kind === "electrum" && /^(tcp|ssl):\/\/\S+$/.test(rest)) return { kind, url: rest };
  if (kind === "electrum" && /^[^\s/:]+:\d{1,5}$/.test(rest)) return { kind, url: `tcp://${rest}` };
  if (kind === "bitcoind" && URL.canParse(rest)) {
    const url = new URL(rest);
    const user = decodeURIComponent(url.username);
    const password = decodeURIComponent(url.password);
    if (url.protocol === "http:" && user !== "") {
      return { kind, host: url.hostname, port: Number(url.port === "" ? 8332 : url.port), user, password };
    }
  }
  context.addIssue({ code: "custom", message: expected });
  return z.NEVER;
});

const defaultEsplora: Partial<Record<Network, string>> = {
  mutinynet: "https://mutinynet.com/api",
  signet: "https://mempool.space/signet/api",
  testnet: "https://blockstream.info/testnet/api",
  bitcoin: "https://blockstream.info/api",
};

/** The public server a network falls back to; regtest has none. */
export function defaultChain(network: Network): ChainSource | undefined {
  const url = defaultEsplora[network];
  return url === undefined ? undefined : { kind: "esplora", url };
}
