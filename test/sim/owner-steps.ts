/** What the market and the two owners do: none of it is a fault, and the peg has to follow it all along. */
import type { RunningEngine } from "../../src/engine/engine.ts";
import type { AgreementView, Wish } from "../../src/engine/port.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { micro, msat } from "../../src/stable/units.ts";
import type { Random } from "./random.ts";
import type { Step, StepKind } from "./step.ts";
import type { Name, World } from "./world.ts";

function dollars(n: number): bigint {
  return BigInt(n) * 1_000_000n;
}

async function firstLive({ port }: RunningEngine): Promise<AgreementView | undefined> {
  return (await port.list()).find(({ agreement }) => agreement.status !== "ended");
}

function wish(make: (size: number) => Wish): StepKind["run"] {
  return (world, { who, size }) =>
    world.command(who, async (engine) => {
      const view = await firstLive(engine);
      if (view !== undefined) await engine.port.revise(view.agreement.id, make(size), size % 2 === 0);
    });
}

/** The LSP provides; whoever holds dollars is another. */
export function client(who: Name): Name {
  return who === "lsp" ? "user" : who;
}

/** Takes up what was lost last. */
export function reopen(world: World, who: Name, acceptLess: boolean): void {
  world.command(who, async ({ port }) => {
    const ended = (await port.list()).find(({ channelsGone }) => channelsGone === true);
    if (ended !== undefined) await port.carryOver(ended.agreement.id, { acceptLess });
  });
}

const aFew = (random: Random): number => random.int(1, 15);

export const ownerSteps = {
  price: {
    weight: 10,
    size: (random) => random.pick([random.int(-60, 60), random.int(-500, 500), random.int(-2_000, 2_500)]),
    run: (world, { size }) => {
      world.dollars = Math.min(1_000_000, Math.max(5_000, world.dollars * (1 + size / 10_000)));
      world.tick();
    },
  },
  slump: {
    weight: 1,
    size: (random) => random.int(-4_500, -1_500),
    run: (world, { size }) => {
      world.dollars = Math.max(5_000, world.dollars * (1 + size / 10_000));
      world.tick();
    },
  },
  open: {
    weight: 1,
    size: (random) => random.int(5, 40),
    run: (world, { who, size }) =>
      world.command(client(who), async ({ port }) => {
        const [channel] = await world.peers[client(who)].node.channels();
        if (channel === undefined) return;
        const targetMicro = micro(BigInt(size) * 1_000_000n);
        await port.start({ channel, side: "receiver", targetMicro, keepNativeMsat: msat(0n) });
      }),
  },
  check: { weight: 1, run: (world, { who }) => world.command(who, ({ port }) => port.check()) },
  stop: {
    weight: 1,
    run: (world, { who }) =>
      world.command(who, async ({ port }) => {
        const [first] = await port.list();
        if (first !== undefined && first.agreement.status !== "ended") await port.stop(first.agreement.id);
      }),
  },
  receive: {
    weight: 1,
    size: (random) => random.int(1, 5_000_000),
    run: ({ network, peers }, { who, size }) => {
      network.transfer(peers.lsp.node.nodeId, peers[client(who)].node.nodeId, BigInt(size));
    },
  },
  resize: { weight: 1, size: aFew, run: wish((size) => ({ kind: "resize", amountMicro: micro(dollars(2 * size)) })) },
  sell: { weight: 1, size: aFew, run: wish((size) => ({ kind: "sell", amountMicro: micro(dollars(size)) })) },
  buy: { weight: 1, size: aFew, run: wish((size) => ({ kind: "buy", amountMicro: micro(dollars(size)) })) },
  terms: {
    weight: 0.5,
    size: (random) => random.int(10, 100),
    run: wish((size) => ({ kind: "terms", terms: { ...defaultTerms, bandBps: size } })),
  },
  spend: {
    weight: 1,
    size: (random) => random.pick([random.int(1, 1_000_000), random.int(1_000_000, 30_000_000)]),
    run: spend,
  },
  reopen: {
    weight: 1,
    size: (random) => random.int(0, 1),
    run: (world, { who, size }) => reopen(world, client(who), size === 1),
  },
  call_off: {
    weight: 0.2,
    run: (world, { who }) =>
      world.command(who, async ({ port }) => {
        const wish = (await port.list()).find(({ carryOver }) => carryOver?.outcome === undefined && carryOver);
        if (wish) await port.cancelCarryOver(wish.agreement.id);
      }),
  },
  resume: {
    weight: 0.5,
    run: (world, { who }) =>
      world.command(who, async (engine) => {
        const view = await firstLive(engine);
        if (view !== undefined) await engine.port.resume(view.agreement.id);
      }),
  },
} as const satisfies Record<string, StepKind>;

/** The person is shown what it does to the peg, which settles first, and then pays somebody through the LSP. */
function spend(world: World, { who, size }: Step): void {
  world.command(client(who), async ({ port }) => {
    const { [client(who)]: user, lsp } = world.peers;
    await port.prepareSpend(msat(BigInt(size)));
    if (!world.network.transfer(user.node.nodeId, lsp.node.nodeId, BigInt(size))) return;
    const paymentId = `${world.clock.steadyMs()}`.padStart(64, "0");
    world.network.deliver(user.node.nodeId, { kind: "payment_successful", paymentId, paymentHash: paymentId });
  });
}
