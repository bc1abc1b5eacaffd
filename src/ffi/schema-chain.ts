/** Replies of the embedded regtest chain. */
import { z } from "zod";
import { count, hash, hexBytes, nothing, optional, record, text } from "./wire.ts";

const hashes = z.array(z.string().regex(/^[0-9a-f]{64}$/));

export const chainReplies = {
  "chain.info": record({
    host: text,
    port: count,
    user: text,
    password: text,
    height: count,
    bestHash: hash,
    mempoolSize: count,
  }),
  "chain.mine": record({ hashes }),
  "chain.fund": record({ txid: hash }),
  "chain.reorg": record({ disconnected: hashes, connected: hashes }),
  "chain.mempool": record({ txids: hashes }),
  "chain.transaction": record({ hex: hexBytes, confirmations: count, blockHash: optional(hash) }),
  "chain.pause": nothing,
  "chain.resume": nothing,
};
