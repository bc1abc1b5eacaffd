/** What comes back without the channels' states: by words alone, and from a backup of any age. */
import { afterEach, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { expectPayouts } from "../../src/app/lost-channels.ts";
import { askForRescan } from "../../src/app/rescan.ts";
import { restoreBackup } from "../../src/backup/restore.ts";
import { openChainControl, openSource, untilBroadcast } from "./chains.ts";
import { temporaryFolder } from "./program.ts";
import { killQuiet } from "./saved.ts";
import { onboarding, openPlaying, type Playing } from "./stage.ts";
import { until } from "./until.ts";

const LONG_MS = 480_000;
const now = () => Math.floor(Date.now() / 1000);
let root: ReturnType<typeof temporaryFolder>;
let chain: ChainControl;
let stage: Playing;
const at = (name: string) => join(root.path, name);
const folder = () => at("data/regtest/user");

/** A user with 30,000 sat on chain and 50,999 in a channel, of which the peg moved some since the backup. */
async function open(source: Promise<ChainControl>): Promise<void> {
  root = temporaryFolder();
  chain = await source;
  stage = await openPlaying("embedded", { "data-dir": at("data") }, chain);
  await stage.script(`${onboarding}
    faucet user 30000
    user startstablechannel last true 4.0 0
    user backup ${at("old")}
    price 90000
    wait user settled
    wait lsp settled`);
  await killQuiet(stage, "user");
  copyFileSync(join(folder(), "keys_seed"), at("seed"));
  rmSync(folder(), { recursive: true });
}

afterEach(async () => {
  await stage?.close();
  root?.remove();
});

const onchain = async () => BigInt(String((await stage.run("user balance"))["onchain_sat"]));

async function untilOnchain(sats: bigint): Promise<void> {
  await until(async () => {
    await stage.run("mine 1");
    return (await onchain()) >= sats;
  }, 120_000);
}

test.each([
  ["embedded", () => openChainControl("embedded")],
  ["bitcoind", () => openSource("bitcoind")],
  ["esplora", () => openSource("esplora")],
  ["electrum", () => openSource("electrum")],
] as const)(
  "over %s the seed alone brings back what the LSP closes with",
  async (kind, source) => {
    await open(source());
    mkdirSync(folder(), { mode: 0o700 });
    copyFileSync(at("seed"), join(folder(), "keys_seed"));
    askForRescan(folder());
    if (kind === "embedded") expectPayouts(folder(), now());
    await stage.run("start user");
    await until(async () => (await onchain()) >= 30_000n);
    // The LSP finds that the channel is unknown to the user, and closes it.
    await stage.run("wait lsp channels=1 timeout 60");
    await untilBroadcast(chain);
    await stage.run("mine 1");
    if (kind === "embedded") {
      await untilOnchain(80_000n);
      // Written down once it has been swept, which the wallet may know before.
      await until(async () => JSON.stringify(await stage.run("user audit 100")).includes('"payouts_found"'));
    } else {
      const early = await stage.run("user recoverpayouts");
      expect(early).toMatchObject({ scripts: 2_000, txid: null, collected_sat: "0" });
      await stage.script("mine 8\nuser sync");
      const collected = await stage.run("user recoverpayouts 2");
      expect(collected).toMatchObject({ payouts: [{ state: "ready" }], waiting_sat: "0" });
      expect(await chain.mempool()).toContain(String(collected["txid"]));
      // What is on its way is not collected twice.
      expect(await stage.run("user recoverpayouts")).toMatchObject({ txid: null, collected_sat: "0" });
      await untilOnchain(80_000n);
    }
    // The wallet counts it before its block, and so may still be shown what is being spent.
    await stage.script("mine 1\nuser sync");
    expect(await stage.run("user recoverpayouts")).toMatchObject({ payouts: [], collected_sat: "0" });
    await until(async () => !existsSync(join(folder(), "rescan")));
  },
  LONG_MS,
);

test(
  "with a day or a height given, bitcoind is not asked for what was before",
  async () => {
    root = temporaryFolder();
    chain = await openChainControl("embedded");
    stage = await openPlaying("embedded", { "data-dir": at("data") }, chain);
    await stage.script("faucet user 30000\nmine 200\nfaucet user 20000\nkill user");
    copyFileSync(join(folder(), "keys_seed"), at("seed"));
    rmSync(folder(), { recursive: true });
    mkdirSync(folder(), { mode: 0o700 });
    copyFileSync(at("seed"), join(folder(), "keys_seed"));
    askForRescan(folder(), { height: 160 });
    await stage.run("start user");
    await until(async () => !existsSync(join(folder(), "rescan")));
    expect(await onchain()).toBe(20_000n);
  },
  LONG_MS,
);

test(
  "a restored node publishes no old state, however often it is started before its peer closes",
  async () => {
    await open(openChainControl("embedded"));
    await stage.run("kill lsp");
    const backup = { folder: at("old"), name: at("old"), usedMark: at("old/restored.json") };
    restoreBackup({ backup, folder: folder(), accepted: false, withoutChannels: true, now: now() });
    expectPayouts(folder(), now());
    for (let start = 1; start <= 3; start++) {
      await stage.run("start user");
      await stage.run("mine 1");
      await stage.run("user sync");
      expect(await chain.mempool()).toEqual([]);
      await stage.run("kill user");
    }
    await stage.script("start lsp\nstart user");
    await untilOnchain(80_000n);
  },
  LONG_MS,
);
