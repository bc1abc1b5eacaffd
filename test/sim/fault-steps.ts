/** What can go wrong, one line each. */
import { addTo } from "./channel.ts";
import type { Fate } from "./flight.ts";
import { client, reopen } from "./owner-steps.ts";
import { aWhile, DAY, HOUR, MINUTE, type Step, type StepKind } from "./step.ts";
import { type Name, oldEvent, type World } from "./world.ts";

function later(world: World, ms: number, run: () => void): void {
  world.clock.after(ms, run);
}

function restartLater(world: World, who: Name, ms: number): void {
  later(world, ms, () => {
    const peer = world.peers[who];
    if (!peer.running()) void peer.restart();
  });
}

function fate(make: (step: Step) => Partial<Fate>): StepKind["run"] {
  return (world, step) => world.fates[step.who].push(make(step));
}

export const faultSteps = {
  crash: {
    weight: 6,
    size: (random) => random.int(1, 30),
    ms: aWhile,
    run: (world, { who, size, ms }) => {
      world.peers[who].crashAfter(size);
      restartLater(world, who, ms);
    },
  },
  restart: {
    weight: 1,
    run: (world, { who }) => {
      if (world.peers[who].running()) void world.peers[who].restart();
    },
  },
  torn: {
    weight: 2,
    size: (random) => random.int(1, 40),
    ms: aWhile,
    run: (world, { who, size, ms }) => {
      const peer = world.peers[who];
      peer.disk.tear(size, peer.crash);
      restartLater(world, who, ms);
    },
  },
  disk_full: {
    weight: 1,
    ms: aWhile,
    run: (world, { who, ms }) => {
      const { disk } = world.peers[who];
      disk.full(true);
      later(world, ms, () => disk.full(false));
    },
  },
  away: {
    weight: 2,
    ms: (random) => (random.chance(0.1) ? random.int(1, 4) * DAY : aWhile(random)),
    run: (world, { who, ms }) => {
      world.peers[who].crash();
      restartLater(world, who, ms);
    },
  },
  link: {
    weight: 2,
    ms: aWhile,
    run: (world, { ms }) => {
      world.network.connect(false);
      later(world, ms, () => world.network.connect(true));
    },
  },
  clock: {
    weight: 2,
    size: (random) => random.pick([-DAY, -HOUR, HOUR, DAY]),
    ms: aWhile,
    run: (world, { who, size, ms }) => {
      const { clock } = world.peers[who];
      clock.jumpWall(size);
      later(world, ms, clock.repair);
    },
  },
  skew: {
    weight: 3,
    size: (random) => random.int(10, 500) * random.pick([-1, 1]),
    run: (world, { who, size }) => {
      world.skewBps[who] = size;
      world.tick();
    },
  },
  hold: {
    weight: 1,
    ms: aWhile,
    run: (world, { who, ms }) => {
      const { feed } = world.peers[who];
      feed.hold("the venues do not agree");
      later(world, ms, () => feed.hold(undefined));
    },
  },
  drop: { weight: 3, run: fate(() => ({ fails: "no route" })) },
  slow: { weight: 2, ms: aWhile, run: fate(({ ms }) => ({ ms })) },
  slow_answer: { weight: 2, ms: aWhile, run: fate(({ ms }) => ({ ms: 50, backMs: ms })) },
  stuck: {
    weight: 2,
    size: (random) => random.int(0, 1),
    ms: (random) => random.int(1, 30) * HOUR,
    run: fate(({ ms, size }) => ({ ms, ...(size === 1 ? { fails: "the HTLC has expired" } : {}) })),
  },
  /** The process dies while its payment waits for its turn in the channel: lost, and on record as pending. */
  held: {
    weight: 2,
    size: (random) => random.int(1, 3),
    ms: aWhile,
    run: (world, { who, size, ms }) => {
      const peer = world.peers[who];
      world.fates[who].push({ ms: size * 400, held: true, kills: true });
      later(world, ms, () => {
        if (!peer.running()) void peer.restart();
      });
    },
  },
  unrecorded: {
    weight: 2,
    size: (random) => random.int(1, 3),
    ms: aWhile,
    run: (world, { who, size, ms }) => {
      const peer = world.peers[who];
      world.fates[who].push({ ms: size * 400, unrecorded: true, kills: true });
      later(world, ms, () => {
        if (!peer.running()) void peer.restart();
      });
    },
  },
  /** ldk-node #966: it ends well or not, and the node never says so. */
  silent: {
    weight: 2,
    size: (random) => random.int(0, 1),
    run: fate(({ size }) => ({ silent: true, ...(size === 1 ? { fails: "no route" } : {}) })),
  },
  unclear: { weight: 1, run: fate(() => ({ ms: 500, throws: "native_failure" })) },
  redeliver: {
    weight: 3,
    size: (random) => random.int(0, 5),
    run: (world, { who, size }) => {
      const event = oldEvent(world, who, size);
      if (event !== undefined) world.network.deliver(world.peers[who].node.nodeId, event);
    },
  },
  turned: {
    weight: 2,
    size: (random) => random.int(1, 10),
    ms: aWhile,
    run: (world, { who, size, ms }) => {
      world.fates[who].push({ turned: true });
      world.peers[who].crashAfter(size);
      restartLater(world, who, ms);
    },
  },
  /**
   * ldk-node #1065: a payment that succeeded, and was told of, is then said to have failed, by an event and in the
   * record. One that nobody ever tells the end of (#966) is not told of in this way either.
   */
  late_failure: {
    weight: 2,
    size: (random) => random.int(0, 3),
    run: ({ network, peers }, { who, size }) => {
      const { nodeId } = peers[who].node;
      const done = network.flights.filter((one) => one.from === nodeId && one.stage === "succeeded" && !one.silent);
      const flight = done.at(-1 - size);
      if (flight === undefined) return;
      const { paymentId, amountMsat } = flight;
      const failed = { kind: "spontaneous", direction: "outbound", status: "failed", updatedAt: 0 } as const;
      network.record(nodeId, { ...failed, paymentId, amountMsat });
      network.deliver(nodeId, { kind: "payment_failed", paymentId, paymentHash: paymentId });
    },
  },
  /** Never chosen: it stands for a bug, for the tests of the simulator itself. */
  forge: {
    weight: 0,
    run: ({ network, peers }) => {
      const [channel] = network.channels;
      if (channel !== undefined) addTo(channel, peers.user.node.nodeId, 1n);
    },
  },
  /**
   * A kill between two writes of LDK's: at the next start its channel manager is older than a channel's monitor, and it
   * closes that channel by force (OutdatedChannelManager).
   */
  outdated: {
    weight: 0.4,
    size: (random) => random.int(1, 30),
    ms: aWhile,
    run: (world, { who, size, ms }) => {
      const peer = world.peers[who];
      peer.crashAfter(size);
      later(world, ms, () => {
        if (peer.running()) return;
        const { nodeId } = peer.node;
        const channel = world.network.channels.find(({ closed, ends }) => !closed && ends.includes(nodeId));
        if (channel !== undefined) world.network.forceClose(channel.id, ms);
        void peer.restart();
        if (size % 2 === 0) later(world, MINUTE, () => reopen(world, client(who), size % 4 === 0));
      });
    },
  },
  force_close: {
    weight: 0.3,
    size: (random) => random.int(0, 3),
    ms: (random) => random.pick([random.int(1, 5) * MINUTE, random.int(1, 48) * HOUR]),
    run: (world, { who, size, ms }) => {
      const { network, peers } = world;
      const channel = network.channels.find(({ closed, ends }) => !closed && ends.includes(peers[who].node.nodeId));
      if (channel !== undefined) network.forceClose(channel.id, ms);
      if (size < 2) later(world, MINUTE, () => reopen(world, client(who), size === 1));
    },
  },
} as const satisfies Record<string, StepKind>;
