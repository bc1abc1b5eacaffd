import { expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { snapshotReply } from "../../bench/ffi-snapshot.ts";
import { FfiError } from "../../src/ffi/errors.ts";
import { channelReplies } from "../../src/ffi/schema-channel.ts";
import { parseEvent } from "../../src/ffi/schema-event.ts";
import {
  count,
  hash,
  millisat,
  optional,
  parseWire,
  record,
  satoshi,
  snake,
  text,
  toWire,
  u64,
} from "../../src/ffi/wire.ts";
import { MAX_MSAT, msat } from "../../src/stable/units.ts";

const replyShape = z.object({ result: z.object({ channels: z.array(z.record(z.string(), z.unknown())) }) });
function sampleChannels(size: number): Record<string, unknown>[] {
  return replyShape.parse(JSON.parse(new TextDecoder().decode(snapshotReply(size)))).result.channels;
}

function refusal(run: () => unknown): FfiError {
  try {
    run();
  } catch (error) {
    if (error instanceof FfiError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

test("amounts cross as decimal strings without loss", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: MAX_MSAT }), (amount) => {
      const row = record({ amountMsat: millisat });
      expect(parseWire(row, toWire({ amountMsat: amount }), "test")).toEqual({ amountMsat: msat(amount) });
    }),
  );
});

test.each([["1e3"], ["-1"], ["01"], [""], [" 1"], ["0x10"], ["2100000000000001"], [1], [null], [undefined], ["1.0"]])(
  "%p is no amount in sat",
  (amount) => {
    const error = refusal(() => parseWire(record({ amountSat: satoshi }), { amount_sat: amount }, "test"));
    expect(error.code).toBe("native_protocol");
    expect(error.message).toContain("test in an unexpected form at amount_sat");
  },
);

test("a u64 stops at 64 bits", () => {
  const row = record({ seq: u64 });
  expect(parseWire(row, { seq: "18446744073709551615" }, "test")).toEqual({ seq: 18446744073709551615n });
  expect(refusal(() => parseWire(row, { seq: "18446744073709551616" }, "test")).code).toBe("native_protocol");
});

test("optional fields may be missing, null is not missing, unknown fields are dropped", () => {
  const row = record({ confirmations: optional(count), address: text });
  expect(parseWire(row, { address: "a", extra: 1 }, "test")).toEqual({ address: "a" });
  expect(refusal(() => parseWire(row, { address: "a", confirmations: null }, "test")).code).toBe("native_protocol");
});

test("names turn to snake_case and absent parameters are left out", () => {
  expect(snake("nextOutboundHtlcLimitMsat")).toBe("next_outbound_htlc_limit_msat");
  expect(toWire({ nodeId: "02", amountMsat: 5n, reason: undefined, records: [{ type: 65537n, value: "00" }] })).toEqual(
    {
      node_id: "02",
      amount_msat: "5",
      records: [{ type: "65537", value: "00" }],
    },
  );
});

test("every channel of a list comes out with every field", () => {
  const wire = sampleChannels(3);
  const { channels } = parseWire(channelReplies["channel.list"], { channels: wire }, "channel.list");
  const names = Object.keys(wire[0] ?? {});
  expect(names).toHaveLength(22);
  for (const [i, channel] of channels.entries()) {
    expect(Object.keys(channel).map(snake)).toEqual(names);
    const back = Object.entries(channel).map(([name, value]) => [
      snake(name),
      typeof value === "bigint" ? `${value}` : value,
    ]);
    expect(Object.fromEntries(back)).toEqual(wire[i]);
  }
});

test("one wrong field anywhere in a long list is found and named", () => {
  const channels = sampleChannels(50);
  const names = Object.keys(channels[0] ?? {});
  const wrong = fc.oneof(
    fc.constant(null),
    fc.constant("zz zz"),
    fc.constant(-1),
    fc.constant(1.5),
    fc.constant([]),
    fc.constant({}),
  );
  fc.assert(
    fc.property(fc.nat({ max: 49 }), fc.constantFrom(...names), wrong, (index, name, value) => {
      fc.pre(!(name === "short_channel_id" && typeof value === "string"));
      const damaged = channels.map((channel, i) => (i === index ? { ...channel, [name]: value } : channel));
      const error = refusal(() => parseWire(channelReplies["channel.list"], { channels: damaged }, "channel.list"));
      expect(error.message).toContain(`channels.${index}.${name}`);
    }),
  );
});

test("the offending text is shortened, and a secret's is not shown", () => {
  const long = refusal(() => parseWire(record({ txid: hash }), { txid: "q".repeat(10_000) }, "test"));
  expect(long.message.length).toBeLessThan(300);
  const secret = refusal(() => parseWire(record({ password: hash }), { password: "hunter2" }, "chain.info"));
  expect(secret.message).toContain("at password");
  expect(secret.message).not.toContain("hunter2");
  const nested = refusal(() => parseWire(record({ list: text }), { list: { token: "hunter2" } }, "test"));
  expect(nested.message).not.toContain("hunter2");
});

const id = "ab".repeat(32);
const peer = `02${"cd".repeat(32)}`;

test("an event becomes the port's form", () => {
  const params = {
    seq: "12",
    kind: "payment_received",
    payment_id: id,
    payment_hash: id,
    amount_msat: "4000",
    records: [{ type: "5482373484", value: "00ff" }],
  };
  expect(parseEvent(params)).toEqual({
    seq: "12",
    event: {
      kind: "payment_received",
      paymentId: id,
      paymentHash: id,
      amountMsat: msat(4_000n),
      records: [{ type: 5482373484n, value: "00ff" }],
    },
  });
  expect(
    parseEvent({ seq: "1", kind: "splice_failed", channel_id: id, user_channel_id: "7", counterparty: peer }),
  ).toEqual({
    seq: "1",
    event: { kind: "splice_failed", channelId: id, userChannelId: "7", counterparty: peer },
  });
});

test.each([
  [{ seq: "1", kind: "unheard_of" }, "unheard_of"],
  [{ seq: 1, kind: "payment_failed" }, "seq"],
  [{ seq: "1", kind: "channel_ready", channel_id: id }, "user_channel_id"],
  [{ seq: "1", kind: "toString" }, "toString"],
])("an event of the wrong form is refused: %j", (params, named) => {
  const error = refusal(() => parseEvent(params));
  expect(error.code).toBe("native_protocol");
  expect(error.message).toContain(named);
});
