/** One venue asked over REST: one retry, its own rate limit, and a pause when it asks for one. */

import { tokenBucket } from "../token-bucket.ts";
import type { Observation } from "./consensus.ts";
import { getText, type HttpOptions } from "./http.ts";
import { parseJsonExact } from "./json.ts";
import { observe, type Quote } from "./quote.ts";
import type { Venue } from "./venues.ts";

const BURST = 2;
/** A retry follows after this at the earliest, twice this at the latest. */
const RETRY_MS = 150;

export interface RestSource {
  /** Asks once (and once more after a passing failure). Never throws; undefined while a request is under way. */
  poll(): Promise<Observation | undefined>;
}

export function restSource(venue: Venue, http: HttpOptions, random: () => number): RestSource {
  const { clock } = http;
  const allowed = tokenBucket(BURST, venue.everyMs, () => clock.steadyMs());
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let busy = false;

  async function ask(): Promise<Observation> {
    const now = clock.steadyMs();
    if (now < pausedUntilMs) return failed(`asked for a pause, ${Math.ceil((pausedUntilMs - now) / 1_000)} s left`);
    if (!allowed()) return failed("held back by our own rate limit");
    let result = await getText(venue.url, http);
    if (!result.ok && result.again) {
      await new Promise<void>((resolve) => clock.after(RETRY_MS * (1 + random()), resolve));
      if (allowed()) result = await getText(venue.url, http);
    }
    if (result.ok) return parseBody(venue, result.text, { wallMs: clock.wallMs(), steadyMs: clock.steadyMs() });
    if (result.waitMs !== undefined) pausedUntilMs = clock.steadyMs() + result.waitMs;
    return failed(result.error);
  }

  function failed(error: string): Observation {
    return { source: venue.name, atMs: clock.steadyMs(), error };
  }

  return {
    async poll() {
      if (busy) return undefined;
      busy = true;
      try {
        return await ask();
      } finally {
        busy = false;
      }
    },
  };
}

/** From a body to what the venue said; every way in which a body can be wrong ends as an error with words. */
export function parseBody(venue: Venue, text: string, received: { wallMs: number; steadyMs: number }): Observation {
  let body: unknown;
  try {
    body = parseJsonExact(text);
  } catch {
    return {
      source: venue.name,
      atMs: received.steadyMs,
      error: `not JSON: ${text.slice(0, 24).replace(/\s+/g, " ")}`,
    };
  }
  const parsed = venue.schema.safeParse(body);
  if (parsed.success) return observeVenue(venue, parsed.data, received);
  const issue = parsed.error.issues[0];
  const at = issue?.path.join(".") ?? "";
  return {
    source: venue.name,
    atMs: received.steadyMs,
    error: `not as expected${at === "" ? "" : ` at ${at}`}: ${issue?.message ?? "unknown shape"}`,
  };
}

export function observeVenue(venue: Venue, quote: Quote, received: { wallMs: number; steadyMs: number }): Observation {
  const time = { coarse: venue.coarseTimeMs !== undefined, maxAgeMs: venue.coarseTimeMs ?? 0 };
  return observe(venue.name, quote, received, time);
}
