/** From the raw text of a response to its result, or to what is wrong with it. */
import { type LspsError, readError } from "./lsp-errors.ts";
import { response } from "./messages.ts";
import { type Finding, finding } from "./rules.ts";

export type Reply =
  | { kind: "result"; result: Record<string, unknown> }
  | { kind: "refused"; error: LspsError }
  | { kind: "broken"; finding: Finding };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param requestId what the response has to name; one without an id is the LSP's word for a request it can't read */
export function readReply(text: string, requestId: string): Reply {
  const read = response.safeParse(parsed(text));
  if (!read.success) return { kind: "broken", finding: finding("not_a_response", "another form") };
  const { id, result, error } = read.data;
  const ours = id === requestId || (id === null && error !== undefined);
  if (!ours) return { kind: "broken", finding: finding("not_a_response", "a response to another request") };
  if (error !== undefined) return { kind: "refused", error: readError(error) };
  return { kind: "result", result: result ?? {} };
}
