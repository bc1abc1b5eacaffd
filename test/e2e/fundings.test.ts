/**
 * Two transactions out of one wallet, one right after the other: ldk-node's wallet learns of its own only by looking at
 * the chain, and would spend the same coins twice.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { chainKinds, openSource, untilBroadcast } from "./chains.ts";
import { quickClock } from "./fast-clock.ts";
import { openPlaying, type Playing, routing } from "./stage.ts";
import { until } from "./until.ts";

let playing: Playing;
const listed = z.object({
  channels: z.array(z.object({ counterparty: z.string(), confirmations: z.int(), capacity_sat: z.string() })),
});
const channelsOf = async (role: string) => listed.parse(await playing.run(`${role} listallchannels`)).channels;
const confirmed = async (role: string) => (await channelsOf(role)).filter(({ confirmations }) => confirmations > 0);
const textOf = async (line: string, field: string) => String((await playing.run(line))[field]);

describe.each(chainKinds)("on the %s chain", (kind) => {
  beforeAll(async () => {
    playing = await openPlaying(kind);
    await playing.script(routing(10_000_000));
  }, 120_000);
  afterAll(() => playing.close());

  test("channels asked for one after the other are both there", async () => {
    const before = (await confirmed("exchange")).length;
    await playing.script("exchange openchannel\nexchange openchannel");
    await untilBroadcast(playing.demo.chain, 2);
    await playing.run("mine 6");
    await until(async () => (await confirmed("exchange")).length === before + 2);
  }, 60_000);

  test("what is sent twice arrives twice, and a channel opened behind it is there", async () => {
    const before = (await confirmed("exchange")).length;
    const to = await textOf("user getaddress", "address");
    await playing.script(`exchange onchainsend ${to} 100000\nexchange onchainsend ${to} 200000\nexchange openchannel`);
    await untilBroadcast(playing.demo.chain, 3);
    await playing.run("mine 6");
    await until(async () => (await textOf("user balance", "onchain_sat")) === "300000");
    await until(async () => (await confirmed("exchange")).length === before + 1);
    expect(await playing.run("exchange audit --kind funding_refused")).toMatchObject({ lines: [] });
  }, 60_000);
});

test("through an Esplora server, asked every ten seconds, channels that two payments open just in time are both there", async () => {
  playing = await openPlaying("bitcoind", {}, await openSource("esplora"));
  try {
    await playing.script(routing(10_000_000));
    const invoices: string[] = [];
    for (const sats of [50_000, 60_000]) {
      invoices.push(await textOf(`user getjitinvoice ${sats} --new-channel`, "invoice"));
    }
    for (const invoice of invoices) {
      const before = await textOf("lsp balance", "onchain_sat");
      await playing.run(`exchange payinvoice ${invoice}`);
      await until(async () => (await textOf("lsp balance", "onchain_sat")) !== before);
    }
    await playing.run("wait user channels=2");
    await untilBroadcast(playing.demo.chain, 2);
    await playing.script("mine 6\nlsp sync\nuser sync");
    await until(async () => (await confirmed("user")).length === 2);
    const to = await textOf("user getaddress", "address");
    const { amount_sat, fee_sat } = await playing.run(`lsp onchainsend ${to} 10000`);
    expect(amount_sat).toBe("10000");
    expect(Number(fee_sat)).toBeGreaterThan(100);
  } finally {
    await playing.close();
  }
}, 120_000);

test("a channel in use that no block confirms is told of on both sides", async () => {
  const clock = quickClock();
  playing = await openPlaying("embedded", {}, undefined, { clock });
  const { chain } = playing.demo;
  try {
    await playing.script(`${routing(10_000_000)}\nuser getjitinvoice\nexchange payjitinvoice`);
    await playing.run("wait user channels=1");
    await untilBroadcast(chain);
    clock.speed(20);
    const told = async (role: string) => JSON.stringify(await playing.run(`${role} audit --kind channel_unconfirmed`));
    for (const role of ["user", "lsp"]) {
      await until(async () => {
        await chain.reorg(1); // an empty block instead of the last, and one more
        return (await told(role)).includes("funding_txid");
      });
    }
    expect(await channelsOf("user")).toMatchObject([{ confirmations: 0 }]);
  } finally {
    await playing.close();
  }
}, 120_000);
