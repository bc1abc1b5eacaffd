/** The price feed as the settings want it, and its decisions for the audit logs of the roles that use it. */
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import { createFeed } from "../price/feed.ts";
import type { PriceFeed } from "../price/port.ts";
import { type DecisionRecord, decisionRecord } from "../price/record.ts";
import { venues } from "../price/venues.ts";

export type DecisionListener = (record: DecisionRecord) => void;

export interface WatchedFeed {
  feed: PriceFeed;
  /** Every acceptance and refusal with all its inputs. Returns the way to stop. */
  onDecision(listener: DecisionListener): () => void;
}

/** @throws PriceError `bad_argument` where speed or seed are no usable numbers */
export function priceFeed(settings: Settings, mode: "demo" | "role", clock: Clock): WatchedFeed {
  const listeners = new Set<DecisionListener>();
  const extra = settings["price-venue"];
  const feed = createFeed({
    spec: settings.price ?? (mode === "demo" ? { source: "scenario", name: "calm" } : { source: "live" }),
    clock,
    ...(settings.seed === undefined ? {} : { seed: settings.seed }),
    ...(settings.speed === undefined ? {} : { speed: settings.speed }),
    ...(extra === undefined ? {} : { live: { venues: [...venues, ...extra] } }),
    onDecision(decision) {
      if (listeners.size === 0) return;
      const record = decisionRecord(decision);
      for (const listener of [...listeners]) listener(record);
    },
  });
  return {
    feed,
    onDecision(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
