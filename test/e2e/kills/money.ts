/** Where all the money is once every channel is closed and swept: in the two wallets, but for what the chain took. */
import { z } from "zod";
import type { ChainControl } from "../../../src/app/chain-control.ts";
import { until } from "../until.ts";
import { FUNDS_SAT, type Pair, PUSHED_SAT, sides } from "./pair.ts";
import { netOf } from "./share.ts";

const transaction = z.object({
  vin: z.array(z.object({ txid: z.string().optional(), vout: z.number().optional() })),
  vout: z.array(z.object({ n: z.number(), value: z.number() })),
  txid: z.string(),
});
type Transaction = z.output<typeof transaction>;

/** An anchor of a commitment (BOLT 3), which is worth less than fetching it. */
const ANCHOR_SAT = 330n;
/** The user's own output waits 144 blocks after a forced close, an HTLC that is not claimed a little longer. */
const MATURE_BLOCKS = 200;
const SWEPT_MS = 300_000;

export interface Money {
  userSat: bigint;
  lspSat: bigint;
  /** Of all transactions of the two. */
  feesSat: bigint;
  anchorsSat: bigint;
}

/**
 * Closes the last channel together, if there is one, and has everything swept: the closing transactions, what spends an
 * HTLC of a closed channel, and what spends that, each after its delay. LDK looks for what it can sweep every 30 seconds.
 */
export async function collect(pair: Pair): Promise<void> {
  await pair.ask("user", "closeallchannels");
  let matured = false;
  await until(async () => {
    const waiting = (await pair.chain.mempool()).length > 0;
    if (waiting || !matured) await pair.chain.mine(waiting ? 6 : MATURE_BLOCKS);
    matured = !waiting;
    await Promise.all(sides.map((side) => pair.ask(side, "sync")));
    return matured && missingSat(await accounts(pair)) === 0n;
  }, SWEPT_MS).catch(() => undefined);
}

async function accounts(pair: Pair): Promise<Money> {
  const [userSat, lspSat] = [await pair.onchainSat("user"), await pair.onchainSat("lsp")];
  return { userSat, lspSat, ...(await spentOf(pair.chain, pair.funding)) };
}

function missingSat({ userSat, lspSat, feesSat, anchorsSat }: Money): bigint {
  return FUNDS_SAT * 2n - (userSat + lspSat + feesSat + anchorsSat);
}

/**
 * Nothing is missing and nothing too much, to the satoshi; and the user has what the books of its channels say, but for
 * fees it can have paid, less than a satoshi for each channel, and the millisatoshis of messages.
 *
 * @param agreementIds one for each channel there was
 * @throws where it is not so
 */
export async function checkMoney(pair: Pair, agreementIds: readonly string[]): Promise<Money> {
  const money = await accounts(pair);
  const { userSat, feesSat, anchorsSat } = money;
  const missing = missingSat(money);
  if (missing !== 0n) throw new Error(`${FUNDS_SAT * 2n} sat went in, ${missing} of them are nowhere`);
  const settled = netOf(pair, agreementIds) / 1000n;
  const channels = BigInt(agreementIds.length);
  const due = FUNDS_SAT + PUSHED_SAT * channels + settled;
  const slack = channels * 2n;
  if (userSat > due + slack || userSat + feesSat + anchorsSat < due - slack) {
    throw new Error(`by the books the user is due ${due} sat; it has ${userSat}, and all fees are ${feesSat} sat`);
  }
  return money;
}

/** All that was mined from this height on. */
export async function* minedSince(chain: ChainControl, from: number): AsyncGenerator<Transaction> {
  const rpc = chainRpc(chain);
  for (let height = from; height <= (await chain.height()); height++) {
    const hash = z.string().parse(await rpc("getblockhash", [height]));
    yield* z.object({ tx: z.array(transaction) }).parse(await rpc("getblock", [hash, 2])).tx;
  }
}

export function outputSats({ vout }: Transaction): bigint[] {
  return vout.map(({ value }) => BigInt(Math.round(value * 1e8)));
}

/** Follows the money from the two transactions that brought it through every transaction since. */
async function spentOf(chain: ChainControl, funding: readonly string[]) {
  const ours = new Map<string, bigint>();
  let feesSat = 0n;
  for await (const tx of minedSince(chain, 1)) feesSat += follow(ours, tx, funding);
  const anchors = [...ours.values()].filter((value) => value === ANCHOR_SAT);
  return { feesSat, anchorsSat: ANCHOR_SAT * BigInt(anchors.length) };
}

/** @returns the transaction's fee, if it spends what is ours */
function follow(ours: Map<string, bigint>, tx: Transaction, funding: readonly string[]): bigint {
  const outputs = tx.vout.map(({ n, value }) => [`${tx.txid}:${n}`, BigInt(Math.round(value * 1e8))] as const);
  if (funding.includes(tx.txid)) {
    for (const [point, value] of outputs) if (value === FUNDS_SAT) ours.set(point, value);
    return 0n;
  }
  const spent = tx.vin.flatMap(({ txid, vout }) => {
    const point = `${txid}:${vout}`;
    const value = ours.get(point);
    return value === undefined ? [] : [{ point, value }];
  });
  if (spent.length === 0) return 0n;
  for (const { point } of spent) ours.delete(point);
  for (const [point, value] of outputs) ours.set(point, value);
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  return sum(spent.map(({ value }) => value)) - sum(outputs.map(([, value]) => value));
}

function chainRpc({ source }: ChainControl) {
  if (source.kind !== "bitcoind") throw new Error(`the chain answers as ${source.kind}, not as bitcoind`);
  const { host, port, user, password } = source;
  return async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(`http://${host}:${port}/`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${user}:${password}`)}` },
      body: JSON.stringify({ jsonrpc: "1.0", id: 0, method, params }),
    });
    return z.object({ result: z.unknown() }).parse(await response.json()).result;
  };
}
