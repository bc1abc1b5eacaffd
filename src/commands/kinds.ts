/** The other forms that arguments have. Amounts are in amounts.ts. */
import { z } from "zod";
import type { Role } from "../node/port.ts";
import type { ArgumentKind, Completes } from "./arguments.ts";

const NODE_ID = /^0[23][0-9a-f]{64}$/;
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/i;

/** @param read the value, or why there is none */
function read<T>(reader: (text: string) => { value: T } | { why: string }): z.ZodType<T, string> {
  return z.string().transform((text, context): T => {
    const done = reader(text.trim());
    if ("value" in done) return done.value;
    context.addIssue({ code: "custom", message: done.why });
    return z.NEVER;
  });
}

function whyNoNodeId(text: string): string {
  if (!/^[0-9a-f]*$/.test(text)) return "a node id is hexadecimal";
  if (text.length !== 66) return `a node id has 66 hex digits, this has ${text.length}`;
  return "a node id begins with 02 or 03";
}

/** A compressed public key (BOLT 7), lower-case hex. */
export const nodeId: ArgumentKind<string> = {
  code: "bad_argument",
  expects: "a node id of 66 hex digits",
  completes: "peer",
  schema: read((text) => {
    const id = text.toLowerCase();
    return NODE_ID.test(id) ? { value: id } : { why: whyNoNodeId(id) };
  }),
};

export interface NodeAddress {
  nodeId: string;
  /** host:port, an IPv6 host in brackets */
  address: string;
}

/** `NODEID@HOST:PORT`, cut at the first `@` and the last `:`. */
export const nodeAddress: ArgumentKind<NodeAddress> = {
  code: "bad_argument",
  expects: "NODEID@HOST:PORT, IPv6 in brackets",
  completes: "node",
  schema: read((text) => {
    const at = text.indexOf("@");
    if (at < 0) return { why: "the @HOST:PORT is missing" };
    const id = text.slice(0, at).toLowerCase();
    const address = text.slice(at + 1);
    const colon = address.lastIndexOf(":");
    const host = address.slice(0, Math.max(colon, 0));
    const port = address.slice(colon + 1);
    if (!NODE_ID.test(id)) return { why: whyNoNodeId(id) };
    if (colon < 0) return { why: "the port is missing" };
    if (!HOST.test(host)) return { why: "the host is neither a name, an IPv4 address nor an IPv6 address in brackets" };
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
      return { why: "the port is not a number from 1 to 65535" };
    }
    return { value: { nodeId: id, address: `${host}:${port}` } };
  }),
};

function idReference(what: string, completes?: Completes): ArgumentKind<string> {
  return {
    code: "bad_argument",
    expects: `${what} id, 8 or more of its first hex digits, or last`,
    ...(completes === undefined ? {} : { completes }),
    schema: read((text) => {
      const reference = text.toLowerCase();
      if (reference === "last" || /^[0-9a-f]{8,64}$/.test(reference)) return { value: reference };
      return { why: /^[0-9a-f]*$/.test(reference) ? "too short or too long" : "not hexadecimal" };
    }),
  };
}

/** Resolved against the node's channels when the command runs. */
export const channelReference = idReference("a channel", "channel");
/** Resolved against the agreements when the command runs. */
export const agreementReference = idReference("an agreement", "agreement");
/** Resolved against the settlements when the command runs; `last` is the one without an outcome. */
export const settlementReference = idReference("a settlement");

/** Lower-case, without a `lightning:` in front. What is in it is judged by the node. */
export const invoice: ArgumentKind<string> = {
  code: "invalid_invoice",
  expects: "a BOLT 11 invoice (ln...)",
  completes: "invoice",
  schema: read((text) => {
    const bare = text.toLowerCase().replace(/^lightning:/, "");
    if (/^ln(bcrt|bc|tbs|tb)\d*[munp]?1[02-9ac-hj-np-z]{100,7000}$/.test(bare)) return { value: bare };
    return { why: /^lno1/.test(bare) ? "this is a BOLT 12 offer; use payoffer" : "it does not look like an invoice" };
  }),
};

export const offer: ArgumentKind<string> = {
  code: "bad_argument",
  expects: "a BOLT 12 offer (lno1...)",
  completes: "offer",
  schema: read((text) => {
    const bare = text.toLowerCase().replace(/^lightning:/, "");
    if (/^lno1[02-9ac-hj-np-z]{20,7000}$/.test(bare)) return { value: bare };
    return {
      why: /^ln(bc|tb)/.test(bare) ? "this is a BOLT 11 invoice; use payinvoice" : "it does not look like an offer",
    };
  }),
};

/** @param words the accepted words and what they mean */
export function choice<T>(expects: string, words: Record<string, T>, completes: Completes = "choice"): ArgumentKind<T> {
  const table = new Map(Object.entries(words));
  return {
    code: "bad_argument",
    expects,
    completes,
    choices: [...table.keys()],
    schema: read((text) => {
      const value = table.get(text.toLowerCase());
      return value === undefined ? { why: "not one of them" } : { value };
    }),
  };
}

export const yesOrNo = choice("true or false", { true: true, false: false, yes: true, no: false });

export const roleName = choice<Role>(
  "exchange, user or lsp",
  { exchange: "exchange", user: "user", lsp: "lsp" },
  "role",
);

export function integer(low: number, high: number): ArgumentKind<number> {
  return {
    code: "bad_argument",
    expects: `a whole number from ${low} to ${high}`,
    schema: read((text) => {
      const n = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
      return n >= low && n <= high ? { value: n } : { why: "out of range or not a whole number" };
    }),
  };
}

/** Sat per virtual byte; whole, as the wallet takes it. */
export const feeRate: ArgumentKind<number> = { ...integer(1, 5000), expects: "a fee rate of 1 to 5000 sat/vB" };

/** One or more characters, at most as many bytes of UTF-8. */
export function freeText(maxBytes: number): ArgumentKind<string> {
  return {
    code: "bad_argument",
    expects: `text of at most ${maxBytes} bytes`,
    schema: read((text) => {
      if (text === "") return { why: "it is empty" };
      return Buffer.byteLength(text) <= maxBytes ? { value: text } : { why: `it has ${Buffer.byteLength(text)} bytes` };
    }),
  };
}

/** A name as scenarios, audit kinds and commands have it. */
export function named(expects: string, completes?: Completes): ArgumentKind<string> {
  return {
    code: "bad_argument",
    expects,
    ...(completes === undefined ? {} : { completes }),
    schema: read((text) =>
      /^[a-z0-9][a-z0-9_-]{0,63}$/i.test(text) ? { value: text.toLowerCase() } : { why: "not a name" },
    ),
  };
}

export type LspReference = ({ kind: "address" } & NodeAddress) | { kind: "known"; text: string };

/** An LSP: any by its full address, a known one by its name or the beginning of its id. */
export const lspReference: ArgumentKind<LspReference> = {
  code: "bad_argument",
  expects: "an LSP's name, 4 or more digits of its node id, or NODEID@HOST:PORT",
  completes: "node",
  schema: read<LspReference>((text) => {
    if (text.includes("@")) {
      const whole = nodeAddress.schema.safeParse(text);
      return whole.success
        ? { value: { kind: "address", ...whole.data } }
        : { why: whole.error.issues[0]?.message ?? "no address" };
    }
    const name = text.toLowerCase();
    return /^[a-z0-9_-]{1,66}$/.test(name) && (name.length >= 4 || !/^[0-9a-f]+$/.test(name))
      ? { value: { kind: "known", text: name } }
      : { why: "not a name and too short for an id" };
  }),
};

/** A command's name, of one word or two. */
export const commandName: ArgumentKind<string> = {
  code: "bad_argument",
  expects: "a command's name",
  completes: "command",
  schema: read((text) =>
    /^[a-z0-9][a-z0-9_-]{0,63}(?: [a-z0-9_-]{1,64})?$/i.test(text)
      ? { value: text.toLowerCase() }
      : { why: "not a name" },
  ),
};

/** A file's path, as the shell would take it. */
export const filePath: ArgumentKind<string> = {
  code: "bad_argument",
  expects: "a file's path",
  schema: read((text) => {
    if (text === "") return { why: "it is empty" };
    if (text.includes("\0")) return { why: "a path holds no NUL" };
    return Buffer.byteLength(text) <= 4096 ? { value: text } : { why: "it is longer than 4096 bytes" };
  }),
};
