/**
 * A test-only front that speaks Esplora's HTTP API over a bitcoind's RPC: the same paths, pages and error texts as
 * electrs has (https://github.com/Blockstream/esplora/blob/master/API.md). Confirmed history comes 25 a page.
 */
import { reasonOf } from "../../src/errors.ts";
import { chainIndex, type Index, type IndexedTx, outputOf, type Rpc, scriptHash } from "./esplora-index.ts";

const PAGE = 25;
const MEMPOOL_PAGE = 50;
const BLOCKS_PAGE = 10;

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const notFound = (what: string) => new Refusal(404, `${what} not found`);

type Answer = Response | Promise<Response>;
type Page = (index: Index, args: readonly string[]) => Answer;

export interface Esplora {
  url: string;
  /** How many confirmed transactions were asked for beyond a first page, so far. */
  laterPages(): number;
  stop(): Promise<void>;
}

export function startEsplora(rpc: Rpc): Esplora {
  const current = chainIndex(rpc);
  let laterPages = 0;

  const get: readonly (readonly [RegExp, Page])[] = [
    [/^\/blocks\/tip\/height$/, ({ blocks }) => text(String(blocks.length - 1))],
    [/^\/blocks\/tip\/hash$/, ({ blocks }) => text(blocks.at(-1)?.hash ?? "")],
    [/^\/block-height\/(\d+)$/, ({ blocks }, [height]) => text(found(blocks[Number(height)], "Block").hash)],
    [/^\/blocks(?:\/(\d+))?$/, (index, [start]) => Response.json(blockPage(index, start))],
    [/^\/block\/([0-9a-f]{64})$/, (index, [hash]) => Response.json(blockRow(blockOf(index, hash)))],
    [/^\/block\/([0-9a-f]{64})\/header$/, async (_, [hash]) => text(await raw("getblockheader", [hash, false]))],
    [/^\/block\/([0-9a-f]{64})\/raw$/, async (_, [hash]) => bytes(await raw("getblock", [hash, 0]))],
    [/^\/block\/([0-9a-f]{64})\/status$/, (index, [hash]) => Response.json(blockStatus(index, hash))],
    [/^\/tx\/([0-9a-f]{64})$/, (index, [id]) => Response.json(transaction(index, txOf(index, id)))],
    [/^\/tx\/([0-9a-f]{64})\/hex$/, (index, [id]) => text(txOf(index, id).raw.hex)],
    [/^\/tx\/([0-9a-f]{64})\/raw$/, (index, [id]) => bytes(txOf(index, id).raw.hex)],
    [/^\/tx\/([0-9a-f]{64})\/status$/, (index, [id]) => Response.json(status(index.txs.get(id ?? "")))],
    [/^\/tx\/([0-9a-f]{64})\/outspend\/(\d+)$/, (index, [id, vout]) => Response.json(outspend(index, id, vout))],
    [/^\/tx\/([0-9a-f]{64})\/outspends$/, (index, [id]) => Response.json(outspends(index, id))],
    [/^\/tx\/([0-9a-f]{64})\/merkleblock-proof$/, merkleBlock],
    [/^\/scripthash\/([0-9a-f]{64})\/txs$/, (index, [hash]) => Response.json(firstPage(index, hash))],
    [/^\/scripthash\/([0-9a-f]{64})\/txs\/mempool$/, (index, [hash]) => Response.json(inMempool(index, hash))],
    [/^\/scripthash\/([0-9a-f]{64})\/txs\/chain(?:\/([0-9a-f]{64}))?$/, laterPage],
    [/^\/scripthash\/([0-9a-f]{64})\/utxo$/, (index, [hash]) => Response.json(unspent(index, hash))],
    [/^\/mempool\/txids$/, ({ txs }) => Response.json([...txs].flatMap(([id, { block }]) => (block ? [] : [id])))],
    // As a quiet server has it: sat per vB by target; regtest has no estimates of its own.
    [/^\/fee-estimates$/, () => Response.json({ "1": 1, "6": 1, "144": 1, "1008": 1 })],
  ];

  async function raw(method: string, params: readonly unknown[]): Promise<string> {
    try {
      return String(await rpc(method, params));
    } catch {
      throw notFound("Block");
    }
  }

  async function merkleBlock(index: Index, [id]: readonly string[]): Promise<Response> {
    const { block } = txOf(index, id);
    if (block === undefined) throw new Refusal(404, "Transaction not found or is unconfirmed");
    return text(String(await rpc("gettxoutproof", [[id], block.hash])));
  }

  function laterPage(index: Index, [hash, last]: readonly string[]): Response {
    if (last !== undefined) laterPages++;
    return Response.json(confirmedAfter(index, hash, last));
  }

  async function broadcast(hex: string): Promise<Response> {
    if (!/^([0-9a-fA-F]{2})+$/.test(hex)) throw new Refusal(400, "Invalid hex string");
    try {
      return text(String(await rpc("sendrawtransaction", [hex])));
    } catch (error) {
      throw new Refusal(400, `sendrawtransaction RPC error: ${JSON.stringify({ message: reasonOf(error) })}`);
    }
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname === "/tx") return broadcast((await request.text()).trim());
    for (const [pattern, page] of get) {
      const match = pattern.exec(pathname);
      if (request.method === "GET" && match !== null) return page(await current(), match.slice(1));
    }
    // A path that almost fits names what is wrong with it, as electrs does.
    throw new Refusal(/^\/(tx|block|scripthash)\//.test(pathname) ? 400 : 404, "Invalid hex string");
  }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) =>
      answer(request).catch((error: unknown) => {
        if (error instanceof Refusal) return new Response(error.message, { status: error.status });
        return new Response(reasonOf(error), { status: 502 });
      }),
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    laterPages: () => laterPages,
    stop: () => server.stop(true),
  };
}

const text = (body: string) => new Response(body, { headers: { "content-type": "text/plain" } });
const bytes = (hex: string) => new Response(Buffer.from(hex, "hex"));

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw notFound(what);
  return value;
}

const txOf = (index: Index, id: string | undefined) => found(index.txs.get(id ?? ""), "Transaction");

function status(tx: IndexedTx | undefined) {
  if (tx?.block === undefined) return { confirmed: false };
  const { hash, height, time } = tx.block;
  return { confirmed: true, block_height: height, block_hash: hash, block_time: time };
}

function transaction(index: Index, tx: IndexedTx) {
  const { txid, version, locktime, size, weight, vin, vout } = tx.raw;
  const inputs = vin.map((input) => {
    const spent = index.txs.get(input.txid ?? "")?.raw.vout[input.vout ?? -1];
    return {
      txid: input.txid ?? "0".repeat(64),
      vout: input.vout ?? 0xffffffff,
      prevout: spent === undefined ? null : outputOf(spent),
      scriptsig: input.scriptSig?.hex ?? "",
      witness: input.txinwitness ?? [],
      is_coinbase: input.txid === undefined,
      sequence: input.sequence,
    };
  });
  const outputs = vout.map(outputOf);
  const known = inputs.flatMap(({ prevout }) => (prevout === null ? [] : [prevout.value]));
  const fee = known.length < inputs.length ? 0 : sum(known) - sum(outputs.map(({ value }) => value));
  return { txid, version, locktime, vin: inputs, vout: outputs, size, weight, fee, status: status(tx) };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function blockPage({ blocks }: Index, start: string | undefined) {
  const top = start === undefined ? blocks.length - 1 : Number(start);
  return blocks
    .slice(Math.max(top - BLOCKS_PAGE + 1, 0), top + 1)
    .reverse()
    .map(blockRow);
}

const blockOf = ({ blocks }: Index, hash: string | undefined) =>
  found(
    blocks.find((one) => one.hash === hash),
    "Block",
  );

function blockRow({ hash, height, time, previousblockhash, tx }: Index["blocks"][number]) {
  return {
    id: hash,
    height,
    version: 0x20000000,
    timestamp: time,
    tx_count: tx.length,
    size: 0,
    weight: 0,
    merkle_root: "0".repeat(64),
    previousblockhash: previousblockhash ?? null,
    mediantime: time,
    nonce: 0,
    bits: 0x207fffff,
    difficulty: 0,
  };
}

function blockStatus({ blocks }: Index, hash: string | undefined) {
  const block = blocks.find((one) => one.hash === hash);
  if (block === undefined) return { in_best_chain: false };
  return { in_best_chain: true, height: block.height, next_best: blocks[block.height + 1]?.hash ?? null };
}

function outspend(index: Index, id: string | undefined, vout: string | undefined) {
  txOf(index, id);
  const spend = index.spends.get(`${id}:${vout}`);
  if (spend === undefined) return { spent: false };
  return { spent: true, ...spend, status: status(index.txs.get(spend.txid)) };
}

function outspends(index: Index, id: string | undefined) {
  return txOf(index, id).raw.vout.map((_, vout) => outspend(index, id, String(vout)));
}

function history(index: Index, hash: string | undefined): IndexedTx[] {
  return (index.histories.get(hash ?? "") ?? []).flatMap((id) => index.txs.get(id) ?? []);
}

function inMempool(index: Index, hash: string | undefined) {
  const waiting = history(index, hash).filter(({ block }) => block === undefined);
  return waiting.slice(0, MEMPOOL_PAGE).map((tx) => transaction(index, tx));
}

function confirmedAfter(index: Index, hash: string | undefined, last: string | undefined) {
  const confirmed = history(index, hash).filter(({ block }) => block !== undefined);
  const from = last === undefined ? 0 : confirmed.findIndex(({ raw }) => raw.txid === last) + 1;
  if (last !== undefined && from === 0) throw notFound("Last seen transaction");
  return confirmed.slice(from, from + PAGE).map((tx) => transaction(index, tx));
}

function unspent(index: Index, hash: string | undefined) {
  return history(index, hash).flatMap((tx) =>
    tx.raw.vout.flatMap((output, vout) => {
      if (scriptHash(output.scriptPubKey.hex) !== hash || index.spends.has(`${tx.raw.txid}:${vout}`)) return [];
      return [{ txid: tx.raw.txid, vout, value: outputOf(output).value, status: status(tx) }];
    }),
  );
}

function firstPage(index: Index, hash: string | undefined) {
  return [...inMempool(index, hash), ...confirmedAfter(index, hash, undefined)];
}
