/**
 * The user's side of a channel against the books: it moves by what they say was settled, to the millisatoshi. All books
 * count: a settlement that a closing cut off is paid over the channel that comes after.
 */
import { until } from "../until.ts";
import type { Pair } from "./pair.ts";

export interface Share {
  /** The user's balance above its reserve, at rest. */
  outboundMsat: bigint;
  /** What the user got by settlements, less what it paid. */
  netMsat: bigint;
}

/** Messages carry a millisatoshi each: so many may pass between two looks. */
const MOST_MESSAGES = 50n;
const PATIENCE_MS = 15_000;

export async function shareOf(pair: Pair, agreementIds: readonly string[]): Promise<Share> {
  const { channels } = await pair.channels("user");
  return { outboundMsat: BigInt(channels[0]?.outbound_msat ?? 0), netMsat: netOf(pair, agreementIds) };
}

export function netOf(pair: Pair, agreementIds: readonly string[]): bigint {
  const books = agreementIds.map((id) => pair.book("user", id).agreement);
  return books.reduce((sum, one) => sum + one.paid_by_provider_msat - one.paid_by_receiver_msat, 0n);
}

/** @throws where the balance keeps differing from what the book says: a moment is needed to exchange commitments */
export async function checkShares(pair: Pair, agreementIds: readonly string[], before: Share): Promise<Share> {
  let now = before;
  let told = "";
  const agrees = async () => {
    now = await shareOf(pair, agreementIds);
    const moved = now.outboundMsat - before.outboundMsat;
    const settled = now.netMsat - before.netMsat;
    told = `the user's balance moved by ${moved} msat, the book by ${settled}`;
    const rest = moved > settled ? moved - settled : settled - moved;
    return rest <= MOST_MESSAGES;
  };
  await until(agrees, PATIENCE_MS).catch((cause: unknown) => {
    throw new Error(told, { cause });
  });
  return now;
}
