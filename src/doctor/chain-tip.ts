/** Asks a chain source who it is and how far it is, without a node. */
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { reasonOf } from "../errors.ts";
import type { ChainSource } from "../ffi/config.ts";
import { defaultLimits, getText } from "../price/http.ts";
import type { ChainTip } from "./check.ts";
import { electrumTip } from "./electrum-tip.ts";

/** Never throws. */
export async function chainTip(source: ChainSource, clock: Clock): Promise<ChainTip> {
  try {
    switch (source.kind) {
      case "bitcoind":
        return await bitcoindTip(source);
      case "esplora":
        return await esploraTip(source.url, clock);
      case "electrum":
        return await electrumTip(source.url);
    }
  } catch (error) {
    return {
      ok: false,
      reason: error instanceof z.ZodError ? "its answer has another form than it should" : reasonOf(error),
    };
  }
}

const TIMEOUT_MS = 5_000;
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const chainInfo = z.looseObject({
  blocks: z.int(),
  bestblockhash: hash,
  initialblockdownload: z.boolean().default(false),
  pruned: z.boolean().default(false),
});
const answerSchema = z.looseObject({
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).nullish(),
});

async function bitcoindTip({
  host,
  port,
  user,
  password,
}: Extract<ChainSource, { kind: "bitcoind" }>): Promise<ChainTip> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  async function rpc(method: string, ...params: unknown[]): Promise<unknown> {
    const response = await fetch(`http://${host}:${port}/`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "1.0", id: "peer-stables", method, params }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401) throw new Error("401: wrong user or password");
    // Its web server has words of its own: too many requests at once are a 503 without JSON.
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    if (!response.ok && !isJson) throw new Error(`HTTP ${response.status}`);
    const { result, error } = answerSchema.parse(await response.json());
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }
  const genesis = hash.parse(await rpc("getblockhash", 0));
  const info = chainInfo.parse(await rpc("getblockchaininfo"));
  const { time } = z.looseObject({ time: z.int() }).parse(await rpc("getblockheader", info.bestblockhash));
  return {
    ok: true,
    genesis,
    height: info.blocks,
    timeMs: time * 1_000,
    catchingUp: info.initialblockdownload,
    pruned: info.pruned,
  };
}

async function esploraTip(url: string, clock: Clock): Promise<ChainTip> {
  async function get(path: string): Promise<string> {
    const answer = await getText(`${url}/${path}`, { clock, limits: defaultLimits, userAgent: "peer-stables" });
    if (!answer.ok) throw new Error(answer.error);
    return answer.text.trim();
  }
  const genesis = hash.parse(await get("block-height/0"));
  const tip = hash.parse(await get("blocks/tip/hash"));
  const block = z.looseObject({ height: z.int(), timestamp: z.int() }).parse(JSON.parse(await get(`block/${tip}`)));
  return { ok: true, genesis, height: block.height, timeMs: block.timestamp * 1_000, catchingUp: false, pruned: false };
}
