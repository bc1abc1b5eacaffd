/** Typed requests: a table of method -> reply schema over a bridge. */
import type { z } from "zod";
import { type Bridge, DEFAULT_DEADLINE_MS } from "./bridge.ts";
import { parseWire, toWire } from "./wire.ts";

/**
 * Milliseconds, where the default does not fit: a start may read a large store, a sync a long chain; for payouts
 * bitcoind reads through all unspent outputs there are, and a public server is asked slowly.
 */
const deadlines: Readonly<Record<string, number>> = {
  "node.start": 180_000,
  "wallet.sync": 180_000,
  "payouts.find": 1_800_000,
};

type Replies<R> = { readonly [M in keyof R]: z.ZodType };

export type Call<R extends Replies<R>> = <M extends keyof R & string>(
  method: M,
  params?: object,
) => Promise<z.output<R[M]>>;

/** Parameters in our names and types, replies parsed. @throws FfiError */
export function createCall<R extends Replies<R>>(bridge: Bridge, replies: R): Call<R> {
  return async (method, params = {}) => {
    const result = await bridge.request(method, toWire(params), deadlines[method] ?? DEFAULT_DEADLINE_MS);
    return parseWire(replies[method], result, method);
  };
}
