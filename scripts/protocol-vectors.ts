/** Writes test/vectors/protocol.json: what a second implementation of docs/protocol.md can check itself against. */
import { nodeIdOf, signatureOf } from "../src/app/node-signature.ts";
import { sha256Hex, stateHash, stateText } from "../src/stable/canonical.ts";
import { convert, targetLeft } from "../src/stable/convert.ts";
import { decodeRecord, encodeEnvelope, payloadOf } from "../src/stable/envelope.ts";
import { actionDueOf, dueOf, scaledDrift, triggerPrices } from "../src/stable/position.ts";
import { coverOf } from "../src/stable/solvency.ts";
import { defaultTerms, termsPresets } from "../src/stable/terms.ts";
import { type Micro, type Msat, micro, msat, type Price, price, signedMsat } from "../src/stable/units.ts";
import { longestMessages, plainMessages, SIGNATURE } from "../test/stable/message-samples.ts";
import { positionVectors } from "../test/stable/position-vectors.ts";
import { agreement, sats, usd, usdPerBtc } from "../test/stable/samples.ts";

/** The key of no node anywhere: 32 times 0x01. */
const SECRET_KEY = new Uint8Array(32).fill(1);

function positionCase(target: Micro, backing: Msat, at: Price, preset: keyof typeof termsPresets) {
  const { bandBps, floorMicro } = termsPresets[preset];
  const position = { targetMicro: target, backingMsat: backing, bandBps, floorMicro };
  const [exact, action] = [dueOf(position, at), actionDueOf(position, at)];
  const { low, high } = triggerPrices(position);
  return {
    target: `${target}`,
    backing: `${backing}`,
    band_bps: bandBps,
    floor: `${floorMicro}`,
    price: `${at}`,
    scaled_drift: `${scaledDrift(position, at)}`,
    owes: exact?.payer ?? "none",
    owes_msat: `${exact?.amountMsat ?? 0n}`,
    acts: action !== undefined,
    low: `${low}`,
    high: `${high}`,
  };
}

const oddPositions: readonly [Micro, Msat, Price, keyof typeof termsPresets][] = [
  [usd(4), sats(4_000), usdPerBtc(80_000), "default"],
  [usd(4), sats(4_000), usdPerBtc(100_250), "default"],
  [usd(4), sats(4_000), price(100_249_999_999n), "default"],
  [usd(0), msat(5_999n), usdPerBtc(100_000), "default"],
  [usd(1), msat(0n), usdPerBtc(60_000), "default"],
  [micro(1n), msat(1n), price(1n), "default"],
  [micro(10_000_000_000_000_000n), msat(0n), price(1n), "default"],
  [micro(123_456_789n), msat(987_654_321n), price(13_131_313_131n), "stable-channels"],
];

function covers() {
  const rows: readonly [number, number, number, number][] = [
    [100, 100_000, 100_000, 100_000],
    [100, 100_000, 50_000, 100_000],
    [100, 100_000, 0, 100_000],
    [100, 125_000, 75_000, 80_000],
    [100, 150_000, 0, 50_000],
    [0, 0, 0, 100_000],
  ];
  return rows.map(([target, backing, stake, at]) => {
    const cushion = { targetMicro: usd(target), backingMsat: sats(backing), stakeMsat: sats(stake) };
    const { coveredTo, dropBps, dry } = coverOf(cushion, usdPerBtc(at));
    return {
      target: `${cushion.targetMicro}`,
      backing: `${cushion.backingMsat}`,
      stake: `${cushion.stakeMsat}`,
      price: `${usdPerBtc(at)}`,
      covered_to: `${coveredTo}`,
      drop_bps: dropBps,
      dry,
    };
  });
}

function conversions() {
  const rows: readonly [Micro, Msat, Micro, Price, number][] = [
    [usd(100), sats(110_000), usd(150), usdPerBtc(100_000), 0],
    [usd(100), sats(110_000), usd(50), usdPerBtc(100_000), 0],
    [usd(100), sats(110_000), usd(200), usdPerBtc(100_000), 100],
    [usd(100), sats(110_000), usd(50), usdPerBtc(100_000), 100],
    [usd(100), sats(100_000), micro(33_333_333n), price(66_666_666_667n), 7],
  ];
  return rows.map(([target, backing, after, at, feeBps]) => {
    const result = convert({ targetMicro: target, backingMsat: backing }, after, at, feeBps);
    if (!result.ok) throw new Error(result.reason);
    return {
      target: `${target}`,
      backing: `${backing}`,
      target_after: `${after}`,
      price: `${at}`,
      fee_bps: feeBps,
      backing_after: `${result.backingMsat}`,
      fee: `${result.feeMicro}`,
    };
  });
}

function spends() {
  const rows: readonly [Micro, Msat, Msat][] = [
    [usd(500), sats(500_000), sats(300_000)],
    [usd(100), sats(100_000), sats(90_000)],
    [usd(100), sats(100_000), sats(0)],
    [micro(31_442_400n), sats(47_615), sats(1_742)],
  ];
  return rows.map(([target, backing, after]) => ({
    target: `${target}`,
    backing: `${backing}`,
    backing_after: `${after}`,
    target_after: `${targetLeft({ targetMicro: target, backingMsat: backing }, after)}`,
  }));
}

function states() {
  const later = { rev: 7, backing0Msat: signedMsat(-20_000_000n), terms: { ...defaultTerms, feeBps: 10 } };
  return [agreement("receiver"), agreement("provider", later)].map((state) => ({
    text: stateText(state),
    sha256: stateHash(state),
  }));
}

function messages() {
  return [...Object.values(plainMessages), ...Object.values(longestMessages)].map((message) => {
    const payload = payloadOf(message);
    const signature = signatureOf(payload, SECRET_KEY);
    const record = encodeEnvelope({ payload, signature });
    return { type: message.type, payload, payload_sha256: sha256Hex(payload), signature, record };
  });
}

function refusals() {
  const settle = payloadOf(plainMessages.settle);
  const around = (payload: string) => `{"payload":${JSON.stringify(payload)},"signature":"${SIGNATURE}"}`;
  const changes: readonly [string, string][] = [
    ['"v":1', '"v":2'],
    ["settle", "transfer"],
    ['"seq":1', '"seq":0'],
    ['"seq":1', '"seq":1.0'],
    ['"seq":1', '"seq": 1'],
    ['"seq":1', '"seq":2,"seq":1'],
    ['"v":1', '"v":1,"w":1'],
    ['"1000000"', '"01000000"'],
    ['"1000000"', '"1000001"'],
    ['"settle"', '"\\u0073ettle"'],
  ];
  const texts = [
    ...changes.map(([from, to]) => around(settle.replace(from, to))),
    around(settle).replace(',"signature"', ', "signature"'),
    around("[]"),
    "{}",
    "{",
    '{"payload":"\u00e9"}',
  ];
  return texts.map((text) => {
    const record = Buffer.from(text, "utf8").toString("hex");
    const decoded = decodeRecord(record);
    if (decoded.ok) throw new Error(`not refused: ${text}`);
    return { text, record, code: decoded.code };
  });
}

export function protocolVectors() {
  const positions = [
    ...positionVectors.map((v) => positionCase(usd(v.target), sats(v.backing), usdPerBtc(v.price), "stable-channels")),
    ...oddPositions.map((row) => positionCase(...row)),
  ];
  return {
    about:
      "Targets, floors, fees in micro-dollars; prices in micro-dollars per bitcoin; backings, stakes in msat. The messages are signed by signer; the signatures in refusals are stand-ins.",
    signer: { secret_key: Buffer.from(SECRET_KEY).toString("hex"), node_id: nodeIdOf(SECRET_KEY) },
    positions,
    covers: covers(),
    conversions: conversions(),
    spends: spends(),
    states: states(),
    messages: messages(),
    refusals: refusals(),
  };
}

if (import.meta.main) {
  const file = new URL("../test/vectors/protocol.json", import.meta.url);
  await Bun.write(file, `${JSON.stringify(protocolVectors(), null, 2)}\n`);
}
