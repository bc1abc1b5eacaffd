/**
 * Whatever can be wrong with a chain source, over each kind of one, while a role runs: the trouble is named, what needs no
 * chain goes on, money and channels stay as they are, and all is well again by itself.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import type { Fault } from "../support/faults.ts";
import { startInTerminal } from "../tui/terminal.ts";
import { chainArgument, type SourceKind, untilBroadcast } from "./chains.ts";
import { openParties, type Parties, type Party } from "./faulty-parties.ts";
import { runProgram } from "./program.ts";
import { until } from "./until.ts";

const START_SAT = 1_000_000;
const CHANNEL_SAT = 200_000;

let all: Parties;
const each = <T>(work: (party: Party) => Promise<T>): Promise<T[]> => Promise.all(all.parties.map(work));

const channelsSchema = z.object({
  channels: z.array(z.object({ channel_id: z.string(), usable: z.boolean(), phase: z.string() })),
});
const channelsOf = async ({ run }: Party) => channelsSchema.parse(await run("listallchannels")).channels;

async function onchainSat({ run }: Party): Promise<number> {
  return Number((await run("balance"))["onchain_sat"]);
}

/** LDK hangs up on everybody after a stall of a second, and looks for a peer again once a minute. */
async function untilUsable(party: Party): Promise<void> {
  await until(async () => (await channelsOf(party)).every(({ usable }) => usable), 120_000);
}

/** By itself, a round at a time. */
async function untilWell(party: Party): Promise<void> {
  let last: unknown;
  const isWell = async () => {
    const info = await party.info();
    last = info;
    return info.chain_state === "ok" && info.synced;
  };
  await until(isWell).catch(() => {
    throw new Error(`over ${party.kind} it is not well again: ${JSON.stringify(last)}`);
  });
}

beforeAll(async () => {
  all = await openParties();
  const amounts = await each(async ({ run }): Promise<[string, string]> => {
    return [z.string().parse((await run("getaddress"))["address"]), "0.01"];
  });
  await all.bitcoind.rpc("sendmany", ["", Object.fromEntries(amounts)]);
  await all.bitcoind.mine(1);
  await each((party) => until(async () => (await onchainSat(party)) === START_SAT));
  const [first, second, third] = [all.of("bitcoind"), all.of("esplora"), all.of("electrum")];
  await openChannel(first, second);
  await openChannel(second, third);
  await untilBroadcast({ mempool: async () => z.array(z.string()).parse(await all.bitcoind.rpc("getrawmempool")) }, 2);
  await all.bitcoind.mine(6);
  await each(async (party) => {
    await untilUsable(party);
    // What the channel cost is booked with the next sync.
    await party.run("sync");
    await untilWell(party);
  });
}, 300_000);

afterAll(async () => all?.close(), 60_000);

async function openChannel(from: Party, to: Party): Promise<void> {
  const { node_id, listen } = await to.info();
  await from.run(`openchannel ${node_id}@${listen[0]} ${CHANNEL_SAT} --push ${CHANNEL_SAT / 2}`);
}

interface Row {
  fault: Fault;
  state: string;
  code: string;
  /** What the role says of it, and what `doctor` says beside it. */
  says: RegExp;
  doctor?: RegExp;
  /** Every kind, unless told. */
  kinds?: readonly SourceKind[];
  /** Nothing on chain is spent, since nobody would hear of it. */
  unspent?: true;
}

const CHECK = "check its address, its credentials and that it runs";

const rows: readonly Row[] = [
  {
    fault: "down",
    state: "unreachable",
    code: "chain_unreachable",
    says: new RegExp(`does not answer as it should; ${CHECK}`),
    doctor: /does not answer as it should/,
    unspent: true,
  },
  {
    fault: "silent",
    state: "unreachable",
    code: "chain_unreachable",
    says: new RegExp(`does not answer as it should; ${CHECK}`),
  },
  {
    fault: "other_network",
    state: "wrong_network",
    code: "chain_wrong_network",
    says: /is (on|of) .*; name another/,
    doctor: /is on bitcoin, not on regtest/,
    unspent: true,
  },
  {
    fault: "too_high",
    state: "inconsistent",
    code: "chain_inconsistent",
    says: /says its tip is block 1\d{3}, but does not give that block; if this lasts, name another source/,
  },
  {
    fault: "stale",
    state: "source_behind",
    code: "chain_behind",
    says: /is at block \d+ only, and this node knows block \d+ already; .*name another source/,
  },
  {
    fault: "slow_syncs",
    state: "sync_failing",
    code: "chain_sync_failed",
    says: /answers, but a sync with it fails or takes too long; it is tried again, or name another source/,
    kinds: ["esplora", "electrum"],
  },
  {
    fault: "too_many_requests",
    state: "rate_limited",
    code: "chain_rate_limited",
    says: /refuses so many requests; it is asked again later, or name one of your own/,
    doctor: /429|503|excessive resource usage/,
  },
];

test.each(rows)(
  "$fault shows as $state, and is over by itself",
  async (row) => {
    const parties = all.parties.filter(({ kind }) => row.kinds?.includes(kind) ?? true);
    await Promise.all(
      parties.map(async (party) => {
        const before = await booksOf(party);
        await party.source.suffer(row.fault);
        await until(async () => (await party.info()).chain_state === row.state);
        const { chain_detail } = await party.info();
        expect(chain_detail).toMatch(row.says);
        expect(chain_detail).toContain(party.address);
        await refuses(party, "sync", row);
        if (row.unspent) await refuses(party, `onchainsend ${await all.bitcoind.newAddress()} 10000`, row);
        // Too many requests are a matter of time only: what is known still counts for a while.
        if (row.state !== "rate_limited") expect((await party.info()).synced).toBe(false);
        if (row.doctor !== undefined) expect(await doctorSays(party)).toMatch(row.doctor);
        await party.run("getinvoice 1000");
        expect(await booksOf(party)).toEqual(before);
        await party.source.suffer(undefined);
        await untilWell(party);
        expect(await booksOf(party)).toEqual(before);
      }),
    );
  },
  120_000,
);

/** All that a lie of the source could change. */
async function booksOf(party: Party): Promise<unknown> {
  const channels = (await channelsOf(party)).map(({ channel_id, phase }) => ({ channel_id, phase }));
  return { balance: await party.run("balance"), channels };
}

async function refuses({ run, address }: Party, line: string, { code, says }: Row): Promise<void> {
  const error: unknown = await run(line).catch((thrown: unknown) => thrown);
  if (!(error instanceof CodedError)) throw new Error(`${line} did not fail as it should`, { cause: error });
  expect<string>(error.code).toBe(code);
  expect(error.message).toMatch(says);
  expect(error.message).toContain(address);
}

async function doctorSays({ all: { place }, source }: Party): Promise<string> {
  const chain = ["--chain", chainArgument(source.source), "--price", "fixed=100000"];
  const { code, stdout } = await runProgram(["doctor", "--role", "exchange", ...place, ...chain]);
  expect(code).toBe(1);
  return stdout;
}

test("slow, but in time: nothing shows, and what is asked is answered", async () => {
  await each(async (party) => {
    await party.source.suffer("slow");
    const { block_height } = await party.info();
    expect(await party.run("sync")).toEqual({ block_height });
    await untilWell(party);
    await party.source.suffer(undefined);
  });
}, 120_000);

test("the screen names the trouble while it lasts", async () => {
  const { source, all: role } = all.of("electrum");
  const screen = startInTerminal(["attach", "--role", "exchange", ...role.place], { columns: 100, rows: 30 });
  try {
    await screen.shows("in sync");
    await source.suffer("down");
    await screen.shows("chain source is down");
  } finally {
    await source.suffer(undefined);
    screen.close();
  }
}, 60_000);

const rawTx = z.object({
  vin: z.array(z.object({ txid: z.string(), vout: z.number() })),
  vout: z.array(z.object({ value: z.number(), scriptPubKey: z.object({ hex: z.string() }) })),
});

/** A transaction that spends what another one spends, back to the miner. */
async function doubleSpend(txid: string): Promise<string> {
  const { rpc, newAddress } = all.bitcoind;
  const { vin } = rawTx.parse(await rpc("getrawtransaction", [txid, true]));
  const spent = await Promise.all(
    vin.map(async (input) => {
      const from = rawTx.parse(await rpc("getrawtransaction", [input.txid, true])).vout[input.vout];
      if (from === undefined) throw new Error(`${input.txid} has no output ${input.vout}`);
      return { ...input, amount: from.value, scriptPubKey: from.scriptPubKey.hex };
    }),
  );
  const total = spent.reduce((sum, { amount }) => sum + amount, 0);
  const outputs = [{ [await newAddress()]: (total - 0.001).toFixed(8) }];
  const raw = await rpc("createrawtransaction", [vin, outputs]);
  const signed = z.object({ hex: z.string() }).parse(await rpc("signrawtransactionwithwallet", [raw, spent]));
  return signed.hex;
}

/** Takes the newest block back, and puts two in its place: the first with these transactions, the second empty. */
async function reorg(transactions: readonly string[]): Promise<void> {
  const { rpc, newAddress } = all.bitcoind;
  await rpc("invalidateblock", [await rpc("getbestblockhash")]);
  for (const inside of [transactions, []]) await rpc("generateblock", [await newAddress(), inside]);
}

test("a reorg that takes a payment back takes the money back, over every source", async () => {
  const before = await each(onchainSat);
  const amounts = await each(async ({ run }): Promise<[string, string]> => {
    return [z.string().parse((await run("getaddress"))["address"]), "0.002"];
  });
  const txid = z.string().parse(await all.bitcoind.rpc("sendmany", ["", Object.fromEntries(amounts)]));
  await all.bitcoind.mine(1);
  await each((party, index = all.parties.indexOf(party)) =>
    until(async () => (await onchainSat(party)) === (before[index] ?? 0) + 200_000),
  );
  await reorg([await doubleSpend(txid)]);
  const height = z.number().parse(await all.bitcoind.rpc("getblockcount"));
  await each(async (party) => {
    await until(async () => (await party.info()).block_height === height);
    await until(async () => (await onchainSat(party)) === before[all.parties.indexOf(party)]);
    await untilWell(party);
  });
}, 120_000);

test("a reorg that only moves a payment leaves it what it was, and every channel open", async () => {
  const before = await each(onchainSat);
  const amounts = await each(async ({ run }): Promise<[string, string]> => {
    return [z.string().parse((await run("getaddress"))["address"]), "0.001"];
  });
  await all.bitcoind.rpc("sendmany", ["", Object.fromEntries(amounts)]);
  await all.bitcoind.mine(1);
  await reorg([]);
  await all.bitcoind.mine(1);
  await each(async (party) => {
    await until(async () => (await onchainSat(party)) === (before[all.parties.indexOf(party)] ?? 0) + 100_000);
    await untilWell(party);
    await untilUsable(party);
    expect((await channelsOf(party)).every(({ phase }) => phase === "CHANNELD_NORMAL")).toBe(true);
  });
}, 240_000);

test("after all of it a payment goes through, and nobody has ended", async () => {
  const { invoice } = await all.of("electrum").run("getinvoice 5000");
  expect(await all.of("esplora").run(`payinvoice ${invoice}`)).toMatchObject({ status: "succeeded" });
  for (const { program } of all.parties)
    expect(program.stderr()).toMatch(/^exchange [0-9a-f]{66} runs on regtest; .*\n$/);
}, 60_000);
