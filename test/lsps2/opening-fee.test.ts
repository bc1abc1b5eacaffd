/** Our arithmetic against the vectors, and against LDK's own through the native library. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { openBridge } from "../../src/ffi/bridge.ts";
import { nodeConfigJson } from "../../src/ffi/config.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import { openingFee } from "../../src/lsps2/opening-fee.ts";
import { feeVectors } from "./fee-vectors.ts";

const dir = mkdtempSync(join(tmpdir(), "peer-stables-fee-"));
const chain = { kind: "bitcoind", host: "127.0.0.1", port: 1, user: "u", password: "p" } as const;
// The arithmetic needs no running node, only a handle.
const bridge = openBridge(loadLibrary(), nodeConfigJson({ dataDir: dir, network: "regtest", chain }), {
  notify() {},
  fail(error) {
    throw error;
  },
});
afterAll(async () => {
  await bridge.close();
  rmSync(dir, { recursive: true, force: true });
});

const reply = z.object({ opening_fee_msat: z.string().transform(BigInt).optional() });

async function ldkFee(sizeMsat: bigint, minFeeMsat: bigint, proportional: number): Promise<bigint | "overflow"> {
  const params = {
    payment_size_msat: sizeMsat.toString(),
    min_fee_msat: minFeeMsat.toString(),
    proportional,
  };
  return reply.parse(await bridge.request("lsps2.opening_fee", params, 5_000)).opening_fee_msat ?? "overflow";
}

test.each(feeVectors.map((vector) => [...vector]))(
  "a payment of %p with %p and %p ppm costs %p",
  async (size, min, ppm, fee) => {
    expect(openingFee(size, { minFeeMsat: min, proportional: ppm })).toBe(fee);
    expect(await ldkFee(size, min, ppm)).toBe(fee);
  },
);

/** Sizes around every power of two as often as any others: there the steps overflow. */
const edge = fc
  .tuple(fc.integer({ min: 0, max: 64 }), fc.bigInt(-2n, 2n))
  .map(([power, off]) => BigInt.asUintN(64, 2n ** BigInt(power) + off));
const u64 = fc.oneof(edge, fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 10n ** 12n));
const ppm = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 20_000 }));

test("LDK computes the same of anything", async () => {
  let overflows = 0;
  await fc.assert(
    fc.asyncProperty(u64, u64, ppm, async (size, min, proportional) => {
      const ours = openingFee(size, { minFeeMsat: min, proportional });
      if (ours === "overflow") overflows += 1;
      expect(ours).toBe(await ldkFee(size, min, proportional));
    }),
    { numRuns: 1000 },
  );
  // Else the property says nothing of the checks.
  expect(overflows).toBeGreaterThan(50);
  expect(overflows).toBeLessThan(950);
});

test("a fee never falls as the payment grows, and never below the least", () => {
  fc.assert(
    fc.property(u64, u64, u64, ppm, (a, b, minFeeMsat, proportional) => {
      const [small, large] = a < b ? [a, b] : [b, a];
      const less = openingFee(small, { minFeeMsat, proportional });
      const more = openingFee(large, { minFeeMsat, proportional });
      if (less === "overflow") return more === "overflow";
      return less >= minFeeMsat && (more === "overflow" || more >= less);
    }),
  );
});
