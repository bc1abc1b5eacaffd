/** A bitcoind or an Esplora server over HTTP, with whatever can be wrong with one. */
import { z } from "zod";
import { freePort } from "../../src/app/free-port.ts";
import type { Bitcoind } from "./bitcoind.ts";
import type { Esplora } from "./esplora.ts";
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
import { until } from "./until.ts";

/** The lies of a kind of source: what is asked, and what becomes of the true answer. */
type Lies = Partial<Record<Fault, Readonly<Record<string, (truth: unknown, old: OldBlock) => unknown>>>>;

const higher = (height: unknown) => z.coerce.number().parse(height) + TOO_HIGH;
const info = (truth: unknown) => z.looseObject({ blocks: z.number() }).parse(truth);

const bitcoindLies: Lies = {
  other_network: {
    getblockchaininfo: (truth) => ({ ...info(truth), chain: "main" }),
    "getblockhash 0": () => mainnetGenesis.hash,
  },
  too_high: {
    getblockchaininfo: (truth) => ({ ...info(truth), blocks: higher(info(truth).blocks) }),
    getblockcount: higher,
  },
  stale: {
    getblockchaininfo: (truth, { height, hash }) => ({ ...info(truth), blocks: height, bestblockhash: hash }),
    getblockcount: (_, { height }) => height,
    getbestblockhash: (_, { hash }) => hash,
  },
};

const esploraLies: Lies = {
  other_network: { "/block-height/0": () => mainnetGenesis.hash },
  too_high: { "/blocks/tip/height": higher },
  stale: {
    "/blocks/tip/height": (_, { height }) => height,
    "/blocks/tip/hash": (_, { hash }) => hash,
  },
};

interface Speech {
  target: string;
  lies: Lies;
  /** What a request asks, as the lies name it. */
  asked(path: string, body: string): string;
  /** What a sync begins with. */
  ofSyncs: string;
  /** The truth in an answer's body, and a body with something else in its place. */
  truth(body: string): unknown;
  lie(body: string, told: unknown): string;
  tooMany(): Response;
}

const rpcCall = z.object({ method: z.string(), params: z.array(z.unknown()).default([]) });
const rpcAnswer = z.looseObject({ result: z.unknown() });

export async function faultyBitcoind(bitcoind: Bitcoind): Promise<FaultySource> {
  const { host, port, user, password } = bitcoind;
  const faulty = await faultyHttp(bitcoind, {
    target: `http://${host}:${port}`,
    lies: bitcoindLies,
    asked(_, body) {
      const { method, params } = rpcCall.parse(JSON.parse(body));
      return method === "getblockhash" ? `${method} ${params[0]}` : method;
    },
    ofSyncs: "estimatesmartfee",
    truth: (body) => rpcAnswer.parse(JSON.parse(body)).result,
    lie: (body, result) => JSON.stringify({ ...rpcAnswer.parse(JSON.parse(body)), result }),
    // As Bitcoin Core's HTTP server says it.
    tooMany: () => new Response("Work queue depth exceeded", { status: 503 }),
  });
  return { ...faulty, source: { kind: "bitcoind", host, port: faulty.port, user, password } };
}

export async function faultyEsplora(esplora: Esplora, bitcoind: Bitcoind): Promise<FaultySource> {
  const faulty = await faultyHttp(bitcoind, {
    target: esplora.url,
    lies: esploraLies,
    asked: (path) => path,
    ofSyncs: "/fee-estimates",
    truth: (body) => body,
    lie: (_, told) => String(told),
    tooMany: () => new Response("Too Many Requests", { status: 429, headers: { "retry-after": "30" } }),
  });
  return { ...faulty, source: { kind: "esplora", url: `http://127.0.0.1:${faulty.port}` } };
}

async function faultyHttp(bitcoind: Bitcoind, speech: Speech) {
  let fault: Fault | undefined;
  let old = await oldBlock(bitcoind);

  async function answer(request: Request): Promise<Response> {
    if (fault === "silent") return new Promise<never>(() => undefined);
    if (fault === "too_many_requests") return speech.tooMany();
    const { pathname, search } = new URL(request.url);
    const body = await request.text();
    const asked = speech.asked(pathname, body);
    const late = fault === "slow" ? LATE_MS : fault === "slow_syncs" && asked === speech.ofSyncs ? TOO_LATE_MS : 0;
    await Bun.sleep(late);
    const { method, headers } = request;
    const forwarded = { method, headers, ...(method === "POST" ? { body } : {}) };
    const reply = await fetch(`${speech.target}${pathname}${search}`, forwarded);
    const lie = fault === undefined ? undefined : speech.lies[fault]?.[asked];
    if (lie === undefined || !reply.ok) return new Response(await reply.arrayBuffer(), { status: reply.status });
    const told = await reply.text();
    return new Response(speech.lie(told, lie(speech.truth(told), old)));
  }

  const listen = (port: number) => Bun.serve({ hostname: "127.0.0.1", port, idleTimeout: 0, fetch: answer });
  const port = freePort();
  let server = listen(port);

  /** The system may keep the port for a moment. */
  async function listenAgain(): Promise<void> {
    await until(async () => {
      try {
        server = listen(port);
        return true;
      } catch {
        return false;
      }
    });
  }

  return {
    port,
    async suffer(next: Fault | undefined) {
      const wasDown = fault === "down";
      if (next === "stale") old = await oldBlock(bitcoind);
      fault = next;
      if (next === "down") await server.stop(true);
      else if (wasDown) await listenAgain();
    },
    stop: () => server.stop(true),
  };
}
