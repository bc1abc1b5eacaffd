/**
 * The promise of an LSP that runs LDK: a MAC over its offer and the client it was made to. Only the LSP can check one,
 * and clients must not read it; here it is for LSPs of ours and for tests.
 */
import { createHmac } from "node:crypto";
import type { OpeningFeeParams } from "./messages.ts";

function bigEndian(bytes: 4 | 8, value: bigint): Uint8Array {
  const buffer = new DataView(new ArrayBuffer(bytes));
  if (bytes === 8) buffer.setBigUint64(0, value);
  else buffer.setUint32(0, Number(value));
  return new Uint8Array(buffer.buffer);
}

/** As chrono writes a time in UTC: the fraction in three, six or nine digits or none, and `+00:00` for `Z`. */
function chronoText(text: string): string {
  return text
    .replace(/\.(\d+)/, (_, digits: string) => {
      const nanos = digits
        .slice(0, 9)
        .padEnd(9, "0")
        .replace(/(?:000)+$/, "");
      return nanos === "" ? "" : `.${nanos}`;
    })
    .replace(/Z$/, "+00:00");
}

/**
 * HMAC-SHA256 as lightning-liquidity 0.2.7 computes it (`LSPS2RawOpeningFeeParams`), in hex.
 * @param clientId 66 hex digits
 */
export function ldkPromise(secret: Uint8Array, clientId: string, params: Omit<OpeningFeeParams, "promise">): string {
  return createHmac("sha256", secret)
    .update(clientId, "hex")
    .update(bigEndian(8, params.minFeeMsat))
    .update(bigEndian(4, BigInt(params.proportional)))
    .update(chronoText(params.validUntil.text))
    .update(bigEndian(4, BigInt(params.minLifetime)))
    .update(bigEndian(4, BigInt(params.maxClientToSelfDelay)))
    .update(bigEndian(8, params.minPaymentMsat))
    .update(bigEndian(8, params.maxPaymentMsat))
    .digest("hex");
}
