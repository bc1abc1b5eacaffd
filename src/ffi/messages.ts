/** The envelope of what comes back: JSON-RPC 2.0 as docs/native-abi.md uses it. Pure. */
import { z } from "zod";
import { FfiError, nativeError } from "./errors.ts";
import { redactText, shorten } from "./redact.ts";

export type Message =
  | { type: "result"; id: number; result: unknown }
  | { type: "error"; id: number; error: FfiError }
  | { type: "notification"; method: string; params: unknown }
  /** Nothing that can be understood; with the id of the request it answers where that much could be read. */
  | { type: "broken"; id?: number; error: FfiError };

const id = z.int().min(0);
const errorBody = z.object({
  code: z.int(),
  message: z.string(),
  data: z.object({ kind: z.string(), detail: z.string().optional() }).optional(),
});
const replySchema = z.object({ jsonrpc: z.literal("2.0"), id, result: z.unknown() });
const errorSchema = z.object({ jsonrpc: z.literal("2.0"), id, error: errorBody });
const notificationSchema = z.object({ jsonrpc: z.literal("2.0"), method: z.string(), params: z.unknown().optional() });
const withId = z.object({ id });

function broken(text: string, why: string, of?: unknown): Message {
  const error = new FfiError(
    "native_protocol",
    `the native library sent ${why}: ${shorten(redactText(text), 80)}; rebuild it with "bun run setup"`,
  );
  const known = withId.safeParse(of);
  return known.success ? { type: "broken", id: known.data.id, error } : { type: "broken", error };
}

/** JSON-RPC's own codes come without a kind and mean that this side asked wrongly. */
function refusal({ code, message, data }: z.infer<typeof errorBody>): FfiError {
  return data === undefined
    ? new FfiError("native_protocol", `the native library did not take the request: ${message} (code ${code})`)
    : nativeError({ ...data, message });
}

export function parseMessage(text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return broken(text, "something that is not JSON");
  }
  if (typeof value === "object" && value !== null) {
    if ("result" in value) {
      const reply = replySchema.safeParse(value);
      if (reply.success) return { type: "result", id: reply.data.id, result: reply.data.result };
    } else if ("error" in value) {
      const reply = errorSchema.safeParse(value);
      if (reply.success) return { type: "error", id: reply.data.id, error: refusal(reply.data.error) };
    } else if ("method" in value) {
      const notification = notificationSchema.safeParse(value);
      if (notification.success)
        return { type: "notification", method: notification.data.method, params: notification.data.params };
    }
  }
  return broken(text, "a message of no known form", value);
}

const openFailureSchema = z.object({
  error: z.object({ kind: z.string(), message: z.string(), detail: z.string().optional() }),
});

/** The error JSON of `ps_open`; `hide` takes out what of the configuration must not be repeated. */
export function parseOpenFailure(text: string, hide: (text: string) => string): FfiError {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const failure = openFailureSchema.safeParse(value);
  if (failure.success) {
    const { kind, message, detail } = failure.data.error;
    return nativeError({ kind, message: hide(message), detail: detail === undefined ? undefined : hide(detail) });
  }
  return new FfiError(
    "native_protocol",
    `the native library refused to open and gave no readable reason: ${shorten(hide(redactText(text)), 80)}`,
  );
}
