/** Choosing between two real LSPs with different fees: what was quoted is what is paid and what comes of it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { sat } from "../../src/stable/units.ts";
import { chainKinds, openChainControl } from "./chains.ts";
import { untilConnected } from "./connected.ts";
import { killQuiet } from "./saved.ts";
import { openSecondLsp, type SecondLsp } from "./second-lsp.ts";
import { openPlaying, type Playing, routing } from "./stage.ts";
import { until } from "./until.ts";

const quoteSchema = z.object({
  cheapest: z.string(),
  opening_fee_msat: z.string(),
  lsps: z.array(
    z.object({
      lsp: z.string(),
      in_use: z.boolean(),
      cheapest: z.boolean(),
      opening_fee_msat: z.string(),
      arrives_msat: z.string(),
      channel_sat: z.string(),
      channel_is_least: z.boolean(),
      inbound_after_msat: z.string().nullable(),
      valid_for_ms: z.number(),
    }),
  ),
  deviations: z.array(z.object({ rule: z.string() })),
});
const channelsSchema = z.object({
  channels: z.array(
    z.object({ counterparty: z.string(), capacity_sat: z.string(), inbound_msat: z.string(), usable: z.boolean() }),
  ),
});
const paymentsSchema = z.object({
  payments: z.array(
    z.object({
      agreed_fee_msat: z.string().nullable(),
      skimmed_fee_msat: z.string().nullable(),
      amount_msat: z.string(),
    }),
  ),
});

describe.each(chainKinds)("on %s", (kind) => {
  let playing: Playing;
  let second: SecondLsp;
  let first: string;

  beforeAll(async () => {
    const chain = await openChainControl(kind);
    second = await openSecondLsp(chain, { "opening-fee-min": sat(400n) });
    const lsp = [{ nodeId: second.nodeId, address: second.address }];
    playing = await openPlaying(kind, { "opening-fee-ppm": 10_000, "opening-fee-min": sat(1_000n), lsp }, chain);
    first = z.object({ node_id: z.string() }).parse(await playing.run("lsp nodeinfo")).node_id;
    await playing.script(`
      faucet lsp 10000000
      faucet exchange 10000000
      exchange openchannel
      mine 6
      exchange openchannel ${second.nodeId}@${second.address} 500000
      mine 6
      wait exchange ready
    `);
  }, 120_000);
  afterAll(async () => {
    await second.close();
    await playing.close();
  });

  const channels = async () => channelsSchema.parse(await playing.run("user listallchannels")).channels;
  const payments = async () => paymentsSchema.parse(await playing.run("user payments")).payments;

  test("a quote has both, and names the cheaper", async () => {
    const quote = quoteSchema.parse(await playing.run("user lsps2 quote 200000"));
    expect(quote).toMatchObject({ cheapest: second.nodeId, opening_fee_msat: "400000" });
    expect(quote.lsps).toMatchObject([
      { lsp: first, in_use: true, opening_fee_msat: "2000000", arrives_msat: "198000000", channel_is_least: false },
      { lsp: second.nodeId, in_use: false, opening_fee_msat: "400000", channel_is_least: true },
    ]);
    // LDK's promises hold for a day, and it writes the time with too many digits.
    for (const { valid_for_ms } of quote.lsps) expect(Math.abs(valid_for_ms - 86_400_000)).toBeLessThan(60_000);
    expect(quote.deviations.filter(({ rule }) => rule !== "datetime_exact")).toEqual([]);
  });

  test("what was quoted is what is agreed, taken and opened", async () => {
    const [quoted] = quoteSchema.parse(await playing.run("user lsps2 quote 50000")).lsps;
    expect(await playing.run("user getjitinvoice 50000")).toMatchObject({
      lsp: first,
      opening_fee_msat: quoted?.opening_fee_msat,
      fee_limit_msat: quoted?.opening_fee_msat,
      arrives_msat: quoted?.arrives_msat,
    });
    await playing.script("exchange payjitinvoice\nwait user channels=1");
    expect(await payments()).toMatchObject([
      { agreed_fee_msat: "1000000", skimmed_fee_msat: "1000000", amount_msat: "49000000" },
    ]);
    const [channel] = await channels();
    expect(channel).toMatchObject({ capacity_sat: quoted?.channel_sat, inbound_msat: quoted?.inbound_after_msat });
  }, 60_000);

  test("another LSP takes over at the next command, and the channel with the first stays", async () => {
    const id = z.object({ node_id: z.string() });
    const before = id.parse(await playing.run("user nodeinfo"));
    expect(await playing.run(`user lsps2 use ${second.nodeId.slice(0, 10)}`)).toMatchObject({ before: first });
    expect(id.parse(await playing.run("user nodeinfo"))).toEqual(before);
    expect(await playing.run("user getjitinvoice 60000")).toMatchObject({
      lsp: second.nodeId,
      opening_fee_msat: "400000",
    });
    await playing.script("exchange payjitinvoice\nwait user channels=2");
    expect(new Set((await channels()).map(({ counterparty }) => counterparty))).toEqual(
      new Set([first, second.nodeId]),
    );
    await playing.run("wait user ready");
    expect((await payments()).at(-1)).toMatchObject({ agreed_fee_msat: "400000", skimmed_fee_msat: "400000" });
  }, 60_000);

  test("the choice outlives a torn-down user, who is connected to both again", async () => {
    await killQuiet(playing, "user");
    await playing.script("start user\nwait user ready");
    await untilConnected(playing);
    await until(async () => (await second.channels()).every(({ usable }) => usable));
    const list = z.object({
      lsps: z.array(z.object({ lsp: z.string(), in_use: z.boolean(), connected: z.boolean() })),
    });
    expect(list.parse(await playing.run("user lsps2")).lsps).toMatchObject([
      { lsp: second.nodeId, in_use: true, connected: true },
      { lsp: first, in_use: false, connected: true },
    ]);
  }, 60_000);

  test("where a channel has room the next invoice is a plain one, and is paid over it", async () => {
    expect(await playing.run("user getjitinvoice 20000")).toMatchObject({
      opens_channel: false,
      opening_fee_msat: "0",
    });
    expect(await playing.run("exchange payjitinvoice")).toMatchObject({ status: "succeeded" });
    expect(await channels()).toHaveLength(2);
  }, 60_000);

  test("an LSP that charges has no invoices of open amount", async () => {
    await expect(playing.run("user getjitinvoice any")).rejects.toMatchObject({ code: "jit_amount" });
  });
});

test("an invoice of open amount, from an LSP that charges nothing", async () => {
  const playing = await openPlaying("embedded");
  try {
    await playing.script(routing(10_000_000));
    const made = await playing.run("user getjitinvoice any");
    expect(made).toMatchObject({ amount_msat: null, opening_fee_msat: "0", opens_channel: true });
    await playing.script(`exchange payinvoice ${String(made["invoice"])} 70000\nwait user channels=1`);
    expect(paymentsSchema.parse(await playing.run("user payments")).payments).toMatchObject([
      { amount_msat: "70000000" },
    ]);
  } finally {
    await playing.close();
  }
}, 60_000);
