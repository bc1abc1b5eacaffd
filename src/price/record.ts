/** A decision as the data of one audit line, and back: from the lines alone the feed's course can be replayed. */
import { z } from "zod";
import { type ConsensusState, consensusStep, type Decision, emptyState, type Observation } from "./consensus.ts";
import { formatPrice } from "./decimal.ts";
import { priceText } from "./quote.ts";
import type { Rules } from "./rules.ts";

const observationSchema = z.union([
  z.strictObject({
    source: z.string(),
    at_ms: z.number(),
    price_usd: priceText,
    state: z.string(),
    detail: z.string().optional(),
  }),
  z.strictObject({ source: z.string(), at_ms: z.number(), state: z.string(), detail: z.string() }),
]);

const recordSchema = z.strictObject({
  outcome: z.enum(["accepted", "refused"]),
  now_ms: z.number(),
  price_usd: z.string().optional(),
  agreeing: z.int().optional(),
  reason: z.string().optional(),
  candidate_usd: z.string().optional(),
  confirmed_usd: priceText.optional(),
  sources: z.array(observationSchema),
});

/** JSON-able: numbers are milliseconds and counts, prices decimal strings. */
export type DecisionRecord = z.input<typeof recordSchema>;

export function decisionRecord(decision: Decision): DecisionRecord {
  const { outcome, nowMs, observations, verdicts, confirmed } = decision;
  const sources = observations.map((o, i): DecisionRecord["sources"][number] => {
    const { state = "pending", detail } = verdicts[i] ?? {};
    const said = { source: o.source, at_ms: o.atMs, state };
    if (!("price" in o)) return { ...said, detail: detail ?? "" };
    return { ...said, price_usd: formatPrice(o.price), ...(detail !== undefined && { detail }) };
  });
  const common = { now_ms: nowMs, sources, ...(confirmed !== undefined && { confirmed_usd: formatPrice(confirmed) }) };
  if (outcome.kind === "accepted") {
    const { price, agreeing } = outcome.accepted;
    return { outcome: "accepted", price_usd: formatPrice(price), agreeing, ...common };
  }
  const candidate = outcome.candidate === undefined ? {} : { candidate_usd: formatPrice(outcome.candidate) };
  return { outcome: "refused", reason: outcome.reason, ...candidate, ...common };
}

/**
 * Takes the decisions again from their records' inputs, in order from the feed's start.
 * @returns for each record what it says now: the same, unless the rules or the record changed
 * @throws ZodError for a record of another shape
 */
export function replayRecords(records: readonly unknown[], rules: Rules): DecisionRecord[] {
  let state: ConsensusState = emptyState;
  return records.map((line) => {
    const record = recordSchema.parse(line);
    const observations = record.sources.map((s): Observation => {
      if ("price_usd" in s) return { source: s.source, atMs: s.at_ms, price: s.price_usd };
      if (s.state === "pending") return { source: s.source, atMs: s.at_ms, pending: true };
      return { source: s.source, atMs: s.at_ms, error: s.detail };
    });
    const { confirmed_usd: confirmed } = record;
    const round = { nowMs: record.now_ms, observations, ...(confirmed !== undefined && { confirmed }) };
    const stepped = consensusStep(state, round, rules);
    state = stepped.state;
    return decisionRecord(stepped.decision);
  });
}
