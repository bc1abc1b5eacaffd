/** What is gone while it runs: the chain source, the price. Nothing hangs, it shows, and it comes back by itself. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { expectRefused, untilQuiet } from "./books.ts";
import { temporaryFolder } from "./program.ts";
import { onboarding, openPlaying, type Playing } from "./stage.ts";
import { until } from "./until.ts";

describe("the chain source", () => {
  let playing: Playing;
  beforeAll(async () => {
    playing = await openPlaying("embedded");
    await playing.script(onboarding);
    await untilQuiet(playing);
  }, 120_000);
  afterAll(() => playing.close());

  test("while it is down, what needs no chain goes on", async () => {
    await playing.demo.chain.pause();
    await playing.script("user balance\nuser listallchannels\nuser getinvoice 1000\nlsp nodeinfo");
    await playing.script("let invoice = user getinvoice 1000 .invoice\nexchange payinvoice $invoice");
    await playing.script("user startstablechannel last true 4 0\nprice 80000\nwait user settled\nwait lsp settled");
  }, 60_000);

  test("what needs it says so", async () => {
    const says = /chain source .* does not answer .*; check .* that it runs/;
    await expectRefused(playing, "user sync", "chain_unreachable", says);
    await until(async () => (await playing.run("user nodeinfo"))["synced"] === false);
  }, 60_000);

  test("once it is back the nodes follow it by themselves", async () => {
    await playing.demo.chain.mine(3);
    const height = await playing.demo.chain.height();
    expect((await playing.run("user nodeinfo"))["block_height"]).toBeLessThan(height);
    await playing.demo.chain.resume();
    for (const role of ["user", "lsp", "exchange"]) {
      await until(async () => (await playing.run(`${role} nodeinfo`))["block_height"] === height);
      await playing.run(`wait ${role} synced`);
    }
    await playing.script("faucet user 100000\nexpect user balance .onchain_sat == 100000");
  }, 60_000);
});

test("without a price no dollars are promised", async () => {
  const folder = temporaryFolder();
  const path = join(folder.path, "once.csv");
  await Bun.write(path, "time,close\n2024-01-01T00:00:00Z,100000\n");
  const playing = await openPlaying("embedded", { price: { source: "file", path } });
  try {
    await playing.script(onboarding);
    await playing.run("expect price .status == hold");
    const says = /the price is on hold: the file once\.csv has ended/;
    await expectRefused(playing, "user startstablechannel last true 4 0", "no_price", says);
    await expectRefused(
      playing,
      "price 80000",
      "price_not_settable",
      /replayed from .*once\.csv and cannot be set by hand/,
    );
  } finally {
    await playing.close();
    folder.remove();
  }
}, 60_000);
