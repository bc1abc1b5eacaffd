/** An LSP, one or two who hold dollars with it, and everything around them that can go wrong. */

import type { RunningEngine } from "../../src/engine/engine.ts";
import { CodedError } from "../../src/errors.ts";
import type { NodeEvent } from "../../src/node/port.ts";
import { defaultPolicy } from "../../src/stable/policy.ts";
import { sat } from "../../src/stable/units.ts";
import { type SimClock, simClock } from "./clock.ts";
import { memoryDisk } from "./disk.ts";
import { fileDisk } from "./file-disk.ts";
import type { Fate } from "./flight.ts";
import { simNetwork } from "./network.ts";
import type { Network } from "./network-port.ts";
import { type SimPeer, simPeer, usd } from "./peer.ts";
import { type Random, seeded } from "./random.ts";
import { newTruth, type Truth } from "./truth.ts";

export type Name = "user" | "lsp" | "other";

export interface World {
  clock: SimClock;
  network: Network;
  truth: Truth;
  /** Who is there: the second user is not always. */
  names: readonly Name[];
  /** Where there is no second user, the first answers to that name too. */
  peers: Record<Name, SimPeer>;
  /** What happens to the next keysends of a peer; the usual when empty. */
  fates: Record<Name, Partial<Fate>[]>;
  /** The market's price in dollars, and how far each side's feed lies from it in 1/100 %. */
  dollars: number;
  skewBps: Record<Name, number>;
  random: Random;
  /** Asks an engine for something, as its owner would; a refusal is an answer too. */
  command(name: Name, work: (engine: RunningEngine) => Promise<unknown>): void;
  tick(): void;
  /** Time passes; every invariant is asked for at each moment something happened. */
  pass(ms: number): Promise<void>;
}

/** So many schedules run on real files, which take several times as long. */
const IN_FILES = 0.02;
/** So many have a second user. */
const THIRD = 0.1;
const DRIFT_FROM_MS = 30 * 60_000;
const DRIFTS = 12;

export async function newWorld(seed: string): Promise<World> {
  const random = seeded(seed);
  const clock = simClock();
  const network = simNetwork(clock);
  const truth = newTruth(network, clock.steadyMs);
  network.onClaim = truth.claimed;
  const stake = random.pick([20_000n, 50_000n, 100_000n]);
  network.open("user", "lsp", { a: sat(60_000n), b: sat(stake) });
  if (random.chance(0.3)) network.open("lsp", "user", { a: sat(30_000n), b: sat(20_000n) });
  // A peer may allow fewer HTLCs than LDK asks for; then a settlement has to wait for its turn.
  for (const channel of network.channels) channel.maxHtlcs = random.pick([50, 50, 50, 50, 2, 1]);
  network.fund("lsp", sat(300_000n));
  const dollars = 100_000;

  const inFiles = random.chance(IN_FILES);
  const peerOf = (name: Name): Promise<SimPeer> =>
    simPeer(name, network, clock, {
      price: usd(dollars),
      watch: truth.watch(network.node(name).nodeId),
      policy: { ...defaultPolicy, carryOver: name === "lsp" },
      disk: inFiles ? fileDisk(random.fork(`disk of ${name}`)) : memoryDisk(),
    });
  const names: Name[] = random.chance(THIRD) ? ["user", "lsp", "other"] : ["user", "lsp"];
  if (names.includes("other")) network.open("lsp", "other", { a: sat(stake), b: sat(60_000n) });
  const user = await peerOf("user");
  const lsp = await peerOf("lsp");
  const peers = { user, lsp, other: names.includes("other") ? await peerOf("other") : user };
  const held = (): bigint => names.reduce((sum, name) => sum + peers[name].node.balanceMsat(), 0n);
  const total = held();
  const flightRandom = random.fork("flights");

  function conserved(): void {
    const all = held() + network.inFlightMsat() + network.feesMsat();
    truth.check(all === total, `${all} msat are there instead of ${total}`);
  }

  const world: World = {
    clock,
    network,
    truth,
    names,
    peers,
    fates: { user: [], lsp: [], other: [] },
    dollars,
    skewBps: { user: 0, lsp: 0, other: 0 },
    random,
    command(name, work) {
      const peer = peers[name];
      if (!peer.running()) return;
      work(peer.engine).catch((error: unknown) => {
        truth.check(error instanceof CodedError && error.code !== "internal", `a command threw ${String(error)}`);
      });
    },
    tick() {
      for (const name of names) {
        const skewed = Math.max(0.01, world.dollars * (1 + world.skewBps[name] / 10_000));
        peers[name].feed.tick(usd(skewed));
      }
    },
    async pass(ms) {
      if (ms > DRIFT_FROM_MS) await clock.drift(ms, ms / DRIFTS, conserved);
      else await clock.advance(ms, conserved);
      conserved();
      for (const name of names) noBug(truth, peers[name]);
    },
  };

  network.policy = ({ from }) => {
    const name = names.find((one) => peers[one].node.nodeId === from) ?? "user";
    const fate = world.fates[name].shift();
    if (fate?.kills === true) peers[name].crash();
    return { ms: flightRandom.int(20, 300), backMs: flightRandom.int(0, 200), ...fate };
  };
  return world;
}

/** A full disk stops an engine; nothing else may. */
function noBug(truth: Truth, peer: SimPeer): void {
  for (const error of [peer.engine.fault(), peer.stuck()]) {
    if (error === undefined) continue;
    const expected =
      error instanceof CodedError && (error.code === "store_failure" || error.code === "node_not_running");
    truth.check(expected, `${peer.name} stopped: ${error.stack ?? error.message}`);
  }
}

export async function endWorld({ names, peers }: World): Promise<void> {
  for (const name of names) {
    peers[name].crash();
    await peers[name].close();
  }
}

/** Some old event of this node, for it to be delivered once more. */
export function oldEvent({ network, peers }: World, name: Name, back: number): NodeEvent | undefined {
  return network.acknowledged(peers[name].node.nodeId).at(-1 - back);
}
