/**
 * One provider with many positions, each with a peer of its own: what a price costs, from the price to the decisions,
 * and what a position costs in memory. Run it with `bun bench/positions.ts`; exit code 1 above the limits.
 */
import { heapStats } from "bun:jsc";
import { unixNow } from "../src/clock.ts";
import { addLive, type EngineState, liveOf, newState } from "../src/engine/state.ts";
import { statusChanges } from "../src/engine/status.ts";
import { choose, decideAll } from "../src/engine/tick.ts";
import type { Channel } from "../src/node/port.ts";
import { proposedAgreement } from "../src/stable/book.ts";
import { newOutbox } from "../src/stable/outbox.ts";
import { balancesByPeer } from "../src/stable/peer-balances.ts";
import { defaultTerms } from "../src/stable/terms.ts";
import { backingFloor, micro, msat, type Price, price, sat } from "../src/stable/units.ts";

const MOST_BYTES = 2_048;
const ROUNDS = 30;

const hex = (kind: string, i: number): string => Bun.SHA256.hash(`${kind}${i}`, "hex");
const usd = (n: number): Price => price(BigInt(n) * 1_000_000n);
const us = `03${hex("us", 0)}`;
const steady = (): number => performance.now();

function channelOf(i: number): Channel {
  return {
    channelId: hex("channel", i),
    userChannelId: String(i),
    counterparty: `02${hex("peer", i)}`,
    capacitySat: sat(400_000n),
    outboundMsat: msat(180_000_000n),
    inboundMsat: msat(200_000_000n),
    reserveSat: sat(4_000n),
    counterpartyReserveSat: sat(4_000n),
    nextOutboundHtlcMinimumMsat: msat(1n),
    nextOutboundHtlcLimitMsat: msat(180_000_000n),
    inboundHtlcMinimumMsat: msat(1n),
    isOutbound: true,
    isAnnounced: false,
    channelReady: true,
    usable: true,
    confirmations: 6,
    confirmationsRequired: 6,
    feerateSatPerKw: 253,
  };
}

const clock = { wallMs: () => Date.now(), steadyMs: steady, after: () => () => undefined };

/** As they come from the ledger: each row its own strings and terms. */
function fill(count: number): EngineState {
  const state = newState(newOutbox([]), []);
  const at = unixNow(clock);
  for (let i = 0; i < count; i++) {
    const target = micro(BigInt(50 + (i % 100)) * 1_000_000n);
    const draft = {
      agreement: hex("agreement", i),
      at,
      channel_id: hex("channel", i),
      from_receiver: true,
      target,
      backing: backingFloor(target, usd(100_000)),
      price: usd(100_000),
      sources: 4,
      terms: { ...defaultTerms },
      expires_at: at + 120,
    };
    const parties = { us, peer: `02${hex("peer", i)}`, proposedByUs: false };
    addLive(
      state,
      liveOf({ ...proposedAgreement(draft, parties, at), status: "active" }, { sentSeq: 0, receivedSeq: 0 }),
    );
  }
  return state;
}

/** From the price to what is to be done about every position, one after the other in the same process. */
function decisionMs(state: EngineState, channels: readonly Channel[], at: Price): { ms: number; due: number } {
  const usable = { ok: true, price: at, sources: 4 } as const;
  const engine = { state, deps: { clock }, peerEnds: new Map() };
  const began = performance.now();
  const chosen = choose(engine, "due", usable);
  const looked = decideAll(engine, chosen, balancesByPeer(channels), usable, "due");
  for (const one of looked) statusChanges(engine, one, usable);
  const ms = performance.now() - began;
  for (const live of state.live.values()) {
    delete live.lastDecision;
    delete live.lastCheckAt;
  }
  return { ms, due: looked.filter(({ decision }) => decision.action === "pay").length };
}

/** What the work itself takes, whatever else the machine was doing. */
const best = (figures: readonly number[]): number => Math.min(...figures);

function heapBytes(): number {
  Bun.gc(true);
  return heapStats().heapSize;
}

interface Measured {
  /** Where nobody owes; where all do. */
  quietMs: number;
  busyMs: number;
  bytes: number;
  fits: boolean;
}

function measure(count: number, most: number): Measured {
  const channels = Array.from({ length: count }, (_, i) => channelOf(i));
  const before = heapBytes();
  const state = fill(count);
  const bytes = (heapBytes() - before) / count;
  const quiet: number[] = [];
  const busy: number[] = [];
  let due = 0;
  for (let round = 0; round < ROUNDS; round++) {
    quiet.push(decisionMs(state, channels, usd(100_100)).ms);
    const all = decisionMs(state, channels, usd(round % 2 === 0 ? 90_000 : 95_000));
    busy.push(all.ms);
    due = all.due;
  }
  const [none, every] = [best(quiet), best(busy)];
  const fits = every <= most && none <= most && bytes <= MOST_BYTES && due === count;
  const said = `${none.toFixed(2)} ms where nobody owes, ${every.toFixed(2)} ms where all ${due} do (at most ${most} ms)`;
  process.stderr.write(`${count} positions: ${said}; ${Math.round(bytes)} bytes each (at most ${MOST_BYTES})\n`);
  return { quietMs: none, busyMs: every, bytes, fits };
}

const [thousand, tenThousand] = [measure(1_000, 5), measure(10_000, 50)];
const figures = {
  tick_1000_ms: thousand.busyMs,
  tick_10000_ms: tenThousand.busyMs,
  // Two comparisons a position against deciding each: what the trigger prices spare.
  tick_10000_quiet_ratio: tenThousand.quietMs / tenThousand.busyMs,
  position_bytes: Math.max(thousand.bytes, tenThousand.bytes),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
// For who reads the figures they are enough.
process.exit(process.argv.includes("--figures") || (thousand.fits && tenThousand.fits) ? 0 : 1);
