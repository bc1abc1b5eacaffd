/** One price feed over whatever source was asked for; the port the rest of the program uses. */

import type { Clock } from "../clock.ts";
import type { Price } from "../stable/units.ts";
import { type ConsensusState, consensusStep, type Decision, emptyState, type Observation } from "./consensus.ts";
import { formatPrice } from "./decimal.ts";
import type { Driver, Round } from "./driver.ts";
import { PriceError } from "./errors.ts";
import { fileDriver } from "./file-driver.ts";
import { type LiveOptions, liveDriver } from "./live-driver.ts";
import type { PriceFeed, PriceView, Purpose, SourceView, Usable } from "./port.ts";
import { freshMs, within } from "./rules.ts";
import { SCENARIO_START, scenarioDriver } from "./scenario-driver.ts";
import { type PriceSpec, parseScenarioName } from "./spec.ts";

export interface FeedOptions {
  spec: PriceSpec;
  clock: Clock;
  /** Scenario: the same seed gives the same prices. */
  seed?: number;
  /** Scenario or file seconds per real second. */
  speed?: number;
  /** Real milliseconds between two prices of a scenario or file. */
  tickMs?: number;
  /** Every acceptance and refusal with all its inputs, one audit line each. */
  onDecision?: (decision: Decision) => void;
  /** Venues, polling, HTTP; only for `live`. */
  live?: Partial<LiveOptions>;
}

/** What a person set: it passes the breaker and never ages. */
interface ByHand {
  price: Price;
  atMs: number;
}

/** @throws PriceError `bad_argument` where speed or seed are no usable numbers */
export function createFeed(options: FeedOptions): PriceFeed {
  const { spec, clock } = options;
  const seed = checked("seed", options.seed ?? 1, Number.isSafeInteger, "a whole number");
  const speed = checked(
    "speed",
    options.speed ?? 1,
    (n) => n > 0 && n <= 1_000_000,
    "a number above 0, at most 1000000",
  );
  const tickMs = checked("tick", options.tickMs ?? 1_000, (n) => n >= 10, "at least 10 milliseconds");
  const listeners = new Set<(update: { byHand: boolean }) => void>();

  let running = false;
  let byHand: ByHand | undefined = spec.source === "fixed" ? { price: spec.price, atMs: clock.steadyMs() } : undefined;
  let driver: Driver | undefined = firstDriver();
  let state: ConsensusState = emptyState;
  let last: { decision: Decision; references: readonly Observation[]; steadyMs: number } | undefined;
  let ended: string | undefined;
  let announced: PriceView["status"] | undefined;
  let outcomeSeen: Decision["outcome"]["kind"] | undefined;

  function firstDriver(): Driver | undefined {
    switch (spec.source) {
      case "fixed":
        return undefined;
      case "scenario":
        return scenarioDriver({ name: spec.name, seed, speed, clock, tickMs, base: SCENARIO_START });
      case "file":
        return fileDriver({ path: spec.path, speed, seed, clock, tickMs });
      case "live":
        return liveDriver({ clock, ...options.live });
    }
  }

  function notify(update: { byHand: boolean }): void {
    for (const listener of [...listeners]) listener(update);
  }

  function take(round: Round): void {
    if (driver === undefined) return;
    const steadyMs = clock.steadyMs();
    const stepped = consensusStep(state, round, driver.rules);
    state = stepped.state;
    last = { decision: stepped.decision, references: round.references ?? [], steadyMs };
    const { kind } = stepped.decision.outcome;
    if (round.interim && kind === outcomeSeen) return;
    outcomeSeen = kind;
    options.onDecision?.(stepped.decision);
    if (!round.interim) announce(kind === "accepted");
  }

  /** Tells the listeners of an accepted price, and of every change between ok, stale and hold. */
  function announce(accepted: boolean): void {
    const now = status().status;
    const changed = now !== announced;
    announced = now;
    if (accepted || changed) notify({ byHand: false });
  }

  function fail(reason: string): void {
    ended = reason;
    announce(false);
  }

  function use(next: Driver | undefined): void {
    driver?.stop();
    driver = next;
    state = emptyState;
    last = undefined;
    ended = undefined;
    if (running) next?.start(take, fail);
  }

  /** How old the accepted price is: on its own clock up to the last round, in real time since. */
  function ageMs(): number {
    if (byHand !== undefined) return 0;
    if (state.accepted === undefined || last === undefined) return Number.POSITIVE_INFINITY;
    return last.decision.nowMs - state.accepted.atMs + (clock.steadyMs() - last.steadyMs);
  }

  function status(): { status: PriceView["status"]; reason?: string } {
    if (byHand !== undefined) return { status: "ok" };
    if (ended !== undefined) return { status: "hold", reason: ended };
    if (last === undefined) return { status: "hold", reason: "no source has answered yet" };
    const { outcome } = last.decision;
    if (outcome.kind === "refused") return { status: "hold", reason: outcome.reason };
    const age = ageMs();
    const reason = `the price is ${Math.round(age / 1_000)} s old`;
    if (age > freshMs.settle) return { status: "hold", reason };
    return age > freshMs.open ? { status: "stale", reason } : { status: "ok" };
  }

  function view(): PriceView {
    const current = byHand?.price ?? state.accepted?.price;
    const steadyMs = clock.steadyMs();
    const acceptedAt = byHand !== undefined ? clock.wallMs() - (steadyMs - byHand.atMs) : clock.wallMs() - ageMs();
    return {
      ...status(),
      ...(current !== undefined && { price: current, acceptedAtMs: acceptedAt }),
      sources: sourceViews(steadyMs),
      agreeing: agreeing(),
      label: label(),
      synthetic: driver?.synthetic ?? false,
    };
  }

  function agreeing(): number {
    return byHand !== undefined ? 1 : (state.accepted?.agreeing ?? 0);
  }

  function label(): string {
    if (driver === undefined) return "fixed";
    return byHand === undefined ? driver.label : `${driver.label}, set by hand`;
  }

  function sourceViews(steadyMs: number): SourceView[] {
    if (byHand !== undefined)
      return [{ name: "by hand", price: byHand.price, ageMs: steadyMs - byHand.atMs, state: "ok" }];
    if (last === undefined) return (driver?.sources ?? []).map((name) => ({ name, state: "pending" }));
    const { decision, references } = last;
    const waited = steadyMs - last.steadyMs;
    const rows = decision.observations.map((o, i): SourceView => {
      const verdict = decision.verdicts[i];
      const said = "price" in o ? { price: o.price, ageMs: decision.nowMs - o.atMs + waited } : {};
      return { name: o.source, ...said, state: verdict?.state ?? "pending", ...detail(verdict?.detail) };
    });
    const shown = references.map((o): SourceView => {
      if ("price" in o) {
        return { name: o.source, price: o.price, ageMs: decision.nowMs - o.atMs + waited, state: "reference" };
      }
      return { name: o.source, state: "reference", detail: "error" in o ? o.error : "no answer yet" };
    });
    return [...rows, ...shown];
  }

  function usable(purpose: Purpose): Usable {
    const now = status();
    const current = byHand?.price ?? state.accepted?.price;
    if (current === undefined || now.status === "hold") {
      const aged = current !== undefined && last?.decision.outcome.kind === "accepted" && ended === undefined;
      const reason = `the price is on hold: ${now.reason ?? "no price was accepted"}`;
      return { ok: false, code: aged ? "stale_price" : "no_price", reason };
    }
    if (ageMs() > freshMs[purpose]) {
      const limit = `at most ${freshMs[purpose] / 1_000} s is taken`;
      return { ok: false, code: "stale_price", reason: `${now.reason ?? "the price is old"}, ${limit}` };
    }
    return { ok: true, price: current, sources: agreeing() };
  }

  /** In live mode a person cannot make a price up, but can vouch for one that the breaker holds back. */
  function confirm(p: Price): void {
    const outcome = last?.decision.outcome;
    if (driver === undefined || last === undefined || outcome?.kind !== "refused" || outcome.candidate === undefined) {
      const text = "the price comes from live sources and cannot be set; start with --price fixed=USD to choose it";
      throw new PriceError("price_not_settable", text);
    }
    if (!within(p, outcome.candidate, driver.rules.bandBps)) {
      throw new PriceError(
        "price_not_settable",
        `${formatPrice(p)} is not what the sources say; only ${formatPrice(outcome.candidate)} can be confirmed`,
      );
    }
    const { nowMs, observations } = last.decision;
    const stepped = consensusStep(state, { nowMs, observations, confirmed: p }, driver.rules);
    state = stepped.state;
    last = { ...last, decision: stepped.decision };
    options.onDecision?.(stepped.decision);
    announced = "ok";
    notify({ byHand: true });
  }

  return {
    view,
    usable,
    onUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(p) {
      if (spec.source === "live") return confirm(p);
      if (spec.source === "file") {
        throw new PriceError("price_not_settable", `the price is replayed from ${spec.path} and cannot be set by hand`);
      }
      // A price that a person holds needs no ticks: the scenario rests until it is called again.
      driver?.stop();
      byHand = { price: p, atMs: clock.steadyMs() };
      announced = "ok";
      notify({ byHand: true });
    },
    scenario(name) {
      const parsed = parseScenarioName(name);
      if (spec.source !== "fixed" && spec.source !== "scenario") {
        throw new PriceError(
          "price_not_settable",
          `a ${spec.source} price has no scenarios; use --price scenario=${parsed}`,
        );
      }
      const base = byHand?.price ?? driver?.at?.() ?? SCENARIO_START;
      byHand = undefined;
      use(scenarioDriver({ name: parsed, seed, speed, clock, tickMs, base }));
    },
    start() {
      if (running) return;
      running = true;
      if (byHand === undefined) driver?.start(take, fail);
      else notify({ byHand: false });
    },
    stop() {
      running = false;
      driver?.stop();
    },
  };
}

function detail(text: string | undefined): { detail?: string } {
  return text === undefined ? {} : { detail: text };
}

function checked(name: string, value: number, good: (n: number) => boolean, wanted: string): number {
  if (good(value)) return value;
  throw new PriceError("bad_argument", `--${name} ${value} is not usable; give ${wanted}`);
}
