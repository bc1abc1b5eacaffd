/**
 * How long one `channel.list` of many channels takes from the bytes of the native library to checked objects: UTF-8,
 * JSON and schema. Run it alone with `bun bench/ffi-snapshot.ts`.
 */

import { parseMessage } from "../src/ffi/messages.ts";
import { channelReplies } from "../src/ffi/schema-channel.ts";
import { parseWire } from "../src/ffi/wire.ts";

export interface SnapshotTiming {
  channels: number;
  bytes: number;
  /** The fastest reading: what the work itself takes, whatever else the machine was doing. */
  bestMs: number;
  medianMs: number;
  p95Ms: number;
}

function hexOf(seed: number, bytes: number): string {
  return Bun.SHA512.hash(String(seed), "hex")
    .repeat(2)
    .slice(0, bytes * 2);
}

/** The reply as the native library writes it, every field present. */
export function snapshotReply(count: number): Uint8Array {
  const channels = Array.from({ length: count }, (_, i) => ({
    channel_id: hexOf(i, 32),
    user_channel_id: BigInt(`0x${hexOf(i + count, 16)}`).toString(),
    counterparty: `02${hexOf(i + 2 * count, 32)}`,
    funding_txid: hexOf(i + 3 * count, 32),
    funding_vout: i % 2,
    capacity_sat: String(1_000_000 + i),
    outbound_msat: String(400_000_000 + i),
    inbound_msat: String(580_000_000 - i),
    reserve_sat: "10000",
    counterparty_reserve_sat: "10000",
    next_outbound_htlc_minimum_msat: "1",
    next_outbound_htlc_limit_msat: String(400_000_000 + i),
    inbound_htlc_minimum_msat: "1",
    is_outbound: i % 2 === 0,
    is_announced: i % 3 === 0,
    channel_ready: true,
    usable: i % 5 !== 0,
    confirmations: i,
    confirmations_required: 3,
    short_channel_id: `${700_000 + i}x${i}x0`,
    force_close_spend_delay: 1_024,
    feerate_sat_per_kw: 2_500,
  }));
  return new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { channels } }));
}

/** Best, median and 95th percentile over `rounds` readings, after as many to warm up. */
export function measureSnapshot(channels = 1_000, rounds = 200): SnapshotTiming {
  const bytes = snapshotReply(channels);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const read = () => {
    const message = parseMessage(decoder.decode(bytes));
    if (message.type !== "result") throw new Error(`the sample reply was read as ${message.type}`);
    const found = parseWire(channelReplies["channel.list"], message.result, "channel.list").channels.length;
    if (found !== channels) throw new Error(`${found} of ${channels} channels were read`);
  };
  const times = Array.from({ length: 2 * rounds }, () => {
    const start = performance.now();
    read();
    return performance.now() - start;
  })
    .slice(rounds)
    .sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor(part * (times.length - 1))] ?? 0;
  return { channels, bytes: bytes.byteLength, bestMs: at(0), medianMs: at(0.5), p95Ms: at(0.95) };
}

if (import.meta.main) {
  const { channels, bytes, bestMs, medianMs, p95Ms } = measureSnapshot();
  process.stdout.write(
    `${channels} channels, ${bytes} bytes: best ${bestMs.toFixed(2)} ms, median ${medianMs.toFixed(2)} ms, 95 % within ${p95Ms.toFixed(2)} ms\n`,
  );
}
