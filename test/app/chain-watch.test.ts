/** How it stands with a chain source: told as it is, asked again by itself, and believed again once it is back. */
import { expect, test } from "bun:test";
import { watchChain } from "../../src/app/chain-watch.ts";
import { cadenceOf, silentAfterSeconds } from "../../src/app/sync-cadence.ts";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import { judged } from "../../src/node/chain-view.ts";
import { createRoles } from "../commands/fake-roles.ts";
import { manualClock } from "../price/manual-clock.ts";

class SourceError extends CodedError {}

const source = { kind: "esplora", url: "https://me:secret@chain.example/api" } as const;
const cadence = cadenceOf("esplora", "mutinynet");

function watched() {
  const clock = manualClock();
  const { node } = createRoles().of.user.context;
  const told: string[] = [];
  let answer: () => Promise<{ tipHeight: number }> = node.checkSource;
  let syncs = 0;
  const watch = watchChain(
    {
      ...node,
      status: async () => ({ ...(await node.status()), lastWalletSyncAt: Math.floor(clock.wallMs() / 1000) }),
      checkSource: () => answer(),
      async sync() {
        syncs++;
        return node.sync();
      },
    },
    source,
    cadence,
    { clock, onChange: () => told.push(watch.view().state) },
  );
  /** Lets time pass and what falls due be done. */
  async function pass(ms: number): Promise<void> {
    for (let step = 0; step < 20; step++) {
      clock.advance(ms / 20);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
  }
  const refuse = (code: ErrorCode, message: string) => {
    answer = () => Promise.reject(new SourceError(code, message));
  };
  return {
    watch,
    told,
    pass,
    refuse,
    say: (tipHeight: number) => {
      answer = async () => ({ tipHeight });
    },
    recover: () => {
      answer = node.checkSource;
    },
    syncs: () => syncs,
  };
}

test.each([
  ["chain_unreachable", "unreachable", false],
  ["chain_wrong_network", "wrong_network", false],
  ["chain_inconsistent", "inconsistent", false],
  ["chain_rate_limited", "rate_limited", true],
] as const)("%s shows as %s, and goes by itself once the source is back", async (code, state, trusted) => {
  const { watch, told, pass, refuse, recover, syncs } = watched();
  await pass(1_000);
  expect(watch.view()).toMatchObject({ state: "ok", source: "esplora=https://chain.example/api" });
  refuse(code, "The reason, in words.");
  await pass(60_000);
  expect(watch.view()).toMatchObject({ state, detail: "The reason, in words." });
  expect((await watch.node.status()).synced).toBe(trusted);
  recover();
  await pass(120_000);
  expect(watch.view().state).toBe("ok");
  expect((await watch.node.status()).synced).toBe(true);
  expect(told).toEqual(["ok", state, "ok"]);
  // What LDK would come to by itself, a round of its own later.
  expect(syncs()).toBe(trusted ? 0 : 1);
});

test("a source that lies about its height, or was set back, is not believed", async () => {
  const { watch, pass, say } = watched();
  const { blockHeight } = await watch.node.status();
  say(blockHeight + 1_000);
  await pass(60_000);
  expect(watch.view()).toMatchObject({ state: "node_behind", tipHeight: blockHeight + 1_000 });
  expect((await watch.node.status()).synced).toBe(false);
  say(blockHeight - 1);
  await pass(60_000);
  expect(watch.view()).toMatchObject({ state: "source_behind", tipHeight: blockHeight - 1 });
});

test("a block or two is what a round has to catch up with", () => {
  expect(judged({ tipHeight: 103 }, 100)).toEqual({ state: "ok", tipHeight: 103 });
  expect(judged({ tipHeight: 104 }, 100)).toMatchObject({ state: "node_behind" });
  expect(judged({ code: "deadline", message: "late" }, 100)).toEqual({ state: "unreachable", detail: "late" });
});

test("no network is asked more often than LDK allows, and silence is three rounds", () => {
  for (const network of ["regtest", "mutinynet", "signet", "testnet", "bitcoin"] as const) {
    const { wallet, lightning, fee } = cadenceOf("electrum", network);
    expect(Math.min(wallet, lightning, fee)).toBeGreaterThanOrEqual(10);
  }
  expect(silentAfterSeconds(cadenceOf("bitcoind", "bitcoin"))).toBe(6);
});
