/** The signed state's text read back: what a rev agreed on, whatever happened to the book since. */
import { z } from "zod";
import { type SignedState, stateText } from "./canonical.ts";
import { termsSchema } from "./terms.ts";
import { signedMsat } from "./units.ts";
import { wireCount, wireHash, wireMicro } from "./wire.ts";

const nodeId = z.string().regex(/^0[23][0-9a-f]{64}$/);

const stateSchema = z.strictObject({
  id: wireHash,
  channel_id: wireHash,
  receiver: nodeId,
  provider: nodeId,
  asset: z.literal("USD"),
  rev: wireCount,
  target: wireMicro,
  backing0: z.string().regex(/^(?:0|-?[1-9][0-9]{0,18})$/),
  terms: termsSchema,
});

/** Undefined for anything but the exact text `stateText` makes. */
export function readState(text: string): SignedState | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = stateSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { id, channel_id, receiver, provider, asset, rev, target, backing0, terms } = parsed.data;
  try {
    const parties = { id, channelId: channel_id, receiver, provider, asset };
    const state = { ...parties, rev, targetMicro: target, backing0Msat: signedMsat(BigInt(backing0)), terms };
    return stateText(state) === text ? state : undefined;
  } catch {
    return undefined;
  }
}
