/** Health and metrics over HTTP, on loopback. */
import type { Clock } from "../clock.ts";
import { reasonOf } from "../errors.ts";
import { metricsText, type Process } from "./metrics.ts";
import type { Readings } from "./readings.ts";

export interface HealthOptions {
  host: string;
  port: number;
  read(): Promise<Readings>;
  process(): Process;
  clock: Clock;
}

/** Whoever asks is told soon that something hangs, rather than hanging too. */
const PATIENCE_MS = 5_000;

export interface HealthServer {
  port: number;
  stop(): Promise<void>;
}

/** What keeps a service from doing its work, in words; none: it is well. */
export function ailments({ node, price }: Readings, { stuck }: Process): string[] {
  return [
    ...stuck.map((loop) => `${loop} gives no sign of life`),
    ...(node.synced ? [] : ["the wallets are not at the chain's tip"]),
    ...(node.chain_detail === null ? [] : [node.chain_detail]),
    ...(price.status === "hold" ? [`the price is on hold: ${price.reason ?? "no reason given"}`] : []),
  ];
}

/** @throws the system's error where the address is taken */
export function serveHealth({ host, port, read: readWhole, process, clock }: HealthOptions): HealthServer {
  async function read(): Promise<Readings> {
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(PATIENCE_MS, () => late.reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    try {
      return await Promise.race([readWhole(), late.promise]);
    } finally {
      cancel();
    }
  }

  const pages: Readonly<Record<string, () => Promise<Response>>> = {
    async "/health"() {
      const readings = await read();
      const wrong = ailments(readings, process());
      const { node_id, network, block_height, synced } = readings.node;
      const body = { ok: wrong.length === 0, wrong, role: process().role, network, node_id, block_height, synced };
      return Response.json(body, { status: wrong.length === 0 ? 200 : 503 });
    },
    async "/metrics"() {
      const text = metricsText(await read(), process());
      return new Response(text, { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
    },
  };
  const server = Bun.serve({
    hostname: host,
    port,
    async fetch(request) {
      const page = pages[new URL(request.url).pathname];
      if (page === undefined) return new Response("There are /health and /metrics.\n", { status: 404 });
      if (request.method !== "GET") return new Response("GET only.\n", { status: 405 });
      return page().catch((error: unknown) => Response.json({ ok: false, wrong: [reasonOf(error)] }, { status: 503 }));
    },
  });
  return { port: server.port ?? port, stop: () => server.stop(true) };
}
