/** Bitcoin addresses, checked as far as their own checksums go. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Network } from "../node/port.ts";
import type { ArgumentKind } from "./arguments.ts";

export interface Address {
  text: string;
  /** The networks it can belong to: test networks share prefixes. */
  networks: readonly Network[];
}

const tests: readonly Network[] = ["mutinynet", "signet", "testnet"];
const networksOfPrefix = new Map<string, readonly Network[]>([
  ["bc", ["bitcoin"]],
  ["tb", tests],
  ["bcrt", ["regtest"]],
]);
/** Version bytes of base58 addresses: key hash and script hash. */
const networksOfVersion = new Map<number, readonly Network[]>([
  [0x00, ["bitcoin"]],
  [0x05, ["bitcoin"]],
  [0x6f, [...tests, "regtest"]],
  [0xc4, [...tests, "regtest"]],
]);

const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** BIP 173: the checksum's remainder; 1 for bech32 (version 0), 0x2bc830a3 for bech32m (BIP 350). */
function polymod(values: readonly number[]): number {
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [bit, term] of GENERATOR.entries()) if ((top >>> bit) & 1) check ^= term;
  }
  return check >>> 0;
}

function segwitNetworks(typed: string): readonly Network[] | undefined {
  if (typed !== typed.toLowerCase() && typed !== typed.toUpperCase()) return undefined;
  const text = typed.toLowerCase();
  const split = text.lastIndexOf("1");
  const prefix = text.slice(0, Math.max(split, 0));
  const data = [...text.slice(split + 1)].map((char) => BECH32.indexOf(char));
  const networks = networksOfPrefix.get(prefix);
  const version = data[0];
  if (networks === undefined || version === undefined || data.includes(-1) || text.length > 90) return undefined;
  const bytes = Math.floor(((data.length - 7) * 5) / 8);
  const sizeFits = version === 0 ? bytes === 20 || bytes === 32 : version <= 16 && bytes >= 2 && bytes <= 40;
  const codes = [...prefix].map((char) => char.charCodeAt(0));
  const remainder = polymod([...codes.map((c) => c >> 5), 0, ...codes.map((c) => c & 31), ...data]);
  return sizeFits && remainder === (version === 0 ? 1 : 0x2bc830a3) ? networks : undefined;
}

function legacyNetworks(text: string): readonly Network[] | undefined {
  if (text.length < 26 || text.length > 35) return undefined;
  let number = 0n;
  for (const char of text) {
    const digit = BASE58.indexOf(char);
    if (digit < 0) return undefined;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16).padStart(50, "0");
  if (hex.length !== 50) return undefined;
  const bytes = Buffer.from(hex, "hex");
  const hash = (data: Buffer) => createHash("sha256").update(data).digest();
  if (
    !hash(hash(bytes.subarray(0, 21)))
      .subarray(0, 4)
      .equals(bytes.subarray(21))
  )
    return undefined;
  return networksOfVersion.get(bytes[0] ?? -1);
}

export const address: ArgumentKind<Address> = {
  code: "bad_argument",
  expects: "a bitcoin address",
  completes: "address",
  schema: z.string().transform((typed, context): Address => {
    const text = typed.trim();
    const networks = segwitNetworks(text) ?? legacyNetworks(text);
    if (networks !== undefined) return { text, networks };
    context.addIssue({ code: "custom", message: "not an address, or mistyped: its checksum does not fit" });
    return z.NEVER;
  }),
};
