/** Keys and signatures of simulated nodes: made from names, checked by making them again. */
import { createHash } from "node:crypto";

const ZBASE32 = "ybndrfg8ejkmcpqxot1uwisza345h769";

/** 104 characters that only the holder of the node's secret makes for this text. */
export function signatureOf(nodeId: string, message: string): string {
  const digest = createHash("sha512").update(`secret of ${nodeId}:${message}`).digest();
  return Array.from({ length: 104 }, (_, i) => ZBASE32[((digest[i % 64] ?? 0) >> (i < 64 ? 0 : 3)) & 31]).join("");
}

export function nodeIdOf(name: string): string {
  return `02${createHash("sha256").update(name).digest("hex")}`;
}
