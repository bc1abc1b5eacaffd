import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalJson, sha256Hex, stateHash, stateText } from "../../src/stable/canonical.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { signedMsat } from "../../src/stable/units.ts";
import { AGREEMENT, agreement, CHANNEL, PROVIDER, RECEIVER, sats, usd } from "./samples.ts";

describe("canonical JSON", () => {
  test("sorts keys at every depth and has no white space", () => {
    expect(canonicalJson({ b: 1, a: { d: true, c: "x y" }, a_1: "" })).toBe(
      '{"a":{"c":"x y","d":true},"a_1":"","b":1}',
    );
  });

  test.each([
    [null],
    [undefined],
    [1.5],
    [-1],
    [-0],
    [Number.NaN],
    [2 ** 53],
    [10n],
    [["a"]],
    ['a"b'],
    ["a\\b"],
    ["é"],
    ["\u007f"],
    ["a\nb"],
    [{ A: 1 }],
    [{ "a b": 1 }],
    [{ __proto__x: 1 }],
    [{ a: undefined }],
    [new Date(0).getTime],
  ])("refuses %p", (value) => {
    expect(() => canonicalJson(value)).toThrow(RangeError);
  });

  test("is what JSON.parse reads back, and one text per value", () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/);
    const text = fc.stringMatching(/^[ !#-[\]-~]{0,12}$/);
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        text,
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.boolean(),
        fc.dictionary(key, tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, (any) => {
        const once = canonicalJson(any);
        expect(canonicalJson(JSON.parse(once))).toBe(once);
        expect(JSON.parse(once)).toEqual(JSON.parse(JSON.stringify(any)));
      }),
    );
  });
});

describe("the signed state", () => {
  test("is this text", () => {
    expect(stateText(agreement("receiver"))).toBe(
      `{"asset":"USD","backing0":"100000000","channel_id":"${CHANNEL}","id":"${AGREEMENT}","provider":"${PROVIDER}",` +
        `"receiver":"${RECEIVER}","rev":1,"target":"100000000","terms":{"band_bps":25,"check_s":10,"cooldown_s":0,` +
        `"cover_bps":2000,"fee_bps":0,"floor":"10000","strikes":3,"tolerance_bps":50}}`,
    );
  });

  test("hashes as SHA-256 of it", () => {
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(stateHash(agreement("receiver"))).toBe(sha256Hex(stateText(agreement("provider"))));
  });

  test("writes a negative backing0 with its sign", () => {
    expect(stateText(agreement("receiver", { backing0Msat: signedMsat(-5n) }))).toContain('"backing0":"-5"');
  });

  test("differs when any of its figures does, and only then", () => {
    const base = stateHash(agreement("receiver"));
    const changes = [
      { id: "02".repeat(32) },
      { channelId: "00".repeat(32) },
      { receiver: PROVIDER },
      { provider: RECEIVER },
      { rev: 2 },
      { targetMicro: usd(101) },
      { backing0Msat: sats(1) },
      { terms: { ...defaultTerms, strikes: 4 } },
    ];
    const hashes = changes.map((change) => stateHash(agreement("receiver", change)));
    expect(new Set([base, ...hashes]).size).toBe(changes.length + 1);
    expect(stateHash(agreement("receiver", { paidByProviderMsat: sats(5), status: "frozen", strikes: 2 }))).toBe(base);
  });
});
