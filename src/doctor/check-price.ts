/** The price sources: each venue, and whether enough agree. */
import { consensusStep, emptyState } from "../price/consensus.ts";
import { formatPrice } from "../price/decimal.ts";
import { liveRules } from "../price/rules.ts";
import { formatPriceSpec } from "../price/spec.ts";
import { type Check, type Finding, fail, ok, warn } from "./check.ts";

export const priceCheck: Check = {
  name: "price",
  summary: "every venue's answer, and whether enough agree",
  async run({ settings, venueAnswers, clock }) {
    const spec = settings.price ?? { source: "live" };
    if (spec.source !== "live") return [ok(`${formatPriceSpec(spec)}; no venue is needed`)];
    const answers = await venueAnswers();
    const counted = answers.filter(({ venue }) => !venue.reference).map(({ observation }) => observation);
    const { decision } = consensusStep(emptyState, { nowMs: clock.steadyMs(), observations: counted }, liveRules);
    const { outcome, verdicts } = decision;
    const findings = verdicts
      .filter(({ state }) => state !== "ok")
      .map(({ source, state, detail }): Finding => {
        const remedy = "one or two may fail; if it stays, look at this machine's network and proxy";
        return warn(`${source}: ${detail ?? state}`, remedy);
      });
    if (outcome.kind === "accepted") {
      const { agreeing, price } = outcome.accepted;
      return [ok(`${agreeing} of ${counted.length} venues agree on $${formatPrice(price)}`), ...findings];
    }
    const remedy = "let this machine reach the venues (HTTPS, a proxy by HTTPS_PROXY), or add one with --price-venue";
    return [fail(`${outcome.reason}: nothing is settled without a price`, remedy), ...findings];
  },
};
