/**
 * One position through a price history. Decisions are the real core's (`stable/decision.ts`), asked only where the
 * price is beyond the trigger prices, which the core promises to be the same thing; between them a point costs a few
 * comparisons and one count. Floats measure drift for the statistics; no amount is computed from them.
 */
import type { Points } from "../price/bridge.ts";
import type { Agreement, Terms } from "../stable/agreement.ts";
import { backingOf } from "../stable/agreement.ts";
import { decide } from "../stable/decision.ts";
import { type Due, positionOf, triggerPrices } from "../stable/position.ts";
import {
  backingFloor,
  MAX_MSAT,
  type Micro,
  MSAT_PER_BTC,
  MSAT_PER_SAT,
  type Msat,
  msat,
  price,
  valueFloor,
} from "../stable/units.ts";
import { type CoverWatch, watchCover } from "./cover.ts";
import { newSeries, type Series } from "./series.ts";

export interface PegOptions {
  terms: Terms;
  targetMicro: Micro;
  /** From the decision to the payment's arrival. */
  latencyMs: number;
  ratios: readonly number[];
  horizons: readonly number[];
}

export interface PegFigures {
  points: number;
  fromMs: number;
  toMs: number;
  firstMicro: bigint;
  lastMicro: bigint;
  payments: number;
  /** Dollars moved, each payment at the price it was decided at. */
  volumeMicro: bigint;
  backing0Msat: bigint;
  backingMsat: bigint;
  driftBps: { p50: number; p99: number; p999: number; max: number };
  worstAtMs: number;
  outOfBandShare: number;
}

export interface PegRun {
  take(points: Points): void;
  /** Undefined before the first point. */
  figures(): PegFigures | undefined;
  cover(): CoverWatch | undefined;
  series: Series;
}

/** Drift is counted in bins of a tenth of a basis point up to 100 %. */
const BINS_PER_UNIT = 100_000;

export function runPeg(options: PegOptions): PegRun {
  const { terms, targetMicro, latencyMs } = options;
  const checkMs = terms.checkSeconds * 1_000;
  const bins = new Float64Array(BINS_PER_UNIT + 1);
  const series = newSeries();
  let agreement: Agreement | undefined;
  let cover: CoverWatch | undefined;
  let firstMicro = 0;
  let low = 0;
  let high = 0;
  /** Value over target per micro-dollar of price. */
  let perMicro = 0;
  let lastCheckMs = Number.NEGATIVE_INFINITY;
  let due: Due | undefined;
  let settlesMs = Number.POSITIVE_INFINITY;
  let points = 0;
  let fromMs = 0;
  let lastMs = 0;
  let lastMicro = 0;
  let payments = 0;
  let volumeMicro = 0n;
  let max = 0;
  let worstAtMs = 0;
  let out = false;
  let outMs = 0;

  function open(timeMs: number, p: number): Agreement {
    const at = price(BigInt(p));
    const backing0Msat = msat((backingFloor(targetMicro, at) / MSAT_PER_SAT) * MSAT_PER_SAT);
    const opened = newAgreement(terms, targetMicro, backing0Msat, at, timeMs);
    agreement = opened;
    cover = watchCover({ targetMicro, backingMsat: backing0Msat }, options.ratios, options.horizons);
    fromMs = lastMs = worstAtMs = timeMs;
    firstMicro = p;
    aim(opened);
    return opened;
  }

  function aim(a: Agreement): void {
    const triggers = triggerPrices(positionOf(a));
    low = Number(triggers.low);
    high = Number(triggers.high);
    perMicro = Number(backingOf(a)) / (Number(targetMicro) * Number(MSAT_PER_BTC));
  }

  function settle(a: Agreement, timeMs: number): void {
    if (due !== undefined) {
      if (due.payer === "provider") a.paidByProviderMsat = msat(a.paidByProviderMsat + due.amountMsat);
      else a.paidByReceiverMsat = msat(a.paidByReceiverMsat + due.amountMsat);
      a.lastSettlementAt = Math.floor(timeMs / 1_000);
      payments++;
      series.pay();
      aim(a);
    }
    due = undefined;
    settlesMs = Number.POSITIVE_INFINITY;
  }

  function look(a: Agreement, timeMs: number, p: number): void {
    const at = price(BigInt(p));
    const unbounded = msat(MAX_MSAT);
    const decision = decide({
      agreement: a,
      price: { ok: true, price: at },
      sendableMsat: unbounded,
      spendableMsat: unbounded,
      peerConnected: true,
      outstanding: "none",
      now: Math.floor(timeMs / 1_000),
    });
    if (decision.action !== "pay" && decision.action !== "await") return;
    due = decision.due;
    volumeMicro += valueFloor(due.amountMsat, at);
    settlesMs = timeMs + latencyMs;
    if (latencyMs === 0) settle(a, timeMs);
  }

  return {
    series,
    cover: () => cover,
    take(batch) {
      let a = agreement;
      for (let i = 0; i < batch.length; i++) {
        const timeMs = batch.timeMs[i] ?? 0;
        const p = batch.price[i] ?? 0;
        a ??= open(timeMs, p);
        if (timeMs >= settlesMs) {
          if (out) outMs += settlesMs - lastMs;
          out = false;
          lastMs = settlesMs;
          settle(a, settlesMs);
        }
        if (out) outMs += timeMs - lastMs;
        lastMs = timeMs;
        const value = p * perMicro;
        const drift = value < 1 ? 1 - value : value - 1;
        const bin = drift < 1 ? Math.floor(drift * BINS_PER_UNIT) : BINS_PER_UNIT;
        bins[bin] = (bins[bin] ?? 0) + 1;
        if (drift > max) {
          max = drift;
          worstAtMs = timeMs;
        }
        series.add(timeMs, p, value);
        cover?.add(timeMs, p);
        const beyond = p <= low || p >= high;
        if (timeMs - lastCheckMs >= checkMs) {
          lastCheckMs = timeMs;
          if (beyond && due === undefined) look(a, timeMs, p);
        }
        out = beyond && (p <= low || p >= high);
        lastMicro = p;
      }
      points += batch.length;
    },
    figures() {
      const a = agreement;
      if (a === undefined) return undefined;
      return {
        points,
        fromMs,
        toMs: lastMs,
        firstMicro: BigInt(firstMicro),
        lastMicro: BigInt(lastMicro),
        payments,
        volumeMicro,
        backing0Msat: a.backing0Msat,
        backingMsat: backingOf(a),
        driftBps: { ...quantiles(bins, points), max: max * 10_000 },
        worstAtMs,
        outOfBandShare: lastMs > fromMs ? outMs / (lastMs - fromMs) : 0,
      };
    },
  };
}

/** Upper edge of the bin each quantile falls in, in basis points. */
function quantiles(bins: Float64Array, total: number): { p50: number; p99: number; p999: number } {
  const at = (share: number): number => {
    let seen = 0;
    for (let i = 0; i < bins.length; i++) {
      seen += bins[i] ?? 0;
      if (seen >= total * share) return ((i + 1) * 10_000) / BINS_PER_UNIT;
    }
    return 10_000;
  };
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

function newAgreement(
  terms: Terms,
  targetMicro: Micro,
  backing0Msat: Msat,
  at: Agreement["price"],
  timeMs: number,
): Agreement {
  const seconds = Math.floor(timeMs / 1_000);
  return {
    id: "00".repeat(32),
    channelId: "00".repeat(32),
    receiver: "receiver",
    provider: "provider",
    asset: "USD",
    side: "provider",
    proposedByUs: true,
    rev: 1,
    targetMicro,
    backing0Msat,
    paidByProviderMsat: msat(0n),
    paidByReceiverMsat: msat(0n),
    terms,
    status: "active",
    stateHash: "",
    price: at,
    createdAt: seconds,
    updatedAt: seconds,
    strikes: 0,
  };
}
