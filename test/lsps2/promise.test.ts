import { expect, test } from "bun:test";
import { readDatetime } from "../../src/lsps2/forms.ts";
import { ldkPromise } from "../../src/lsps2/promise.ts";

const secret = new Uint8Array(32).fill(1);
const client = "02b98a7fb8cc007048625b6446ad49a1b3a722df8c1ca975b87160023e14d19097";

function promiseUntil(text: string, minFeeMsat = 100n): string {
  const validUntil = readDatetime(text);
  if (validUntil === undefined) throw new Error(text);
  return ldkPromise(secret, client, {
    minFeeMsat,
    proportional: 21,
    validUntil,
    minLifetime: 144,
    maxClientToSelfDelay: 128,
    minPaymentMsat: 1n,
    maxPaymentMsat: 100_000_000n,
  });
}

test("is the vector of lightning-liquidity", () => {
  expect(promiseUntil("2023-05-20T08:30:45Z")).toBe("75eb57db4c37dc092a37f1d2e0026c5ff36a7834a717ea97c41d91a8d5b50ce8");
});

test("commits to every field, and to the time rather than to how it is written", () => {
  const whole = promiseUntil("2023-05-20T08:30:45Z");
  expect(promiseUntil("2023-05-20T08:30:45.000Z")).toBe(whole);
  expect(promiseUntil("2023-05-20T08:30:45.000000Z")).toBe(whole);
  expect(promiseUntil("2023-05-20T08:30:45.1Z")).toBe(promiseUntil("2023-05-20T08:30:45.100Z"));
  expect(promiseUntil("2023-05-20T08:30:45.001Z")).not.toBe(whole);
  expect(promiseUntil("2023-05-20T08:30:45Z", 101n)).not.toBe(whole);
});
