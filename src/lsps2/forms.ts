/** How LSPS messages write things down: bLIP-50, "Common Schemas". */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { z } from "zod";

export const MAX_U64 = 2n ** 64n - 1n;
export const MAX_U32 = 2 ** 32 - 1;

/** LSPS0.sat and LSPS0.msat: any u64, so also more than there is of bitcoin. */
export const amount = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,19})$/)
  .transform(BigInt)
  .refine((value) => value <= MAX_U64);

/** LSPS0.ppm, and counts of blocks. */
export const u32 = z.int().min(0).max(MAX_U32);

export interface Datetime {
  /** As it was written: a promise commits to these very characters. */
  text: string;
  /** Whatever is finer than a millisecond is cut off. */
  unixMs: number;
}

/** LSPS0.datetime allows only this. */
const EXACT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const MINUTE_MS = 60_000;

/** Whether it is written as LSPS0.datetime asks: UTC, milliseconds. LDK writes up to nine digits of the second. */
export function isExactDatetime(text: string): boolean {
  return EXACT.test(text);
}

/** Any RFC 3339 time; undefined for what is none, or no day of the calendar. */
export function readDatetime(text: string): Datetime | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [, day = "", time = "", seconds = "", fraction = "", sign, hours = "0", minutes = "0"] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  const start = Date.parse(`${day}T${time}:00.000Z`);
  // Date takes the 30th of February for the 1st or 2nd of March.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(`${day}T${time}`)) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS * (sign === "-" ? -1 : 1);
  const inMinute = Number(seconds) * 1000 + Number(fraction.padEnd(3, "0").slice(0, 3));
  return { text, unixMs: start + inMinute - offset };
}

export const datetime = z.string().transform((text, context): Datetime => {
  const read = readDatetime(text);
  if (read !== undefined) return read;
  context.addIssue({ code: "custom", message: "not a time as RFC 3339 writes it" });
  return z.NEVER;
});

const SCID = /^(0|[1-9]\d{0,7})x(0|[1-9]\d{0,7})x(0|[1-9]\d{0,4})$/;

/** LSPS0.scid, `BBBxTTTxOOO`: block, transaction and output, of 24, 24 and 16 bits. */
export const scid = z.string().transform((text, context): bigint => {
  const [, block = "0", transaction = "0", output = "0"] = SCID.exec(text) ?? [];
  const parts = [BigInt(block), BigInt(transaction), BigInt(output)] as const;
  if (SCID.test(text) && parts[0] < 1n << 24n && parts[1] < 1n << 24n && parts[2] < 1n << 16n) {
    return (parts[0] << 40n) | (parts[1] << 16n) | parts[2];
  }
  context.addIssue({ code: "custom", message: "not a short channel id such as 539268x845x1" });
  return z.NEVER;
});

export function scidText(value: bigint): string {
  return `${value >> 40n}x${(value >> 16n) & 0xffffffn}x${value & 0xffffn}`;
}

function isPoint(hex: string): boolean {
  try {
    secp256k1.Point.fromHex(hex).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** LSPS0.pubkey: a point of secp256k1, 66 hex digits of either case; lower case comes out. */
export const publicKey = z
  .string()
  .regex(/^0[23][0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase())
  .refine(isPoint);

export interface ConnectionString {
  nodeId: string;
  /** An IPv6 host in brackets. */
  address: string;
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const ONION = /\.onion$/i;
const ONION_V3 = /^[a-z2-7]{56}\.onion$/i;

function hostOf(text: string): string | undefined {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (bare.includes(":")) return z.ipv6().safeParse(bare).success ? `[${bare}]` : undefined;
  if (bare !== text) return undefined;
  if (/^[\d.]+$/.test(text)) return IPV4.test(text) ? text : undefined;
  if (ONION.test(text)) return ONION_V3.test(text) ? text : undefined;
  return NAME.test(text) ? text : undefined;
}

/** LSPS0.connection_string: the id up to the first `@`, the port from the last `:`, the host between. */
export const connectionString = z.string().transform((text, context): ConnectionString => {
  const at = text.indexOf("@");
  const colon = text.lastIndexOf(":");
  const id = publicKey.safeParse(text.slice(0, Math.max(at, 0)));
  const host = at < 0 || colon < at ? undefined : hostOf(text.slice(at + 1, colon));
  const port = text.slice(colon + 1);
  if (id.success && host !== undefined && /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535) {
    return { nodeId: id.data, address: `${host}:${port}` };
  }
  context.addIssue({ code: "custom", message: "not a connection string NODEID@HOST:PORT" });
  return z.NEVER;
});
