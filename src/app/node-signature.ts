/**
 * Node signatures without a node: zbase32 of the recovery byte and the compact ECDSA signature over
 * SHA-256(SHA-256("Lightning Signed Message:" + text)), as LND, Core Lightning and LDK make them.
 */
import { createHash } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";

const ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769";
const PREFIX = "Lightning Signed Message:";
/** What stands before the recovery id: 27, and 4 for a compressed key. */
const HEADER = 31;

/** The 65 bytes of 104 zbase32 characters; undefined for anything else. */
function decoded(signature: string): Uint8Array | undefined {
  if (signature.length !== 104) return undefined;
  let bits = 0n;
  for (const character of signature) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    bits = (bits << 5n) | BigInt(digit);
  }
  return Uint8Array.from(Buffer.from(bits.toString(16).padStart(130, "0"), "hex"));
}

function digest(text: string): Uint8Array {
  const once = createHash("sha256")
    .update(PREFIX + text, "utf8")
    .digest();
  return Uint8Array.from(createHash("sha256").update(once).digest());
}

/** The id of the node that signed exactly this text; undefined where no key fits. */
export function signerOf(text: string, signature: string): string | undefined {
  const bytes = decoded(signature);
  const recovery = (bytes?.[0] ?? 0) - HEADER;
  if (bytes === undefined || recovery < 0 || recovery > 3) return undefined;
  try {
    const parsed = secp256k1.Signature.fromBytes(bytes.slice(1), "compact");
    if (parsed.hasHighS()) return undefined;
    return parsed.addRecoveryBit(recovery).recoverPublicKey(digest(text)).toHex(true);
  } catch {
    return undefined;
  }
}

/** What the node with this secret key would sign the text with; for test vectors, since a node keeps its key to itself. */
export function signatureOf(text: string, secretKey: Uint8Array): string {
  const recovered = secp256k1.sign(digest(text), secretKey, { prehash: false, format: "recovered" });
  const [recovery = 0, ...compact] = recovered;
  let bits = BigInt(`0x${Buffer.from([HEADER + recovery, ...compact]).toString("hex")}`);
  let characters = "";
  for (let i = 0; i < 104; i++) {
    characters = (ALPHABET[Number(bits & 31n)] ?? "") + characters;
    bits >>= 5n;
  }
  return characters;
}

/** The node id that belongs to a secret key. */
export function nodeIdOf(secretKey: Uint8Array): string {
  return Buffer.from(secp256k1.getPublicKey(secretKey, true)).toString("hex");
}
