/** Every price venue asked once, with the time its server states. */
import type { Clock } from "../clock.ts";
import { defaultLimits, getText } from "../price/http.ts";
import { parseBody } from "../price/rest-source.ts";
import type { Venue } from "../price/venues.ts";
import type { VenueAnswer } from "./check.ts";

/** Never throws. */
export function askVenues(venues: readonly Venue[], clock: Clock): Promise<VenueAnswer[]> {
  return Promise.all(
    venues.map(async (venue): Promise<VenueAnswer> => {
      const answer = await getText(venue.url, { clock, limits: defaultLimits, userAgent: "peer-stables" });
      const received = { wallMs: clock.wallMs(), steadyMs: clock.steadyMs() };
      if (!answer.ok)
        return { venue, observation: { source: venue.name, atMs: received.steadyMs, error: answer.error } };
      const observation = parseBody(venue, answer.text, received);
      // Half a second makes up for the date's cut-off fraction.
      const aheadMs = answer.dateMs === undefined ? undefined : received.wallMs - answer.dateMs - 500;
      return { venue, observation, ...(aheadMs === undefined ? {} : { aheadMs }) };
    }),
  );
}
