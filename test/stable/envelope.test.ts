import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeRecord, encodeEnvelope, MAX_RECORD_BYTES, payloadOf } from "../../src/stable/envelope.ts";
import { lifetimes, type Message, messageSchema } from "../../src/stable/messages.ts";
import { longestMessages, plainMessages, SIGNATURE } from "./message-samples.ts";
import { AGREEMENT } from "./samples.ts";

const every: readonly Message[] = [...Object.values(plainMessages), ...Object.values(longestMessages)];

function record(message: Message): string {
  return encodeEnvelope({ payload: payloadOf(message), signature: SIGNATURE });
}

function hexOf(text: string): string {
  return Buffer.from(text, "utf8").toString("hex");
}

/** A record around any payload text, spelled as the protocol wants the envelope. */
function around(payload: string): string {
  return hexOf(`{"payload":${JSON.stringify(payload)},"signature":"${SIGNATURE}"}`);
}

function codeOf(hex: string): string {
  const decoded = decodeRecord(hex);
  return decoded.ok ? "ok" : decoded.code;
}

const settle = payloadOf(plainMessages.settle);

describe("a message", () => {
  test.each(every.map((message) => [message.type, message] as const))("%s comes back as it went", (_, message) => {
    const decoded = decodeRecord(record(message));
    expect(decoded).toEqual({ ok: true, message, envelope: { payload: payloadOf(message), signature: SIGNATURE } });
  });

  test("has one text", () => {
    expect(settle).toBe(
      `{"agreement":"${AGREEMENT}","amount_msat":"1000000","at":1790000000,"paid_total_after":"1000000",` +
        '"price":"80000000000","seq":1,"sources":4,"type":"settle","v":1}',
    );
  });

  test.each(Object.values(longestMessages))("$type fits the onion at its longest", (message) => {
    expect(record(message).length / 2).toBeLessThanOrEqual(MAX_RECORD_BYTES);
  });

  test("of each type has a sample and a lifetime", () => {
    const types = messageSchema.options.map((option) => option.shape.type.value).sort();
    expect(Object.keys(plainMessages).sort()).toEqual(types);
    expect(Object.keys(lifetimes).sort()).toEqual(types);
  });

  test("that can't be said is not written", () => {
    expect(() => payloadOf({ ...plainMessages.end, reason: 'a "quoted" reason' })).toThrow();
    expect(() => payloadOf({ ...plainMessages.settle, seq: 0 })).toThrow();
    expect(() => encodeEnvelope({ payload: "x".repeat(900), signature: SIGNATURE })).toThrow(RangeError);
  });
});

describe("refuses", () => {
  const change = (from: string, to: string) => around(settle.replace(from, to));
  const deep = `${'{"a":'.repeat(100)}1${"}".repeat(100)}`;

  test.each([
    ["not_hex", "zz"],
    ["not_hex", "abc"],
    ["not_hex", record(plainMessages.accept).toUpperCase()],
    ["not_json", ""],
    ["not_json", hexOf("{")],
    ["not_json", hexOf("[".repeat(900))],
    ["bad_envelope", hexOf("{}")],
    ["bad_envelope", hexOf("null")],
    ["bad_envelope", hexOf(`{"payload":"x","signature":"${SIGNATURE.slice(1)}"}`)],
    ["bad_envelope", hexOf(`{"payload":"x","signature":"${"l".repeat(104)}"}`)],
    ["bad_envelope", hexOf(`{"payload":"x","signature":"${SIGNATURE}","more":1}`)],
    ["too_long", "00".repeat(1_001)],
    ["not_ascii", hexOf('{"payload":"\u00e9"}')],
    ["not_ascii", "fffe"],
    ["not_ascii", hexOf('{"payload":"\u202e"}')],
    ["not_ascii", hexOf('{\n"payload":"x"}')],
    ["not_canonical", hexOf(`{"payload": "x","signature":"${SIGNATURE}"}`)],
    ["not_canonical", hexOf(`{"signature":"${SIGNATURE}","payload":"x"}`)],
    ["not_canonical", hexOf(`{"payload":"y","payload":"x","signature":"${SIGNATURE}"}`)],
    ["not_canonical", hexOf(`{"payload":"\\u0078","signature":"${SIGNATURE}"}`)],
    ["bad_payload", around("x")],
    ["bad_payload", around("[1]")],
    ["bad_payload", around("{}")],
    ["unknown_version", change('"v":1', '"v":2')],
    ["unknown_version", change('"v":1', '"v":"1"')],
    ["unknown_type", change("settle", "transfer")],
    ["unknown_type", change('"settle"', "7")],
    ["bad_payload", around(deep)],
    ["bad_payload", change('"seq":1', `"seq":${deep.slice(0, 250)}`)],
    ["bad_payload", change('"seq":1,', "")],
    ["bad_payload", change('"seq":1', '"seq":0')],
    ["bad_payload", change('"seq":1', '"seq":-1')],
    ["bad_payload", change('"seq":1', '"seq":1.5')],
    ["bad_payload", change('"seq":1', '"seq":4294967296')],
    ["bad_payload", change('"seq":1', '"seq":"1"')],
    ["bad_payload", change('"at":1790000000', '"at":-0')],
    ["bad_payload", change('"at":1790000000', '"at":-0.0')],
    ["bad_payload", change('"sources":4', '"sources":-0')],
    ["bad_payload", change('"sources":4', '"sources":-0e9')],
    ["bad_payload", change('"sources":4', '"sources":1e999')],
    ["bad_payload", change('"1000000"', '"01000000"')],
    ["bad_payload", change('"1000000"', '"-1000000"')],
    ["bad_payload", change('"1000000"', '"1e6"')],
    ["bad_payload", change('"1000000"', '"1000001"')],
    ["bad_payload", change('"1000000"', '"0"')],
    ["bad_payload", change('"1000000"', "1000000")],
    ["bad_payload", change('"1000000"', '"2100000000000000001000"')],
    ["bad_payload", change('"80000000000"', '"0"')],
    ["bad_payload", change('"80000000000"', '"10000000000000001"')],
    ["bad_payload", change(AGREEMENT, AGREEMENT.slice(2))],
    ["bad_payload", change('"v":1', '"v":1,"w":1')],
    ["bad_payload", change('"v":1', '"v":1,"__proto__":{}')],
    ["not_canonical", change('"seq":1', '"seq":1.0')],
    ["not_canonical", change('"seq":1', '"seq":1e0')],
    ["not_canonical", change('"seq":1', '"seq":2,"seq":1')],
    ["not_canonical", change('"seq":1', '"seq": 1')],
    ["not_canonical", change('"v":1}', '"v":1} ')],
    ["not_canonical", change('"settle"', '"\\u0073ettle"')],
    ["not_canonical", around(`{"v":1,${settle.slice(1).replace(',"v":1', "")}`)],
  ] as const)("%s (case %#)", (code, hex) => {
    expect(codeOf(hex)).toBe(code);
  });

  test("an end's reason that could play tricks on a screen", () => {
    const payload = payloadOf(plainMessages.end);
    for (const reason of ["\\u202e", "\\n", '\\"', "\\\\", "\\u001b[2J", "x".repeat(65)]) {
      expect(codeOf(around(payload.replace("stopstable", reason)))).toBe("bad_payload");
    }
  });

  test("without repeating what the peer wrote", () => {
    const decoded = decodeRecord(around(settle.replace('"v":1', '"v":1,"evil_key":1')));
    expect(decoded).toMatchObject({ ok: false });
    if (!decoded.ok) expect(decoded.reason).not.toContain("evil");
  });
});

describe("whatever comes in", () => {
  const texts = every.map((message) => Buffer.from(record(message), "hex"));
  /** Accepted input has to be what a message encodes to, byte for byte. */
  function holds(hex: string): void {
    const decoded = decodeRecord(hex);
    if (decoded.ok) expect(record(decoded.message).length).toBe(hex.length);
    else expect(decoded.reason.length).toBeGreaterThan(0);
  }

  test("100,000 records with some bytes changed, cut or doubled never throw", () => {
    const mutation = fc.record({
      at: fc.nat({ max: 999 }),
      byte: fc.oneof(fc.integer({ min: 32, max: 126 }), fc.nat({ max: 255 })),
      kind: fc.constantFrom("set", "insert", "drop", "double"),
    });
    const mutated = fc
      .tuple(fc.constantFrom(...texts), fc.array(mutation, { minLength: 1, maxLength: 4 }))
      .map(([text, mutations]) => mutations.reduce((bytes, m) => mutate(bytes, m), [...text]));
    fc.assert(
      fc.property(mutated, (bytes) => holds(Buffer.from(bytes).toString("hex"))),
      { numRuns: 100_000 },
    );
  }, 120_000);

  test("20,000 messages with some member in another spelling never throw", () => {
    const spellings = ["-0", "-0.0", "-0e9", "0e0", "1e-999", "1e999", "-1", "9007199254740993", "null", "[]", '""'];
    const payloads = every.map((message) => payloadOf(message));
    const respelled = fc
      .tuple(fc.constantFrom(...payloads), fc.nat({ max: 20 }), fc.constantFrom(...spellings))
      .map(([payload, index, spelling]) => {
        const members = [...payload.matchAll(/(?<=":)(?:\d+|true|false|"[^"]*")/g)];
        const { 0: text = "", index: from = 0 } = members[index % members.length] ?? {};
        return around(payload.slice(0, from) + spelling + payload.slice(from + text.length));
      });
    fc.assert(fc.property(respelled, holds), { numRuns: 20_000 });
  }, 60_000);

  test("20,000 pieces of junk never throw", () => {
    const junk = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.json().map(hexOf),
      fc.json().map(around),
      fc.uint8Array({ maxLength: 1_100 }).map((bytes) => Buffer.from(bytes).toString("hex")),
      fc.constantFrom("[", '{"a":', '"', "\\u0000").map((piece) => hexOf(piece.repeat(200))),
    );
    fc.assert(fc.property(junk, holds), { numRuns: 20_000 });
  }, 60_000);
});

interface Mutation {
  at: number;
  byte: number;
  kind: "set" | "insert" | "drop" | "double";
}

function mutate(bytes: readonly number[], { at, byte, kind }: Mutation): number[] {
  const index = at % Math.max(1, bytes.length);
  if (kind === "set") return bytes.map((old, i) => (i === index ? byte : old));
  if (kind === "insert") return [...bytes.slice(0, index), byte, ...bytes.slice(index)];
  if (kind === "drop") return [...bytes.slice(0, index), ...bytes.slice(index + 1)];
  return [...bytes.slice(0, index), ...bytes.slice(Math.max(0, index - 20))];
}
