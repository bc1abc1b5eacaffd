/**
 * What a running role and those who attach to it say to each other over its control socket: one JSON object a line
 * (docs/control.md). A reply to `run` is a script's line with an `id` in place of the line number.
 */
import { z } from "zod";
import type { Json, JsonObject } from "../commands/view.ts";

/** Raised with every change that an older peer could not follow. */
export const PROTOCOL = 1;

/** No line is longer, in either direction. */
export const LONGEST_ASK_BYTES = 256 * 1024;
export const LONGEST_REPLY_BYTES = 64 * 1024 * 1024;

const id = z.int().nonnegative();
const name = z.enum(["user", "lsp", "exchange"]);

export const askSchema = z.discriminatedUnion("ask", [
  /** Runs one line. `cwd`: against what a file's name in it counts, absolute. */
  z.strictObject({ id, ask: z.literal("run"), line: z.string(), cwd: z.string().startsWith("/").exactOptional() }),
  z.strictObject({ id, ask: z.literal("settled") }),
  z.strictObject({ id, ask: z.literal("scenario"), name: z.string() }),
  /** From now on `changed` is told. */
  z.strictObject({ id, ask: z.literal("watch") }),
]);
export type Ask = z.output<typeof askSchema>;

const json: z.ZodType<Json> = z.json();
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);

const replySchema = z.discriminatedUnion("ok", [
  z.object({ id, ok: z.literal(true), result: jsonObject }),
  z.object({ id, ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
]);
export type Reply = z.output<typeof replySchema>;

/** What the service says first; fields may be added to it. */
const helloSchema = z.object({
  event: z.literal("hello"),
  protocol: z.int(),
  version: z.string(),
  role: name,
  network: z.enum(["regtest", "mutinynet", "signet", "testnet", "bitcoin"]),
  node_id: z.string(),
  pid: z.int(),
  /** What the role was started with, defaults included, as typed behind a flag; no secrets. */
  settings: z.record(z.string(), z.string()).default({}),
});
export type Hello = z.output<typeof helloSchema>;

const eventSchema = z.discriminatedUnion("event", [
  helloSchema,
  z.object({ event: z.literal("changed") }),
  /** The last line: why the socket is closed. */
  z.object({ event: z.literal("bye"), reason: z.string() }),
]);
export type Event = z.output<typeof eventSchema>;

export const saidSchema = z.union([eventSchema, replySchema]);
export type Said = z.output<typeof saidSchema>;
