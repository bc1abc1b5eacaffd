/** An LSP that says whatever a test has it say, over the real transport. */
import { z } from "zod";
import { type Connection, LSPS, openPeer, type PeerScript, type TalkingPeer } from "./peer.ts";

const requestSchema = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.string(),
  method: z.string(),
  params: z.record(z.string(), z.unknown()),
});
export type LspRequest = z.output<typeof requestSchema>;

export interface Lips {
  clientId: string;
  /** Any text or bytes as the payload. */
  say(payload: string | Uint8Array): void;
  result(value: unknown): void;
  error(code: number, data?: unknown): void;
  /** A message of any type, or bytes that belong to none. */
  connection: Connection;
}

export type LspScript = (request: LspRequest, lips: Lips) => void;

/** Talks as `script` says; without one it takes every request and never answers. */
export function openLsp(
  script: LspScript = () => {},
  options: Pick<PeerScript, "silentAt"> = {},
): Promise<TalkingPeer> {
  return openPeer({
    ...options,
    onMessage(connection, type, payload) {
      if (type !== LSPS) return;
      const request = requestSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
      const say = (text: string | Uint8Array) =>
        connection.send(LSPS, typeof text === "string" ? new TextEncoder().encode(text) : text);
      const answer = (rest: object) => say(JSON.stringify({ jsonrpc: "2.0", id: request.id, ...rest }));
      script(request, {
        clientId: connection.clientId,
        say,
        result: (result) => answer({ result }),
        error: (code, data) => answer({ error: { code, message: "no", ...(data === undefined ? {} : { data }) } }),
        connection,
      });
    },
  });
}

/** An offer that breaks no rule. */
export function offer(change: Record<string, unknown> = {}) {
  return {
    min_fee_msat: "1000000",
    proportional: 10_000,
    valid_until: new Date(Date.now() + 3_600_000).toISOString(),
    min_lifetime: 100,
    max_client_to_self_delay: 1024,
    min_payment_size_msat: "1000000",
    max_payment_size_msat: "10000000000",
    promise: "abcdefghijklmnopqrstuvwxyz",
    ...change,
  };
}
