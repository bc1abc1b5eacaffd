/** The LSPs of a user, and the tokens they gave out. */
import { z } from "zod";

export interface LspAddress {
  nodeId: string;
  /** host:port */
  address: string;
}

/** The token of each LSP by node id; `first` belongs to the first of the list. */
export interface LspTokens {
  first?: string;
  byNodeId: ReadonlyMap<string, string>;
}

const ADDRESS = /^(0[23][0-9a-f]{64})@((?:\[[0-9a-fA-F:]+\]|[^\s:@,]+):\d{1,5})$/;
const TOKEN_OF = /^(0[23][0-9a-f]{64})=(.+)$/s;

/** `NODEID@HOST:PORT`, several with commas between them. */
const addresses = z.string().transform((text, context): LspAddress[] => {
  const found = text.split(",").map((one) => ADDRESS.exec(one.trim()));
  const list = found.flatMap((match) => (match === null ? [] : [{ nodeId: match[1] ?? "", address: match[2] ?? "" }]));
  const distinct = new Set(list.map(({ nodeId }) => nodeId)).size === list.length;
  if (list.length === found.length && distinct) return list;
  context.addIssue({
    code: "custom",
    message: "NODEID@HOST:PORT, the node id being 66 hex digits that begin with 02 or 03; several with commas between",
  });
  return z.NEVER;
});

/** From a token as it is, or `NODEID=TOKEN`, several with commas between them. */
export function readLspTokens(text: string): LspTokens {
  const parts = text.split(/,(?=0[23][0-9a-f]{64}=)/).map((part) => TOKEN_OF.exec(part));
  if (parts.some((match) => match === null)) return { first: text, byNodeId: new Map() };
  return { byNodeId: new Map(parts.map((match) => [match?.[1] ?? "", match?.[2] ?? ""])) };
}

export const lspSettings = {
  lsp: {
    value: "NODEID@HOST:PORT",
    summary: "an LSP to get channels from; of several the first is in use until lsps2 use says otherwise",
    schema: addresses,
    otherwise: "on one machine it is found by itself",
    many: ",",
  },
  "lsp-token": {
    value: "TOKEN",
    summary: "the token the LSP gave out; NODEID=TOKEN,NODEID=TOKEN for several LSPs",
    schema: z.string().min(1, { error: "a token" }),
    secret: true,
  },
} as const;
