/** What the error codes of an LSP mean. Its own words are never shown (bLIP-50, "Error Handling"). */
import type { LspsErrorObject } from "./messages.ts";

export interface LspsError {
  code: number;
  name: string;
  /** Ends the sentence "The LSP says that ". */
  means: string;
}

const table: Readonly<Record<number, Omit<LspsError, "code">>> = {
  [-32700]: { name: "parse_error", means: "it could not read the request" },
  [-32600]: { name: "invalid_request", means: "the request has the wrong form" },
  [-32601]: { name: "method_not_found", means: "it has no just-in-time channels (LSPS2)" },
  [-32602]: { name: "invalid_params", means: "it does not know a parameter of the request" },
  [-32603]: { name: "internal_error", means: "it met an internal error" },
  1: { name: "client_rejected", means: "it does not serve this client, or not more of its requests now" },
  200: { name: "unrecognized_or_stale_token", means: "it does not know the token, or the token has expired" },
  201: { name: "invalid_opening_fee_params", means: "its offer has run out, or was not its own" },
  202: { name: "payment_size_too_small", means: "the opening fee would eat the whole payment" },
  203: { name: "payment_size_too_large", means: "the payment is larger than it can receive" },
};

/** JSON-RPC leaves these to the server; bLIP-50 has clients read them as an internal error. */
const isServerError = (code: number) => code <= -32_000 && code >= -32_099;

export function readError({ code, data }: LspsErrorObject): LspsError {
  const known = table[code] ?? (isServerError(code) ? table[-32603] : undefined);
  if (known === undefined) {
    return { code, name: "unrecognized", means: `it has error ${code}, which no specification names` };
  }
  const unrecognized = code === -32602 ? unrecognizedNames(data) : [];
  const names = unrecognized.length === 0 ? "" : ` (${unrecognized.join(", ")})`;
  return { code, name: known.name, means: known.means + names };
}

/** bLIP-50: `data.unrecognized` lists the parameters. Anything else there is passed over. */
function unrecognizedNames(data: unknown): string[] {
  if (typeof data !== "object" || data === null || !("unrecognized" in data)) return [];
  const names: unknown = data.unrecognized;
  if (!Array.isArray(names)) return [];
  return names.filter((name): name is string => typeof name === "string" && /^\w{1,40}$/.test(name)).slice(0, 5);
}
