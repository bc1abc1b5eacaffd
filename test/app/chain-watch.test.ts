/** How it stands with a chain source: told as it is, asked again by itself, and believed again once it is back. */
import { describe, expect, test } from "bun:test";
import { watchChain } from "../../src/app/chain-watch.ts";
import { roundSeconds, silentAfterSeconds } from "../../src/app/sync-cadence.ts";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import type { ChainSource } from "../../src/ffi/config.ts";
import { judged } from "../../src/node/chain-view.ts";
import { createRoles } from "../commands/fake-roles.ts";
import { manualClock } from "../price/manual-clock.ts";

class SourceError extends CodedError {}

const network = "mutinynet";
const esplora: ChainSource = { kind: "esplora", url: "https://me:secret@chain.example/api" };
const bitcoind: ChainSource = { kind: "bitcoind", host: "127.0.0.1", port: 38332, user: "me", password: "secret" };

/** A node that is at block `height` of a source whose tip is there, unless told otherwise. */
function watched(chain: ChainSource) {
  const clock = manualClock();
  const { node } = createRoles().of.user.context;
  const told: string[] = [];
  let refusal: SourceError | undefined;
  let height = 100;
  let tipHeight = 100;
  let syncs = 0;
  let frozenAt: number | undefined;
  const seconds = () => Math.floor(clock.wallMs() / 1000);
  const answer = async () => {
    if (refusal !== undefined) throw refusal;
    return { tipHeight };
  };
  const watch = watchChain(
    {
      ...node,
      status: async () => ({
        ...(await node.status()),
        blockHeight: height,
        lastWalletSyncAt: frozenAt ?? seconds(),
      }),
      checkSource: answer,
      async sync() {
        syncs++;
        const reached = { blockHeight: height, ...(await answer()) };
        frozenAt = undefined;
        return reached;
      },
    },
    { chain, network },
    { clock, onChange: () => told.push(watch.view().state) },
  );
  /** Lets time pass and what falls due be done. */
  async function pass(ms: number): Promise<void> {
    for (let step = 0; step < 20; step++) {
      clock.advance(ms / 20);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
  }
  return {
    watch,
    told,
    pass,
    refuse(code: ErrorCode, message: string) {
      refusal = new SourceError(code, message);
    },
    at(node: number, source: number) {
      [height, tipHeight] = [node, source];
    },
    recover() {
      refusal = undefined;
    },
    /** LDK's own syncs fail, until one goes through. */
    freeze() {
      frozenAt = seconds();
    },
    syncs: () => syncs,
  };
}

describe.each([
  ["a bitcoind", bitcoind, "bitcoind=http://127.0.0.1:38332"],
  ["a server", esplora, "esplora=https://chain.example/api"],
] as const)("of %s", (_, chain, source) => {
  test.each([
    ["chain_unreachable", "unreachable", false],
    ["chain_wrong_network", "wrong_network", false],
    ["chain_inconsistent", "inconsistent", false],
    ["chain_behind", "source_behind", false],
    ["chain_sync_failed", "sync_failing", false],
    ["deadline", "sync_failing", false],
    ["chain_rate_limited", "rate_limited", true],
  ] as const)("%s shows as %s, and goes by itself once the source is back", async (code, state, trusted) => {
    const { watch, told, pass, refuse, recover } = watched(chain);
    await pass(30_000);
    expect(watch.view()).toMatchObject({ state: "ok", source });
    refuse(code, "The reason, in words.");
    await pass(60_000);
    expect(watch.view()).toMatchObject({ state, detail: "The reason, in words." });
    expect((await watch.node.status()).synced).toBe(trusted);
    recover();
    await pass(180_000);
    expect(watch.view().state).toBe("ok");
    expect((await watch.node.status()).synced).toBe(true);
    expect(told).toEqual(["ok", state, "ok"]);
  });
});

test("a wallet that is still looking through the chain is what is behind, and is not hurried", async () => {
  const clock = manualClock();
  const { node } = createRoles().of.user.context;
  const { blockHeight } = await node.status();
  let syncs = 0;
  const watch = watchChain(
    {
      ...node,
      status: async () => ({ ...(await node.status()), walletHeight: blockHeight - 50 }),
      async sync() {
        syncs++;
        return node.sync();
      },
    },
    { chain: bitcoind, network },
    { clock, onChange: () => undefined },
  );
  clock.advance(roundSeconds("bitcoind", network) * 1000 + 1);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  expect(watch.view()).toMatchObject({ state: "node_behind", tipHeight: blockHeight });
  expect(watch.view().detail).toContain(`at block ${blockHeight - 50} only`);
  expect(syncs).toBe(0);
  watch.stop();
});

test("a bitcoind is followed by LDK: it is synced with once it is back, which LDK would come to later", async () => {
  const { pass, refuse, freeze, recover, syncs } = watched(bitcoind);
  await pass(60_000);
  freeze();
  refuse("chain_unreachable", "down");
  await pass(60_000);
  expect(syncs()).toBe(0);
  recover();
  await pass(60_000);
  expect(syncs()).toBe(1);
});

test("a server is synced with every round", async () => {
  const { pass, syncs } = watched(esplora);
  const every = roundSeconds("esplora", network);
  for (let round = 1; round <= 3; round++) {
    await pass((every + 2) * 1000);
    expect(syncs()).toBe(round);
  }
});

test("a sync on demand tells how it stands at once, and an error of it goes on to whoever asked", async () => {
  const { watch, refuse, recover } = watched(esplora);
  refuse("chain_unreachable", "down");
  await expect(watch.node.sync()).rejects.toMatchObject({ code: "chain_unreachable" });
  expect(watch.view()).toMatchObject({ state: "unreachable", detail: "down" });
  recover();
  expect(await watch.node.sync()).toEqual({ blockHeight: 100, tipHeight: 100 });
  expect(watch.view()).toMatchObject({ state: "ok", tipHeight: 100 });
});

test("an error of the node says nothing of its source", async () => {
  const { watch, refuse } = watched(esplora);
  refuse("node_not_running", "The node is not running.");
  await expect(watch.node.sync()).rejects.toMatchObject({ code: "node_not_running" });
  expect(watch.view().state).toBe("unasked");
});

test("whoever is asked too often is asked less and less, every ten minutes at least", async () => {
  const { pass, refuse, syncs } = watched(esplora);
  refuse("chain_rate_limited", "too many");
  await pass(3_600_000);
  const inAnHour = syncs();
  expect(inAnHour).toBeGreaterThanOrEqual(6);
  expect(inAnHour).toBeLessThan(20);
});

test("a source that lies about its height, or was set back, is not believed", async () => {
  const { watch, pass, at } = watched(bitcoind);
  at(100, 1_100);
  await pass(60_000);
  expect(watch.view()).toMatchObject({ state: "node_behind", tipHeight: 1_100 });
  expect((await watch.node.status()).synced).toBe(false);
  at(100, 99);
  await pass(60_000);
  expect(watch.view()).toMatchObject({ state: "source_behind", tipHeight: 99 });
});

test("a block or two is what a round has to catch up with", () => {
  const source = "esplora=https://chain.example";
  expect(judged(source, { tipHeight: 103 }, 100)).toEqual({ source, state: "ok", tipHeight: 103 });
  expect(judged(source, { tipHeight: 104 }, 100)).toMatchObject({ state: "node_behind" });
  const late = { code: "internal", message: "late" };
  expect(judged(source, late, 100)).toEqual({ source, state: "unreachable", detail: "late" });
});

test("silence is three rounds", () => {
  expect(silentAfterSeconds("electrum", "bitcoin")).toBe(3 * roundSeconds("electrum", "bitcoin"));
  expect(silentAfterSeconds("bitcoind", "bitcoin")).toBe(6);
});
