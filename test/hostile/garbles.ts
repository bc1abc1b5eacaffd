/**
 * Records that are not messages: what a sender can do to spelling, size and structure. Each line of the table makes the
 * bytes of a record of a signed, plausible payload; none may be read as a message.
 */
import type { Random } from "../sim/random.ts";

export interface Raw {
  payload: string;
  sign: (payload: string) => string;
  random: Random;
}

type Garble = (raw: Raw) => Buffer;

/** Two spellings of an envelope around any text; the second lets anything be wrong but the signature. */
function envelope(payload: string, signature: string): Buffer {
  return Buffer.from(`{"payload":${JSON.stringify(payload)},"signature":"${signature}"}`, "utf8");
}

function resigned({ sign }: Raw, payload: string): Buffer {
  return envelope(payload, sign(payload));
}

function genuine(raw: Raw): Buffer {
  return resigned(raw, raw.payload);
}

/** What a careless reader would take for the same, or for something harmless. */
const tricks = [
  ...[
    "\u202e",
    "\u200b",
    "\u0000",
    "\ufeff",
    "\u2028",
    "\ud83d\ude00",
    "é",
    "e\u0301",
    "\u0430",
    "\u001b[2J",
    "\u0007",
  ],
  ...["\uff11", "\u0661", "\u{1d7dc}", "\u00a0", "\r\n", "\t", " "],
];

const deep = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

function at(random: Random, text: string): number {
  return random.int(0, text.length - 1);
}

function insert(text: string, index: number, piece: string): string {
  return text.slice(0, index) + piece + text.slice(index);
}

/** One member of the payload spelled otherwise. */
function respell(raw: Raw, pattern: RegExp, spellings: readonly string[]): Buffer {
  return resigned(raw, raw.payload.replace(pattern, raw.random.pick(spellings)));
}

export const garbles: Readonly<Record<string, Garble>> = {
  huge: (raw) =>
    resigned(raw, raw.payload.replace("{", `{"a":"${"x".repeat(raw.random.pick([1_000, 5_000, 60_000]))}",`)),
  deep: (raw) => resigned(raw, raw.payload.replace('"v":1', `"v":${deep(raw.random.int(2, 120))}`)),
  deep_array: (raw) => resigned(raw, raw.payload.replace('"v":1', `"v":${"[".repeat(300)}${"]".repeat(300)}`)),
  unicode: (raw) => resigned(raw, insert(raw.payload, at(raw.random, raw.payload), raw.random.pick(tricks))),
  unicode_after: (raw) => {
    const { random, payload, sign } = raw;
    return envelope(insert(payload, at(random, payload), random.pick(tricks)), sign(payload));
  },
  escaped: (raw) => {
    const index = raw.payload.indexOf('"type":"') + 8;
    const code = raw.payload.charCodeAt(index).toString(16).padStart(4, "0");
    return resigned(raw, `${raw.payload.slice(0, index)}\\u${code}${raw.payload.slice(index + 1)}`);
  },
  extra_field: (raw) => {
    const field = raw.random.pick(['"extra":1', '"__proto__":{"v":1}', '"constructor":"x"', '"V":1', '"":0']);
    return resigned(raw, raw.payload.replace("{", `{${field},`));
  },
  missing_field: (raw) => {
    const members = raw.payload.slice(1, -1).split(/,(?="[a-z_]+":)/);
    return resigned(raw, `{${members.toSpliced(raw.random.int(0, members.length - 1), 1).join(",")}}`);
  },
  doubled_field: (raw) => {
    const members = raw.payload.slice(1, -1).split(/,(?="[a-z_]+":)/);
    const index = raw.random.int(0, members.length - 1);
    return resigned(raw, `{${members.toSpliced(index, 0, members[index] ?? "").join(",")}}`);
  },
  other_order: (raw) => {
    const members = raw.payload.slice(1, -1).split(/,(?="[a-z_]+":)/);
    return resigned(raw, `{${[...members.slice(1), members[0]].join(",")}}`);
  },
  other_version: (raw) =>
    respell(raw, /"v":1/, ['"v":2', '"v":0', '"v":"1"', '"v":1.0', '"v":1e0', '"v":true', '"v":null']),
  other_type: (raw) =>
    respell(raw, /"type":"[a-z]+"/, ['"type":"transfer"', '"type":"Settle"', '"type":7', '"type":"toString"']),
  other_number: (raw) =>
    respell(raw, /"at":\d+/, [
      '"at":1.5',
      '"at":-1',
      '"at":-0',
      '"at":-0.0e0',
      '"at":1e999',
      '"at":1e9',
      '"at":"1767225600"',
      '"at":4294967296',
      '"at":null',
      '"at":[1]',
    ]),
  not_an_object: (raw) => resigned(raw, raw.random.pick(["[]", "null", "1", '"x"', "", "{}", "[{}]", "true"])),
  spaced: (raw) => resigned(raw, raw.payload.replaceAll(":", raw.random.pick([": ", " :", ":\n"]))),
  cut: (raw) => {
    const whole = genuine(raw);
    return whole.subarray(0, raw.random.int(0, whole.length - 1));
  },
  flipped: (raw) => {
    const whole = genuine(raw);
    const index = raw.random.int(0, whole.length - 1);
    whole[index] = (whole[index] ?? 0) ^ (1 << raw.random.int(0, 7));
    return whole;
  },
  trailing: (raw) => Buffer.concat([genuine(raw), Buffer.from(raw.random.pick([" ", "\n", "{}", "\u0000", "x"]))]),
  leading: (raw) => Buffer.concat([Buffer.from(raw.random.pick([" ", "\ufeff", "\u0000"])), genuine(raw)]),
  junk: ({ random }) => Buffer.from(Array.from({ length: random.int(0, 400) }, () => random.int(0, 255))),
  short_signature: (raw) => envelope(raw.payload, raw.sign(raw.payload).slice(raw.random.int(1, 103))),
  odd_signature: (raw) =>
    envelope(raw.payload, raw.sign(raw.payload).replace(/^./, raw.random.pick(["l", "0", "Y", "\\u0079"]))),
  nested: (raw) => Buffer.from(`{"payload":${raw.payload},"signature":"${raw.sign(raw.payload)}"}`),
  bare: (raw) => Buffer.from(raw.payload),
  swapped: (raw) => Buffer.from(`{"signature":"${raw.sign(raw.payload)}","payload":${JSON.stringify(raw.payload)}}`),
  more_in_envelope: (raw) =>
    Buffer.from(`{"payload":${JSON.stringify(raw.payload)},"signature":"${raw.sign(raw.payload)}","key":1}`),
};

export const garbleNames: readonly string[] = Object.keys(garbles);
