/** A channel in use whose funding transaction does not confirm is told of: late, once, and not if it confirms. */
import { expect, test } from "bun:test";
import { watchUnconfirmed } from "../../src/app/unconfirmed-watch.ts";
import { FfiError } from "../../src/ffi/errors.ts";
import type { Change } from "../../src/stable/ledger.ts";
import { createRoles, nodeIds } from "../commands/fake-roles.ts";
import { manualClock } from "../price/manual-clock.ts";

const MINUTE_MS = 60_000;

function watching(zeroConf = true) {
  const { network, of } = createRoles();
  const { node } = of.user.context;
  of.lsp.wallet.onchainSat = 1_000_000n;
  const channel = network.openChannel(nodeIds.lsp, nodeIds.user, 100_000n, {
    zeroConf,
    fundingTxid: "f".repeat(64),
  });
  const clock = manualClock();
  const told: Change[] = [];
  const broken: unknown[] = [];
  const asked: { error?: Error } = {};
  const stop = watchUnconfirmed({
    node: {
      status: node.status,
      async channels() {
        if (asked.error !== undefined) throw asked.error;
        return node.channels();
      },
    },
    store: {
      async commit(changes) {
        told.push(...changes);
      },
    },
    clock,
    broken: (error) => broken.push(error),
  });
  async function pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      clock.advance(MINUTE_MS);
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    }
  }
  /** Blocks that the funding transaction is not in. */
  const others = (blocks: number) => {
    network.height += blocks;
  };
  return { network, channel, told, broken, asked, stop, pass, others };
}

test("18 blocks without it are told, once", async () => {
  const { channel, told, pass, others } = watching();
  await pass(1);
  others(17);
  await pass(1);
  expect(told).toEqual([]);
  others(1);
  await pass(1);
  others(100);
  await pass(2);
  const data = { channel_id: channel.channelId, funding_txid: channel.fundingTxid, blocks: 18 };
  expect(told).toEqual([{ put: "audit", entry: { kind: "channel_unconfirmed", peer: nodeIds.lsp, data } }]);
});

test("one that confirms in time is not told of, nor one that nobody uses yet", async () => {
  const used = watching();
  await used.pass(1);
  used.network.mine(1);
  used.others(50);
  await used.pass(2);
  const unused = watching(false);
  await unused.pass(1);
  unused.others(50);
  await unused.pass(2);
  expect([...used.told, ...unused.told]).toEqual([]);
});

test("a node that can't be asked is asked again; anything else is told of", async () => {
  const { told, broken, asked, pass, others, stop } = watching();
  await pass(1);
  others(20);
  asked.error = new FfiError("node_not_running", "The node is stopped.");
  await pass(3);
  expect([told, broken]).toEqual([[], []]);
  delete asked.error;
  await pass(1);
  expect(told).toHaveLength(1);
  const bug = new Error("a bug");
  asked.error = bug;
  await pass(1);
  expect(broken).toEqual([bug]);
  stop();
  await pass(5);
  expect(broken).toEqual([bug]);
});
