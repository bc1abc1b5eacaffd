/** The tip of an Electrum server: JSON-RPC, a line each way (Electrum protocol 1.4). */
import { createHash } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { z } from "zod";
import type { ChainTip } from "./check.ts";

const TIMEOUT_MS = 5_000;
/** More than any answer here; a server that sends it is none. */
const MOST_BYTES = 65_536;

const header = z.string().regex(/^[0-9a-f]{160}$/);
const replySchema = z.looseObject({
  id: z.int().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** @param url `tcp://host:port` or `ssl://host:port`. @throws what went wrong, in words */
export async function electrumTip(url: string): Promise<ChainTip> {
  const [, scheme, host = "", port] = /^(tcp|ssl):\/\/(.+):(\d+)$/.exec(url) ?? [];
  const to = { host: host.replace(/^\[|\]$/g, ""), port: Number(port ?? 50_001) };
  const socket = scheme === "ssl" ? connectTls({ ...to, servername: to.host }) : connectTcp(to);
  try {
    const [, first, tip] = await ask(socket, [
      ["server.version", ["peer-stables", "1.4"]],
      ["blockchain.block.header", [0]],
      ["blockchain.headers.subscribe", []],
    ]);
    const { height, hex } = z.looseObject({ height: z.int(), hex: header }).parse(tip);
    // Bitcoin's header ends with time, bits and nonce, 4 bytes each, little-endian.
    const timeMs = Buffer.from(hex, "hex").readUInt32LE(68) * 1_000;
    return { ok: true, genesis: blockHash(header.parse(first)), height, timeMs, catchingUp: false, pruned: false };
  } finally {
    socket.destroy();
  }
}

function blockHash(hex: string): string {
  const once = createHash("sha256").update(Buffer.from(hex, "hex")).digest();
  return createHash("sha256").update(once).digest().reverse().toString("hex");
}

/** The results of calls sent one behind the other, in their order. */
function ask(socket: Socket, calls: readonly (readonly [method: string, params: unknown[]])[]): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const results = new Map<number, unknown>();
    let text = "";
    socket.setTimeout(TIMEOUT_MS, () => reject(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("it hung up")));
    socket.setEncoding("utf8").on("data", (chunk) => {
      text += String(chunk);
      if (text.length > MOST_BYTES) return reject(new Error("it answers with more than it should"));
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      try {
        for (const line of lines) {
          const { id, result, error } = replySchema.parse(JSON.parse(line));
          if (error != null) throw new Error(`${calls[id ?? -1]?.[0] ?? "it"}: ${JSON.stringify(error).slice(0, 160)}`);
          if (id !== undefined) results.set(id, result);
        }
      } catch (wrong) {
        return reject(wrong);
      }
      if (results.size === calls.length) resolve(calls.map((_, id) => results.get(id)));
    });
    for (const [id, [method, params]] of calls.entries()) {
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    }
  });
}
