import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { z } from "zod";
import { protocolVectors } from "../../scripts/protocol-vectors.ts";
import { signerOf } from "../../src/app/node-signature.ts";
import { convert, targetLeft } from "../../src/stable/convert.ts";
import { decodeRecord, payloadOf } from "../../src/stable/envelope.ts";
import { actionDueOf, dueOf, scaledDrift, triggerPrices } from "../../src/stable/position.ts";
import { coverOf } from "../../src/stable/solvency.ts";
import { wireMicro, wireMsat, wirePrice } from "../../src/stable/wire.ts";

const decimal = z
  .string()
  .regex(/^-?[0-9]+$/)
  .transform(BigInt);
const hash = z.string().length(64);
const count = z.int().nonnegative();

const fileSchema = z.strictObject({
  about: z.string(),
  signer: z.strictObject({ secret_key: hash, node_id: z.string().length(66) }),
  positions: z.array(
    z.strictObject({
      target: wireMicro,
      backing: wireMsat,
      band_bps: count,
      floor: wireMicro,
      price: wirePrice,
      scaled_drift: decimal,
      owes: z.enum(["receiver", "provider", "none"]),
      owes_msat: wireMsat,
      acts: z.boolean(),
      low: decimal,
      high: decimal,
    }),
  ),
  covers: z.array(
    z.strictObject({
      target: wireMicro,
      backing: wireMsat,
      stake: wireMsat,
      price: wirePrice,
      covered_to: wirePrice,
      drop_bps: count,
      dry: z.boolean(),
    }),
  ),
  conversions: z.array(
    z.strictObject({
      target: wireMicro,
      backing: wireMsat,
      target_after: wireMicro,
      price: wirePrice,
      fee_bps: count,
      backing_after: wireMsat,
      fee: wireMicro,
    }),
  ),
  spends: z.array(
    z.strictObject({ target: wireMicro, backing: wireMsat, backing_after: wireMsat, target_after: wireMicro }),
  ),
  states: z.array(z.strictObject({ text: z.string(), sha256: hash })),
  messages: z.array(
    z.strictObject({
      type: z.string(),
      payload: z.string(),
      payload_sha256: hash,
      signature: z.string().length(104),
      record: z.string(),
    }),
  ),
  refusals: z.array(z.strictObject({ text: z.string(), record: z.string(), code: z.string() })),
});

const raw: unknown = await Bun.file(new URL("../vectors/protocol.json", import.meta.url)).json();
const file = fileSchema.parse(raw);

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describe("the published vectors hold", () => {
  test("positions", () => {
    for (const v of file.positions) {
      const position = { targetMicro: v.target, backingMsat: v.backing, bandBps: v.band_bps, floorMicro: v.floor };
      const due = dueOf(position, v.price);
      expect(scaledDrift(position, v.price)).toBe(v.scaled_drift);
      expect([due?.payer ?? "none", due?.amountMsat ?? 0n]).toEqual([v.owes, v.owes_msat]);
      expect(actionDueOf(position, v.price)).toEqual(v.acts ? due : undefined);
      expect(triggerPrices(position)).toEqual({ low: v.low, high: v.high });
    }
  });

  test("covers", () => {
    for (const v of file.covers) {
      const cushion = { targetMicro: v.target, backingMsat: v.backing, stakeMsat: v.stake };
      expect(coverOf(cushion, v.price)).toEqual({ coveredTo: v.covered_to, dropBps: v.drop_bps, dry: v.dry });
    }
  });

  test("conversions and spends", () => {
    for (const v of file.conversions) {
      expect(convert({ targetMicro: v.target, backingMsat: v.backing }, v.target_after, v.price, v.fee_bps)).toEqual({
        ok: true,
        targetMicro: v.target_after,
        backingMsat: v.backing_after,
        feeMicro: v.fee,
      });
    }
    for (const v of file.spends) {
      expect(targetLeft({ targetMicro: v.target, backingMsat: v.backing }, v.backing_after)).toBe(v.target_after);
    }
  });

  test("states, messages and their records", () => {
    for (const { text, sha256: wanted } of file.states) expect(sha256(text)).toBe(wanted);
    for (const { type, payload, payload_sha256, signature, record } of file.messages) {
      expect(sha256(payload)).toBe(payload_sha256);
      const decoded = decodeRecord(record);
      if (!decoded.ok) throw new Error(decoded.reason);
      expect([decoded.message.type, decoded.envelope.payload]).toEqual([expect.stringContaining(type), payload]);
      expect(payloadOf(decoded.message)).toBe(payload);
      expect(decoded.envelope.signature).toBe(signature);
      expect(signerOf(payload, signature)).toBe(file.signer.node_id);
    }
  });

  test("a signature fits its own text only", () => {
    const [first, second] = file.messages;
    expect(signerOf(first?.payload ?? "", second?.signature ?? "")).not.toBe(file.signer.node_id);
  });

  test("refusals", () => {
    for (const { text, record, code } of file.refusals) {
      expect(Buffer.from(record, "hex").toString("utf8")).toBe(text);
      expect(decodeRecord(record)).toMatchObject({ ok: false, code });
    }
  });
});

test("the file is what scripts/protocol-vectors.ts writes", () => {
  const written: unknown = JSON.parse(JSON.stringify(protocolVectors()));
  expect(raw).toEqual(written);
});
