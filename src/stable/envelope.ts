/** Messages to and from the bytes of a keysend record. Nothing here throws on input from outside. */
import { z } from "zod";
import type { Envelope } from "./agreement.ts";
import { canonicalJson } from "./canonical.ts";
import { type Message, type MessageType, messageSchema } from "./messages.ts";

/** A record has to fit a payment onion (1,300 bytes, BOLT 4) beside the fields of the hop. */
export const MAX_RECORD_BYTES = 1_000;

/** Why a record is not a message. */
export type DecodeCode =
  | "not_hex"
  | "too_long"
  | "not_ascii"
  | "not_json"
  | "bad_envelope"
  | "unknown_version"
  | "unknown_type"
  | "bad_payload"
  | "not_canonical";

export type Decoded =
  | { ok: true; envelope: Envelope; message: Message }
  | { ok: false; code: DecodeCode; reason: string };

/** A node signature as LDK, LND and Core Lightning write it: 65 bytes in zbase32. Its truth is checked elsewhere. */
const envelopeSchema = z.strictObject({
  payload: z.string(),
  signature: z.string().regex(/^[ybndrfg8ejkmcpqxot1uwisza345h769]{104}$/, "104 zbase32 characters"),
});

const headSchema = z.looseObject({ v: z.unknown(), type: z.unknown() });
const knownTypes: ReadonlySet<unknown> = new Set<MessageType>(messageSchema.options.map((o) => o.shape.type.value));

/**
 * The one text of a message: what is signed.
 * @throws ZodError for a field outside its range: the program built it, so it is a bug
 */
export function payloadOf(message: Message): string {
  return canonicalJson(z.encode(messageSchema, message));
}

/** The text of the record: the payload needs no escapes but those of its quotation marks. */
function envelopeText({ payload, signature }: Envelope): string {
  return `{"payload":${JSON.stringify(payload)},"signature":"${signature}"}`;
}

/**
 * The record's value in hex.
 * @throws RangeError above 1,000 bytes, which no valid message reaches
 */
export function encodeEnvelope(envelope: Envelope): string {
  const bytes = Buffer.from(envelopeText(envelope), "utf8");
  if (bytes.length > MAX_RECORD_BYTES)
    throw new RangeError(`a record of ${bytes.length} bytes, at most ${MAX_RECORD_BYTES}`);
  return bytes.toString("hex");
}

/**
 * A record's value (hex) as a message. Strict: encoding what was understood has to give the same bytes again, so
 * duplicate keys, white space, other spellings of a number and escapes are all refused. The signature is not checked.
 */
export function decodeRecord(hex: string): Decoded {
  if (hex.length > 2 * MAX_RECORD_BYTES) {
    return refused("too_long", `a record of ${Math.ceil(hex.length / 2)} bytes; at most ${MAX_RECORD_BYTES}`);
  }
  if (hex.length % 2 === 1 || !/^[0-9a-f]*$/.test(hex)) return refused("not_hex", "the record is not lower-case hex");
  const text = Buffer.from(hex, "hex").toString("latin1");
  if (!/^[ -~]*$/.test(text)) return refused("not_ascii", "the record holds bytes outside printable ASCII");
  const json = parseJson(text);
  if (json === undefined) return refused("not_json", "the record is not JSON");
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return refused("bad_envelope", firstIssue(envelope.error));
  if (envelopeText(envelope.data) !== text) return refused("not_canonical", "the envelope is not spelled canonically");
  return decodePayload(envelope.data);
}

/** The payload of an envelope that was taken apart, or kept, before. Strict likewise. */
export function decodePayload(envelope: Envelope): Decoded {
  const json = parseJson(envelope.payload);
  const head = headSchema.safeParse(json);
  if (!head.success) return refused("bad_payload", "the payload is not a JSON object");
  if (head.data.v !== 1) return refused("unknown_version", "the payload's version is not 1");
  if (!knownTypes.has(head.data.type)) return refused("unknown_type", "the payload's type is unknown");
  const message = messageSchema.safeParse(json);
  if (!message.success) return refused("bad_payload", firstIssue(message.error));
  if (payloadOf(message.data) !== envelope.payload) {
    return refused("not_canonical", "the payload is not spelled canonically");
  }
  return { ok: true, envelope, message: message.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The first thing that is wrong, without repeating the peer's own text beyond a key's name. */
function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? "malformed" : `${issue.path.join(".") || "record"}: ${issue.code}`;
}

function refused(code: DecodeCode, reason: string): Decoded {
  return { ok: false, code, reason };
}
