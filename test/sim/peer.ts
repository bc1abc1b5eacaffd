/** One side of the simulation: the real engine and the real ledger over a simulated node, disk, clock and price. */
import { createHash } from "node:crypto";
import { unixNow } from "../../src/clock.ts";
import { type RunningEngine, startEngine } from "../../src/engine/engine.ts";
import type { Terms } from "../../src/stable/agreement.ts";
import { defaultPolicy, type Policy } from "../../src/stable/policy.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { type Price, price, sat } from "../../src/stable/units.ts";
import type { SqliteLedger } from "../../src/store/open-store.ts";
import type { MachineClock, SimClock } from "./clock.ts";
import { memoryDisk, type SimDisk } from "./disk.ts";
import { type SimFeed, simFeed } from "./feed.ts";
import { acknowledge, type Life, mortalClock, mortalFeed, mortalNode, mortalStore, type Watch } from "./life.ts";
import type { Network, SimNode } from "./network-port.ts";

export interface SimPeer {
  name: string;
  node: SimNode;
  /** Of the present life, or the last one. */
  engine: RunningEngine;
  store: SqliteLedger;
  feed: SimFeed;
  clock: MachineClock;
  disk: SimDisk;
  running(): boolean;
  /** What stopped the taking of events; only a restart helps. */
  stuck(): Error | undefined;
  /** Stops everything, if it runs, and comes back from what is on disk. */
  restart(): Promise<void>;
  /** Dies now: nothing more is written, sent or acknowledged. */
  crash(): void;
  /** Dies so many steps from now (see life.ts), or after all not. */
  crashAfter(steps: number | undefined): void;
  close(): Promise<void>;
}

export interface PeerOptions {
  price: bigint;
  terms?: Terms;
  policy?: Policy;
  disk?: SimDisk;
  watch?: Watch;
}

const blind: Watch = { committed: () => undefined, sending: () => undefined, acknowledged: () => undefined };

export async function simPeer(
  name: string,
  network: Network,
  clock: SimClock,
  { price: first, terms = defaultTerms, policy = defaultPolicy, disk = memoryDisk(), watch = blind }: PeerOptions,
): Promise<SimPeer> {
  const node = network.node(name);
  const machine = clock.machine();
  const feed = simFeed(price(first));
  let counter = 0;
  let life: Life = { ended: true, die: () => undefined };
  let taking = false;
  let stuck: Error | undefined;

  const random = (bytes: number): Uint8Array =>
    createHash("sha256").update(`${name} ${counter++}`).digest().subarray(0, bytes);

  function die(): void {
    life.ended = true;
    network.power(node.nodeId, false);
  }

  async function start(): Promise<{ engine: RunningEngine; store: SqliteLedger }> {
    const born: Life = { ended: false, die };
    life = born;
    taking = false;
    stuck = undefined;
    const store = await disk.open(() => unixNow(machine));
    const engine = await startEngine({
      node: mortalNode(born, node, watch),
      nodeId: node.nodeId,
      store: mortalStore(born, store, watch),
      price: mortalFeed(born, feed),
      clock: mortalClock(born, machine),
      terms,
      policy,
      random,
      openingReserveSat: sat(0n),
    });
    return { engine, store };
  }

  /** Journal, then acknowledge, one event at a time; one that can't be journaled stops it, as it stops a session. */
  async function take(): Promise<void> {
    if (taking || stuck !== undefined || life.ended) return;
    taking = true;
    const mine = life;
    try {
      for (let event = node.peekEvent(); event !== undefined && !mine.ended; event = node.peekEvent()) {
        await peer.engine.handle(event, []);
        await acknowledge(mine, node, event, watch);
      }
    } catch (error) {
      stuck = error instanceof Error ? error : new Error(String(error));
    } finally {
      if (mine === life) taking = false;
    }
  }

  const peer: SimPeer = {
    name,
    node,
    feed,
    clock: machine,
    disk,
    ...(await start()),
    running: () => !life.ended,
    stuck: () => stuck,
    async restart() {
      if (!life.ended) {
        await peer.engine.stop();
        await peer.store.close();
        die();
      }
      Object.assign(peer, await start());
      network.power(node.nodeId, true);
      await take();
    },
    crash: die,
    crashAfter: (steps) => {
      if (steps === undefined) delete life.stepsLeft;
      else life.stepsLeft = steps;
    },
    async close() {
      if (!life.ended) await peer.engine.stop();
      await peer.store.close();
      disk.remove();
    },
  };
  network.listen(node.nodeId, {
    event: () => void take(),
    changed: () => {
      if (!life.ended) peer.engine.poke();
    },
  });
  return peer;
}

export function usd(dollars: number): Price {
  return price(BigInt(Math.round(dollars * 1_000_000)));
}
