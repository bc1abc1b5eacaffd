/** An Electrum server with whatever can be wrong with one: between its clients and a real server, line by line. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { z } from "zod";
import { freePort } from "../../src/app/free-port.ts";
import type { Bitcoind } from "./bitcoind.ts";
import type { Electrumx } from "./electrumx.ts";
import {
  type Fault,
  type FaultySource,
  LATE_MS,
  mainnetGenesis,
  type OldBlock,
  oldBlock,
  TOO_HIGH,
  TOO_LATE_MS,
} from "./faults.ts";

const tip = z.object({ height: z.number(), hex: z.string() });

/** What is asked, and what becomes of the true answer. */
const lies: Partial<Record<Fault, Readonly<Record<string, (truth: unknown, old: OldBlock) => unknown>>>> = {
  other_network: { "blockchain.block.header 0": () => mainnetGenesis.header },
  too_high: {
    "blockchain.headers.subscribe": (truth) => ({ ...tip.parse(truth), height: tip.parse(truth).height + TOO_HIGH }),
  },
  stale: { "blockchain.headers.subscribe": (_, { height, header }) => ({ height, hex: header }) },
};

const callSchema = z.looseObject({ id: z.unknown(), method: z.string(), params: z.array(z.unknown()).default([]) });
const replySchema = z.looseObject({ id: z.unknown().optional(), result: z.unknown().optional() });

export async function faultyElectrum(electrumx: Electrumx, bitcoind: Bitcoind): Promise<FaultySource> {
  const port = freePort();
  const clients = new Set<Socket>();
  let fault: Fault | undefined;
  let old = await oldBlock(bitcoind);

  function serve(client: Socket): void {
    const upstream = connect(electrumx.port, electrumx.host);
    const asked = new Map<unknown, string>();
    /** As behind a router that has forgotten the connection: silent for good, whatever becomes of the server. */
    let forgotten = false;
    clients.add(client);
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
    client.on("close", () => {
      clients.delete(client);
      upstream.destroy();
    });
    upstream.on("close", () => client.end());
    onLines(client, (line) => {
      forgotten ||= fault === "silent";
      if (forgotten) return;
      const { id, method, params } = callSchema.parse(JSON.parse(line));
      if (fault === "too_many_requests" && method !== "server.version") {
        // As ElectrumX does: the error, and the end of the session.
        client.end(`${JSON.stringify({ id, error: { code: -101, message: "excessive resource usage" } })}\n`);
        return;
      }
      asked.set(id, method === "blockchain.block.header" ? `${method} ${params[0]}` : method);
      upstream.write(`${line}\n`);
    });
    onLines(upstream, (line) => {
      if (forgotten || client.destroyed) return;
      const reply = replySchema.parse(JSON.parse(line));
      const question = asked.get(reply.id) ?? "";
      asked.delete(reply.id);
      const lie = fault === undefined || reply.result === undefined ? undefined : lies[fault]?.[question];
      const told = lie === undefined ? line : JSON.stringify({ ...reply, result: lie(reply.result, old) });
      const isOfSyncs = question === "blockchain.estimatefee";
      const late = fault === "slow" ? LATE_MS : fault === "slow_syncs" && isOfSyncs ? TOO_LATE_MS : 0;
      if (late === 0) client.write(`${told}\n`);
      else setTimeout(() => client.write(`${told}\n`), late);
    });
  }

  async function listen(): Promise<Server> {
    const server = createServer(serve);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return server;
  }

  async function close(server: Server): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const client of clients) client.destroy();
    await closed;
  }

  let server = await listen();
  return {
    source: { kind: "electrum", url: `tcp://127.0.0.1:${port}` },
    async suffer(next) {
      const wasDown = fault === "down";
      if (next === "stale") old = await oldBlock(bitcoind);
      fault = next;
      if (next === "down") await close(server);
      else if (wasDown) server = await listen();
    },
    stop: () => close(server),
  };
}

function onLines(socket: Socket, hear: (line: string) => void): void {
  let text = "";
  socket.on("data", (bytes) => {
    text += String(bytes);
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) hear(line);
  });
}
